-- Made by `make docs` from the rows as they are declared; a test compares.

CREATE TABLE agreements (
	id VARCHAR NOT NULL, 
	title VARCHAR NOT NULL, 
	parties VARCHAR NOT NULL, 
	predecessor VARCHAR, 
	roll_up VARCHAR NOT NULL, 
	first_position INTEGER NOT NULL, 
	last_position INTEGER NOT NULL, 
	refold_at VARCHAR, 
	stable_since VARCHAR, 
	detail VARCHAR, 
	tlp VARCHAR NOT NULL, 
	strictest_tlp VARCHAR NOT NULL, 
	newest_at VARCHAR NOT NULL, 
	tags VARCHAR NOT NULL, 
	phases VARCHAR NOT NULL, 
	search_text VARCHAR NOT NULL, 
	PRIMARY KEY (id)
);

CREATE INDEX agreements_last_position ON agreements (last_position);

CREATE INDEX ix_agreements_refold_at ON agreements (refold_at);

CREATE TABLE commitments (
	id VARCHAR NOT NULL, 
	agreement_id VARCHAR NOT NULL, 
	ordinal INTEGER NOT NULL, 
	kind VARCHAR NOT NULL, 
	debtor VARCHAR NOT NULL, 
	creditor VARCHAR NOT NULL, 
	promise VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	compliance VARCHAR NOT NULL, 
	timing VARCHAR NOT NULL, 
	fulfilment VARCHAR NOT NULL, 
	delivered BIGINT, 
	promised BIGINT, 
	is_late BOOLEAN NOT NULL, 
	flags VARCHAR NOT NULL, 
	earliest VARCHAR, 
	latest VARCHAR, 
	deadline_at VARCHAR, 
	next_change_at VARCHAR, 
	detail VARCHAR NOT NULL, 
	tlp VARCHAR NOT NULL, 
	search_text VARCHAR NOT NULL, 
	hangs_on VARCHAR, 
	PRIMARY KEY (id)
);

CREATE INDEX commitments_hanging ON commitments (agreement_id, ordinal) WHERE hangs_on IS NOT NULL;

CREATE INDEX ix_commitments_agreement_id ON commitments (agreement_id);

CREATE TABLE deadlines (
	commitment_id VARCHAR NOT NULL, 
	reading_id VARCHAR NOT NULL, 
	agreement_id VARCHAR NOT NULL, 
	term VARCHAR NOT NULL, 
	"by" VARCHAR, 
	rule VARCHAR NOT NULL, 
	zone VARCHAR NOT NULL, 
	at VARCHAR NOT NULL, 
	is_open BOOLEAN NOT NULL, 
	PRIMARY KEY (commitment_id, reading_id)
);

CREATE INDEX ix_deadlines_agreement_id ON deadlines (agreement_id);

CREATE INDEX ix_deadlines_at ON deadlines (at);

CREATE TABLE open_ends (
	commitment_id VARCHAR NOT NULL, 
	ordinal INTEGER NOT NULL, 
	agreement_id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	first_at VARCHAR NOT NULL, 
	last_at VARCHAR NOT NULL, 
	days VARCHAR NOT NULL, 
	accounts VARCHAR, 
	PRIMARY KEY (commitment_id, ordinal)
);

CREATE INDEX ix_open_ends_agreement_id ON open_ends (agreement_id);

CREATE INDEX open_ends_first ON open_ends (first_at, commitment_id, ordinal);

CREATE TABLE incidents (
	commitment_id VARCHAR NOT NULL, 
	incident_id VARCHAR NOT NULL, 
	agreement_id VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	tags VARCHAR NOT NULL, 
	occurred VARCHAR NOT NULL, 
	text VARCHAR NOT NULL, 
	at VARCHAR NOT NULL, 
	alleged_by VARCHAR, 
	alleged_at VARCHAR, 
	denied_by VARCHAR, 
	denied_at VARCHAR, 
	found_by VARCHAR, 
	found_at VARCHAR, 
	PRIMARY KEY (commitment_id, incident_id)
);

CREATE INDEX ix_incidents_agreement_id ON incidents (agreement_id);

CREATE TABLE disputes (
	commitment_id VARCHAR NOT NULL, 
	ordinal INTEGER NOT NULL, 
	agreement_id VARCHAR NOT NULL, 
	incident VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	latest_at VARCHAR NOT NULL, 
	PRIMARY KEY (commitment_id, ordinal)
);

CREATE INDEX disputes_latest ON disputes (latest_at, commitment_id);

CREATE INDEX ix_disputes_agreement_id ON disputes (agreement_id);

CREATE TABLE status_changes (
	commitment_id VARCHAR NOT NULL, 
	ordinal INTEGER NOT NULL, 
	agreement_id VARCHAR NOT NULL, 
	at VARCHAR NOT NULL, 
	known_at VARCHAR NOT NULL, 
	axis VARCHAR NOT NULL, 
	"before" VARCHAR, 
	"after" VARCHAR NOT NULL, 
	rule VARCHAR NOT NULL, 
	events VARCHAR NOT NULL, 
	lead VARCHAR, 
	origin VARCHAR, 
	PRIMARY KEY (commitment_id, ordinal)
);

CREATE INDEX status_changes_agreement ON status_changes (agreement_id, known_at);

CREATE INDEX status_changes_at ON status_changes (at);

CREATE INDEX status_changes_known ON status_changes (known_at);

CREATE TABLE statements (
	event_id VARCHAR NOT NULL, 
	agreement_id VARCHAR, 
	kind VARCHAR NOT NULL, 
	"by" VARCHAR, 
	text VARCHAR NOT NULL, 
	occurred VARCHAR NOT NULL, 
	position INTEGER NOT NULL, 
	PRIMARY KEY (event_id)
);

CREATE INDEX ix_statements_agreement_id ON statements (agreement_id);

CREATE TABLE clock_outlook (
	commitment_id VARCHAR NOT NULL, 
	ordinal INTEGER NOT NULL, 
	agreement_id VARCHAR NOT NULL, 
	at VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	timing VARCHAR NOT NULL, 
	earliest VARCHAR, 
	latest VARCHAR, 
	deadline_at VARCHAR, 
	is_state_change BOOLEAN NOT NULL, 
	PRIMARY KEY (commitment_id, ordinal)
);

CREATE INDEX ix_clock_outlook_agreement_id ON clock_outlook (agreement_id);

CREATE TABLE commitment_agreements (
	commitment_id VARCHAR NOT NULL, 
	agreement_id VARCHAR NOT NULL, 
	PRIMARY KEY (commitment_id)
);

CREATE INDEX ix_commitment_agreements_agreement_id ON commitment_agreements (agreement_id);

CREATE TABLE anchors (
	agreement_id VARCHAR NOT NULL, 
	on_id VARCHAR NOT NULL, 
	PRIMARY KEY (agreement_id, on_id)
);

CREATE INDEX ix_anchors_on_id ON anchors (on_id);

CREATE TABLE entry_instants (
	position INTEGER NOT NULL, 
	agreement_id VARCHAR NOT NULL, 
	effective_at VARCHAR NOT NULL, 
	tlp VARCHAR NOT NULL, 
	PRIMARY KEY (position)
);

CREATE INDEX ix_entry_instants_agreement_id ON entry_instants (agreement_id);

CREATE TABLE unreadable_agreements (
	agreement_id VARCHAR NOT NULL, 
	reason VARCHAR NOT NULL, 
	event_id VARCHAR NOT NULL, 
	tlp VARCHAR NOT NULL, 
	PRIMARY KEY (agreement_id)
);

CREATE TABLE parties (
	id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	zone VARCHAR NOT NULL, 
	aliases VARCHAR NOT NULL, 
	qid VARCHAR, 
	PRIMARY KEY (id)
);

CREATE TABLE search_words (
	position INTEGER NOT NULL, 
	stream VARCHAR NOT NULL, 
	words VARCHAR NOT NULL, 
	PRIMARY KEY (position)
);

CREATE INDEX ix_search_words_stream ON search_words (stream);

CREATE TABLE amendments (
	position INTEGER NOT NULL, 
	stream VARCHAR NOT NULL, 
	target VARCHAR NOT NULL, 
	type VARCHAR NOT NULL, 
	PRIMARY KEY (position)
);

CREATE INDEX ix_amendments_stream ON amendments (stream);

CREATE INDEX ix_amendments_target ON amendments (target);

CREATE TABLE projection_checkpoints (
	projection VARCHAR NOT NULL, 
	version INTEGER NOT NULL, 
	edition VARCHAR NOT NULL, 
	position INTEGER NOT NULL, 
	projected_at VARCHAR NOT NULL, 
	PRIMARY KEY (projection)
);

CREATE VIRTUAL TABLE search_index USING fts5(words, content=search_words, content_rowid=position, tokenize='unicode61 remove_diacritics 0');

CREATE TRIGGER search_words_added AFTER INSERT ON search_words BEGIN INSERT INTO search_index (rowid, words) VALUES (new.position, new.words); END;

CREATE TRIGGER search_words_removed AFTER DELETE ON search_words BEGIN INSERT INTO search_index (search_index, rowid, words) VALUES ('delete', old.position, old.words); END;

CREATE VIEW reporting_agreements AS SELECT CAST(a.id AS TEXT) AS agreement_id, CAST(a.title AS TEXT) AS agreement, CAST((SELECT group_concat(coalesce(p.name, j.value), ', ') FROM json_each(a.parties) j LEFT JOIN parties p ON p.id = j.value) AS TEXT) AS parties, CAST((SELECT group_concat(value, ', ') FROM json_each(a.parties)) AS TEXT) AS party_ids, CAST(a.predecessor AS TEXT) AS predecessor_id, CAST(b.title AS TEXT) AS predecessor, CAST(CASE WHEN coalesce(n.held, 0) = 0 THEN 'no_commitments' WHEN n.live > 0 AND n.due > 0 THEN 'attention' WHEN n.live > 0 AND n.contested > 0 THEN 'contested' WHEN n.live > 0 AND n.in_force = n.live THEN 'in_force' WHEN n.in_force > 0 THEN 'partly_in_force' WHEN n.suspended > 0 THEN 'suspended' WHEN n.conditional > 0 THEN 'conditional' WHEN n.live > 0 THEN 'proposed' WHEN n.violated > 0 THEN 'violated' WHEN n.expired > 0 THEN 'expired' WHEN n.ended > 0 OR n.superseded = n.held THEN 'ended' ELSE 'fulfilled' END AS TEXT) AS status, CAST(coalesce(n.held, 0) AS INTEGER) AS commitments, CAST(coalesce(n.live, 0) AS INTEGER) AS open_commitments, CAST(coalesce(n.due, 0) AS INTEGER) AS overdue_commitments, CAST(n.next_deadline_at AS TEXT) AS next_deadline_at, CAST(a.first_position AS INTEGER) AS first_position, CAST(a.last_position AS INTEGER) AS last_position, CAST((SELECT position FROM projection_checkpoints WHERE projection = 'status') AS INTEGER) AS projected_position, CAST((SELECT projected_at FROM projection_checkpoints WHERE projection = 'status') AS TEXT) AS projected_at, CAST(a.tlp AS TEXT) AS tlp FROM agreements a LEFT JOIN agreements b ON b.id = a.predecessor LEFT JOIN (SELECT agreement_id, count(*) AS held, sum(CASE WHEN live = 1 THEN 1 ELSE 0 END) AS live, sum(CASE WHEN state IN ('overdue', 'lapsed') THEN 1 ELSE 0 END) AS due, sum(CASE WHEN state = 'in_force' AND compliance IN ('confirmed', 'disputed', 'alleged') THEN 1 ELSE 0 END) AS contested, sum(CASE WHEN state = 'in_force' THEN 1 ELSE 0 END) AS in_force, sum(CASE WHEN state = 'suspended' THEN 1 ELSE 0 END) AS suspended, sum(CASE WHEN state = 'conditional' THEN 1 ELSE 0 END) AS conditional, sum(CASE WHEN state = 'violated' THEN 1 ELSE 0 END) AS violated, sum(CASE WHEN state = 'expired' THEN 1 ELSE 0 END) AS expired, sum(CASE WHEN state = 'superseded' THEN 1 ELSE 0 END) AS superseded, sum(CASE WHEN state IN ('cancelled', 'rejected', 'released') THEN 1 ELSE 0 END) AS ended, min(CASE WHEN live = 1 AND NOT (rtrim(deadline_at, 'Z') <= rtrim(strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'Z')) THEN deadline_at END) AS next_deadline_at FROM (SELECT c.agreement_id, c.compliance, CASE WHEN o.commitment_id IS NULL THEN c.state ELSE o.state END AS state, CASE WHEN o.commitment_id IS NULL THEN c.deadline_at ELSE o.deadline_at END AS deadline_at, CASE WHEN (CASE WHEN o.commitment_id IS NULL THEN c.state ELSE o.state END NOT IN ('discharged', 'violated', 'expired', 'cancelled', 'released', 'rejected', 'superseded')) THEN 1 ELSE 0 END AS live FROM commitments c JOIN agreements a ON a.id = c.agreement_id LEFT JOIN clock_outlook o ON o.commitment_id = c.id AND o.ordinal = CASE WHEN (rtrim(a.refold_at, 'Z') <= rtrim(strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'Z')) THEN (SELECT max(x.ordinal) FROM clock_outlook x WHERE x.commitment_id = c.id AND (rtrim(x.at, 'Z') <= rtrim(strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'Z'))) END) AS each_one GROUP BY agreement_id) AS n ON n.agreement_id = a.id WHERE a.detail IS NOT NULL;

CREATE VIEW reporting_commitments AS SELECT CAST(c.id AS TEXT) AS commitment_id, CAST(c.promise AS TEXT) AS commitment, CAST(c.agreement_id AS TEXT) AS agreement_id, CAST(a.title AS TEXT) AS agreement, CAST(c.kind AS TEXT) AS kind, CAST((SELECT group_concat(coalesce(p.name, j.value), ', ') FROM json_each(c.debtor) j LEFT JOIN parties p ON p.id = j.value) AS TEXT) AS debtors, CAST((SELECT group_concat(value, ', ') FROM json_each(c.debtor)) AS TEXT) AS debtor_ids, CAST((SELECT group_concat(coalesce(p.name, j.value), ', ') FROM json_each(c.creditor) j LEFT JOIN parties p ON p.id = j.value) AS TEXT) AS creditors, CAST((SELECT group_concat(value, ', ') FROM json_each(c.creditor)) AS TEXT) AS creditor_ids, CAST(CASE WHEN o.commitment_id IS NULL THEN c.state ELSE o.state END AS TEXT) AS state, CAST(c.compliance AS TEXT) AS compliance, CAST(CASE WHEN o.commitment_id IS NULL THEN c.timing ELSE o.timing END AS TEXT) AS timing, CAST(c.fulfilment AS TEXT) AS fulfilment, CAST(c.delivered AS INTEGER) AS delivered, CAST(c.promised AS INTEGER) AS promised, CAST((CASE WHEN o.commitment_id IS NULL THEN c.state ELSE o.state END NOT IN ('discharged', 'violated', 'expired', 'cancelled', 'released', 'rejected', 'superseded')) AS INTEGER) AS is_open, CAST((CASE WHEN o.commitment_id IS NULL THEN c.state ELSE o.state END IN ('overdue', 'lapsed')) AS INTEGER) AS is_overdue, CAST((CASE WHEN o.commitment_id IS NULL THEN c.timing ELSE o.timing END = 'due_soon') AS INTEGER) AS is_due_soon, CAST((CASE WHEN o.commitment_id IS NULL THEN c.timing ELSE o.timing END = 'stale') AS INTEGER) AS is_stale, CAST(c.is_late AS INTEGER) AS is_late, CAST((c.flags LIKE '%"terms_disputed"%') AS INTEGER) AS is_terms_disputed, CAST((c.flags LIKE '%"release_available"%') AS INTEGER) AS is_release_available, CAST((c.flags LIKE '%"single_source"%') AS INTEGER) AS is_single_source, CAST(CASE WHEN o.commitment_id IS NULL THEN c.earliest ELSE o.earliest END AS TEXT) AS earliest_end_at, CAST(CASE WHEN o.commitment_id IS NULL THEN c.latest ELSE o.latest END AS TEXT) AS latest_end_at, CAST(CASE WHEN o.commitment_id IS NULL THEN c.deadline_at ELSE o.deadline_at END AS TEXT) AS deadline_at, CAST((((CAST(strftime('%s', CASE WHEN o.commitment_id IS NULL THEN c.deadline_at ELSE o.deadline_at END) AS INTEGER) - CAST(strftime('%s', strftime('%Y-%m-%dT%H:%M:%fZ', 'now')) AS INTEGER)) - (((CAST(strftime('%s', CASE WHEN o.commitment_id IS NULL THEN c.deadline_at ELSE o.deadline_at END) AS INTEGER) - CAST(strftime('%s', strftime('%Y-%m-%dT%H:%M:%fZ', 'now')) AS INTEGER)) % 86400) + 86400) % 86400) / 86400) AS INTEGER) AS days_left, CAST((SELECT min(x.at) FROM clock_outlook x WHERE x.commitment_id = c.id AND NOT (rtrim(x.at, 'Z') <= rtrim(strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'Z'))) AS TEXT) AS next_change_at, CAST((SELECT position FROM projection_checkpoints WHERE projection = 'status') AS INTEGER) AS projected_position, CAST((SELECT projected_at FROM projection_checkpoints WHERE projection = 'status') AS TEXT) AS projected_at, CAST(c.tlp AS TEXT) AS tlp, CAST(coalesce((CASE WHEN o.commitment_id IS NULL THEN c.state ELSE o.state END IN ('in_force', 'suspended') AND (rtrim(CASE WHEN o.commitment_id IS NULL THEN c.earliest ELSE o.earliest END, 'Z') <= rtrim(strftime('%Y-%m-%dT%H:%M:%fZ', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), '+336 hours'), 'Z')) AND NOT (rtrim(CASE WHEN o.commitment_id IS NULL THEN c.latest ELSE o.latest END, 'Z') <= rtrim(strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'Z'))) OR ((CASE WHEN o.commitment_id IS NULL THEN c.state ELSE o.state END NOT IN ('discharged', 'violated', 'expired', 'cancelled', 'released', 'rejected', 'superseded')) AND EXISTS (SELECT 1 FROM deadlines d WHERE d.commitment_id = c.id AND d.term IN ('condition', 'offer', 'withdrawal') AND NOT (rtrim(d.at, 'Z') <= rtrim(strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'Z')) AND (rtrim(d.at, 'Z') <= rtrim(strftime('%Y-%m-%dT%H:%M:%fZ', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), '+336 hours'), 'Z')))), CAST(0 AS INTEGER)) AS INTEGER) AS is_ending_soon FROM commitments c JOIN agreements a ON a.id = c.agreement_id LEFT JOIN clock_outlook o ON o.commitment_id = c.id AND o.ordinal = CASE WHEN (rtrim(a.refold_at, 'Z') <= rtrim(strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'Z')) THEN (SELECT max(x.ordinal) FROM clock_outlook x WHERE x.commitment_id = c.id AND (rtrim(x.at, 'Z') <= rtrim(strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'Z'))) END;

CREATE VIEW reporting_deadlines AS SELECT CAST(c.id AS TEXT) AS commitment_id, CAST(c.promise AS TEXT) AS commitment, CAST(c.agreement_id AS TEXT) AS agreement_id, CAST(a.title AS TEXT) AS agreement, CAST(d.reading_id AS TEXT) AS reading_id, CAST(d.term AS TEXT) AS term, CAST(d.by AS TEXT) AS party_id, CAST(coalesce(p.name, d.by) AS TEXT) AS party, CAST(d.rule AS TEXT) AS rule, CAST(d.zone AS TEXT) AS zone, CAST(d.at AS TEXT) AS ends_at, CAST(CASE WHEN o.commitment_id IS NULL THEN c.state ELSE o.state END AS TEXT) AS state, CAST((CASE WHEN o.commitment_id IS NULL THEN c.state ELSE o.state END NOT IN ('discharged', 'violated', 'expired', 'cancelled', 'released', 'rejected', 'superseded')) AS INTEGER) AS is_open, CAST((rtrim(d.at, 'Z') <= rtrim(strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'Z')) AS INTEGER) AS is_past, CAST((((CAST(strftime('%s', d.at) AS INTEGER) - CAST(strftime('%s', strftime('%Y-%m-%dT%H:%M:%fZ', 'now')) AS INTEGER)) - (((CAST(strftime('%s', d.at) AS INTEGER) - CAST(strftime('%s', strftime('%Y-%m-%dT%H:%M:%fZ', 'now')) AS INTEGER)) % 86400) + 86400) % 86400) / 86400) AS INTEGER) AS days_left, CAST((SELECT position FROM projection_checkpoints WHERE projection = 'status') AS INTEGER) AS projected_position, CAST((SELECT projected_at FROM projection_checkpoints WHERE projection = 'status') AS TEXT) AS projected_at, CAST(c.tlp AS TEXT) AS tlp FROM commitments c JOIN agreements a ON a.id = c.agreement_id LEFT JOIN clock_outlook o ON o.commitment_id = c.id AND o.ordinal = CASE WHEN (rtrim(a.refold_at, 'Z') <= rtrim(strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'Z')) THEN (SELECT max(x.ordinal) FROM clock_outlook x WHERE x.commitment_id = c.id AND (rtrim(x.at, 'Z') <= rtrim(strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'Z'))) END JOIN deadlines d ON d.commitment_id = c.id LEFT JOIN parties p ON p.id = d.by;

CREATE VIEW reporting_status_changes AS SELECT CAST(c.id AS TEXT) AS commitment_id, CAST(c.promise AS TEXT) AS commitment, CAST(c.agreement_id AS TEXT) AS agreement_id, CAST(a.title AS TEXT) AS agreement, CAST(s.ordinal AS INTEGER) AS ordinal, CAST(s.at AS TEXT) AS changed_at, CAST(s.known_at AS TEXT) AS known_at, CAST(s.axis AS TEXT) AS axis, CAST(s.before AS TEXT) AS previous, CAST(s.after AS TEXT) AS current, CAST(s.rule AS TEXT) AS rule, CAST(s.lead AS TEXT) AS lead, CAST((SELECT position FROM projection_checkpoints WHERE projection = 'status') AS INTEGER) AS projected_position, CAST((SELECT projected_at FROM projection_checkpoints WHERE projection = 'status') AS TEXT) AS projected_at, CAST(c.tlp AS TEXT) AS tlp FROM status_changes s JOIN commitments c ON c.id = s.commitment_id JOIN agreements a ON a.id = c.agreement_id;

CREATE VIEW reporting_status_spans AS SELECT CAST(c.id AS TEXT) AS commitment_id, CAST(c.promise AS TEXT) AS commitment, CAST(c.agreement_id AS TEXT) AS agreement_id, CAST(a.title AS TEXT) AS agreement, CAST(s.state AS TEXT) AS status, CAST(s.at AS TEXT) AS started_at, CAST(coalesce((SELECT n.at FROM status_changes n WHERE n.commitment_id = s.commitment_id AND n.axis = 'state' AND n.ordinal > s.ordinal ORDER BY n.ordinal LIMIT 1), (SELECT x.at FROM clock_outlook x WHERE x.commitment_id = s.commitment_id AND 1000000 + x.ordinal > s.ordinal AND x.is_state_change AND (rtrim(x.at, 'Z') <= rtrim(strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'Z')) ORDER BY x.ordinal LIMIT 1)) AS TEXT) AS ended_at, CAST((coalesce((SELECT n.at FROM status_changes n WHERE n.commitment_id = s.commitment_id AND n.axis = 'state' AND n.ordinal > s.ordinal ORDER BY n.ordinal LIMIT 1), (SELECT x.at FROM clock_outlook x WHERE x.commitment_id = s.commitment_id AND 1000000 + x.ordinal > s.ordinal AND x.is_state_change AND (rtrim(x.at, 'Z') <= rtrim(strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'Z')) ORDER BY x.ordinal LIMIT 1)) IS NULL) AS INTEGER) AS is_current, CAST((SELECT position FROM projection_checkpoints WHERE projection = 'status') AS INTEGER) AS projected_position, CAST((SELECT projected_at FROM projection_checkpoints WHERE projection = 'status') AS TEXT) AS projected_at, CAST(c.tlp AS TEXT) AS tlp FROM (SELECT commitment_id, agreement_id, ordinal, at, after AS state FROM status_changes WHERE axis = 'state' UNION ALL SELECT x.commitment_id, x.agreement_id, 1000000 + x.ordinal, x.at, x.state FROM clock_outlook x WHERE x.is_state_change AND (rtrim(x.at, 'Z') <= rtrim(strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'Z'))) AS s JOIN commitments c ON c.id = s.commitment_id AND c.agreement_id = s.agreement_id JOIN agreements a ON a.id = c.agreement_id;

CREATE VIEW reporting_events AS SELECT CAST(e.id AS TEXT) AS event_id, CAST(e.position AS INTEGER) AS position, CAST(substr(rtrim(rtrim(rtrim(e.type, '0123456789'), 'v'), '.'), 11) AS TEXT) AS type, CAST(a.id AS TEXT) AS agreement_id, CAST(a.title AS TEXT) AS agreement, CAST(c.id AS TEXT) AS commitment_id, CAST(c.promise AS TEXT) AS commitment, CAST(json_extract(CAST(e.data AS TEXT), '$.occurred') AS TEXT) AS occurred, CAST(e.recorded_at AS TEXT) AS recorded_at, CAST(json_extract(CAST(e.data AS TEXT), '$.speaker') AS TEXT) AS speaker_id, CAST(coalesce(p.name, json_extract(CAST(e.data AS TEXT), '$.speaker')) AS TEXT) AS speaker, CAST(json_extract(CAST(e.data AS TEXT), '$.basis') AS TEXT) AS basis, CAST(coalesce(json_extract(CAST(e.data AS TEXT), '$.reliability'), 'F') AS TEXT) AS reliability, CAST(coalesce(m.tlp, json_extract(CAST(e.data AS TEXT), '$.tlp'), 'CLEAR') AS TEXT) AS tlp, CAST((EXISTS (SELECT 1 FROM amendments x WHERE x.target = e.id AND x.stream = e.stream AND x.type = 'EntryRetracted')) AS INTEGER) AS is_retracted, CAST((EXISTS (SELECT 1 FROM amendments x WHERE x.target = e.id AND x.stream = e.stream AND x.type = 'EntryCorrected')) AS INTEGER) AS is_corrected, CAST((SELECT position FROM projection_checkpoints WHERE projection = 'status') AS INTEGER) AS projected_position, CAST((SELECT projected_at FROM projection_checkpoints WHERE projection = 'status') AS TEXT) AS projected_at, CAST(m.effective_at AS TEXT) AS effective_at FROM events e LEFT JOIN agreements a ON a.id = e.stream LEFT JOIN entry_instants m ON m.position = e.position LEFT JOIN commitments c ON c.id = json_extract(CAST(e.data AS TEXT), '$.commitment') LEFT JOIN parties p ON p.id = json_extract(CAST(e.data AS TEXT), '$.speaker') WHERE e.position <= (SELECT position FROM projection_checkpoints WHERE projection = 'status');

CREATE VIEW reporting_incidents AS SELECT CAST(i.incident_id AS TEXT) AS incident_id, CAST(i.text AS TEXT) AS incident, CAST(c.id AS TEXT) AS commitment_id, CAST(c.promise AS TEXT) AS commitment, CAST(c.agreement_id AS TEXT) AS agreement_id, CAST(a.title AS TEXT) AS agreement, CAST(i.status AS TEXT) AS status, CAST(i.occurred AS TEXT) AS occurred, CAST(coalesce((SELECT group_concat(value, ', ') FROM json_each(i.tags)), '') AS TEXT) AS tags, CAST((i.tags LIKE '%"out_of_force"%' OR i.tags LIKE '%"while_suspended"%') AS INTEGER) AS is_out_of_force, CAST((SELECT position FROM projection_checkpoints WHERE projection = 'status') AS INTEGER) AS projected_position, CAST((SELECT projected_at FROM projection_checkpoints WHERE projection = 'status') AS TEXT) AS projected_at, CAST(c.tlp AS TEXT) AS tlp, CAST(i.at AS TEXT) AS happened_at, CAST((SELECT group_concat(coalesce(p.name, j.value), ', ') FROM json_each(i.alleged_by) j LEFT JOIN parties p ON p.id = j.value) AS TEXT) AS alleged_by, CAST((SELECT group_concat(value, ', ') FROM json_each(i.alleged_by)) AS TEXT) AS alleged_by_ids, CAST(i.alleged_at AS TEXT) AS alleged_at, CAST((SELECT group_concat(coalesce(p.name, j.value), ', ') FROM json_each(i.denied_by) j LEFT JOIN parties p ON p.id = j.value) AS TEXT) AS denied_by, CAST((SELECT group_concat(value, ', ') FROM json_each(i.denied_by)) AS TEXT) AS denied_by_ids, CAST(i.denied_at AS TEXT) AS denied_at, CAST((SELECT group_concat(coalesce(p.name, j.value), ', ') FROM json_each(i.found_by) j LEFT JOIN parties p ON p.id = j.value) AS TEXT) AS found_by, CAST(i.found_at AS TEXT) AS found_at FROM incidents i JOIN commitments c ON c.id = i.commitment_id JOIN agreements a ON a.id = c.agreement_id;

CREATE VIEW reporting_annotations AS SELECT CAST(t.time AS TEXT) AS time, CAST(t.timeend AS TEXT) AS timeend, CAST(t.text AS TEXT) AS text, CAST(t.tags AS TEXT) AS tags, CAST((SELECT position FROM projection_checkpoints WHERE projection = 'status') AS INTEGER) AS projected_position, CAST((SELECT projected_at FROM projection_checkpoints WHERE projection = 'status') AS TEXT) AS projected_at, CAST(t.tlp AS TEXT) AS tlp FROM (SELECT s.at AS time, NULL AS timeend, c.promise || ': ' || CASE s.axis WHEN 'state' THEN '' ELSE s.axis || ' ' END || replace(s.after, '_', ' ') AS text, 'change,' || s.agreement_id || ',' || s.commitment_id AS tags, c.tlp FROM status_changes s JOIN commitments c ON c.id = s.commitment_id WHERE s.axis IN ('state', 'compliance', 'fulfilment') UNION ALL SELECT c.earliest AS time, CASE WHEN c.latest <> c.earliest THEN c.latest END AS timeend, c.promise || ': deadline' AS text, 'deadline,' || c.agreement_id || ',' || c.id AS tags, c.tlp FROM commitments c JOIN agreements a ON a.id = c.agreement_id LEFT JOIN clock_outlook o ON o.commitment_id = c.id AND o.ordinal = CASE WHEN (rtrim(a.refold_at, 'Z') <= rtrim(strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'Z')) THEN (SELECT max(x.ordinal) FROM clock_outlook x WHERE x.commitment_id = c.id AND (rtrim(x.at, 'Z') <= rtrim(strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'Z'))) END WHERE c.earliest IS NOT NULL AND (CASE WHEN o.commitment_id IS NULL THEN c.state ELSE o.state END NOT IN ('discharged', 'violated', 'expired', 'cancelled', 'released', 'rejected', 'superseded'))) AS t;

CREATE VIEW reporting_parties AS SELECT CAST(c.id AS TEXT) AS commitment_id, CAST(c.promise AS TEXT) AS commitment, CAST(c.agreement_id AS TEXT) AS agreement_id, CAST(a.title AS TEXT) AS agreement, CAST(j.value AS TEXT) AS party_id, CAST(coalesce(p.name, j.value) AS TEXT) AS party, CAST(r.role AS TEXT) AS role, CAST(CASE WHEN o.commitment_id IS NULL THEN c.state ELSE o.state END AS TEXT) AS state, CAST((CASE WHEN o.commitment_id IS NULL THEN c.state ELSE o.state END NOT IN ('discharged', 'violated', 'expired', 'cancelled', 'released', 'rejected', 'superseded')) AS INTEGER) AS is_open, CAST((SELECT position FROM projection_checkpoints WHERE projection = 'status') AS INTEGER) AS projected_position, CAST((SELECT projected_at FROM projection_checkpoints WHERE projection = 'status') AS TEXT) AS projected_at, CAST(c.tlp AS TEXT) AS tlp FROM commitments c JOIN agreements a ON a.id = c.agreement_id LEFT JOIN clock_outlook o ON o.commitment_id = c.id AND o.ordinal = CASE WHEN (rtrim(a.refold_at, 'Z') <= rtrim(strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'Z')) THEN (SELECT max(x.ordinal) FROM clock_outlook x WHERE x.commitment_id = c.id AND (rtrim(x.at, 'Z') <= rtrim(strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'Z'))) END CROSS JOIN (SELECT 'debtor' AS role UNION ALL SELECT 'creditor') AS r CROSS JOIN json_each(CASE r.role WHEN 'debtor' THEN c.debtor ELSE c.creditor END) j LEFT JOIN parties p ON p.id = j.value;

CREATE VIEW reporting_freshness AS SELECT CAST(k.projection AS TEXT) AS projection, CAST(k.position AS INTEGER) AS position, CAST(h.position AS INTEGER) AS head_position, CAST(h.position - k.position AS INTEGER) AS lag_events, CAST(k.projected_at AS TEXT) AS caught_up_at, CAST(k.version AS INTEGER) AS version, CAST((SELECT position FROM projection_checkpoints WHERE projection = 'status') AS INTEGER) AS projected_position, CAST((SELECT projected_at FROM projection_checkpoints WHERE projection = 'status') AS TEXT) AS projected_at, CAST('CLEAR' AS TEXT) AS tlp FROM projection_checkpoints k CROSS JOIN event_counter h;
