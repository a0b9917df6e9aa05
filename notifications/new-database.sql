-- Made by `make docs` from the rows as they are declared; a test compares.

CREATE TABLE turns (
	name VARCHAR NOT NULL, 
	at VARCHAR NOT NULL, 
	position INTEGER NOT NULL, 
	worker VARCHAR NOT NULL, 
	PRIMARY KEY (name)
);

CREATE TABLE mailbox_fetches (
	name VARCHAR NOT NULL, 
	failures INTEGER NOT NULL, 
	tried_at VARCHAR NOT NULL, 
	failing_since VARCHAR, 
	last_error VARCHAR NOT NULL, 
	PRIMARY KEY (name)
);

CREATE TABLE subscriptions (
	id INTEGER NOT NULL, 
	email VARCHAR NOT NULL, 
	agreements VARCHAR NOT NULL, 
	cadence VARCHAR NOT NULL, 
	hour INTEGER NOT NULL, 
	zone VARCHAR NOT NULL, 
	created_at VARCHAR NOT NULL, 
	next_due VARCHAR, 
	told_until INTEGER NOT NULL, 
	on_day INTEGER, 
	filter VARCHAR DEFAULT '{}' NOT NULL, 
	quiet VARCHAR DEFAULT '[]' NOT NULL, 
	consent VARCHAR DEFAULT '' NOT NULL, 
	confirmed_at VARCHAR, 
	paused_at VARCHAR, 
	paused_until VARCHAR, 
	removed_at VARCHAR, 
	removed_by VARCHAR, 
	escalate_to VARCHAR, 
	escalate_days INTEGER, 
	when_quiet VARCHAR DEFAULT 'skip' NOT NULL, 
	channel VARCHAR DEFAULT 'mail' NOT NULL, 
	remind_days INTEGER, 
	awaits_overview INTEGER DEFAULT '0' NOT NULL, 
	language VARCHAR DEFAULT 'en' NOT NULL, 
	clock INTEGER DEFAULT '24' NOT NULL, 
	hook_version INTEGER DEFAULT '1' NOT NULL, 
	PRIMARY KEY (id)
);

CREATE TABLE destinations (
	subscription_id INTEGER NOT NULL, 
	channel VARCHAR NOT NULL, 
	url VARCHAR NOT NULL, 
	secret_number INTEGER DEFAULT '1' NOT NULL, 
	rotated_at VARCHAR, 
	PRIMARY KEY (subscription_id)
);

CREATE TABLE alerts (
	seq INTEGER NOT NULL, 
	"key" VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	severity VARCHAR NOT NULL, 
	agreement_id VARCHAR NOT NULL, 
	commitment_id VARCHAR NOT NULL, 
	at VARCHAR NOT NULL, 
	axis VARCHAR NOT NULL, 
	"before" VARCHAR, 
	"after" VARCHAR NOT NULL, 
	rule VARCHAR NOT NULL, 
	events VARCHAR NOT NULL, 
	lead VARCHAR, 
	noticed_at VARCHAR NOT NULL, 
	withdrawn_at VARCHAR, 
	withdrawn_seq INTEGER, 
	resolved_at VARCHAR, 
	resolved_seq INTEGER, 
	origin VARCHAR, 
	historical INTEGER DEFAULT '0' NOT NULL, 
	PRIMARY KEY (seq), 
	UNIQUE ("key")
);

CREATE INDEX alerts_agreement ON alerts (agreement_id);

CREATE INDEX ix_alerts_resolved_seq ON alerts (resolved_seq);

CREATE INDEX ix_alerts_withdrawn_seq ON alerts (withdrawn_seq);

CREATE TABLE alert_cursor (
	id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	instant VARCHAR NOT NULL, 
	seq INTEGER NOT NULL, 
	PRIMARY KEY (id)
);

CREATE TABLE outbox (
	id INTEGER NOT NULL, 
	dedup_key VARCHAR NOT NULL, 
	subscription_id INTEGER NOT NULL, 
	recipient VARCHAR NOT NULL, 
	message_id VARCHAR NOT NULL, 
	subject VARCHAR NOT NULL, 
	message BLOB NOT NULL, 
	state VARCHAR NOT NULL, 
	due_at VARCHAR NOT NULL, 
	lease_until VARCHAR, 
	worker VARCHAR, 
	attempts INTEGER NOT NULL, 
	last_error VARCHAR, 
	planned_at VARCHAR NOT NULL, 
	sent_at VARCHAR, 
	location VARCHAR, 
	list_name VARCHAR DEFAULT 'digest' NOT NULL, 
	domain VARCHAR DEFAULT '' NOT NULL, 
	envelope_from VARCHAR, 
	failures INTEGER DEFAULT '0' NOT NULL, 
	resends INTEGER DEFAULT '0' NOT NULL, 
	channel VARCHAR DEFAULT 'mail' NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (dedup_key)
);

CREATE INDEX outbox_due ON outbox (state, due_at);

CREATE TABLE outbox_attempts (
	id INTEGER NOT NULL, 
	outbox_id INTEGER NOT NULL, 
	attempt INTEGER NOT NULL, 
	at VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	worker VARCHAR, 
	phase VARCHAR, 
	code INTEGER, 
	answer VARCHAR, 
	PRIMARY KEY (id)
);

CREATE INDEX outbox_attempts_at ON outbox_attempts (state, at);

CREATE INDEX outbox_attempts_of ON outbox_attempts (outbox_id);

CREATE TABLE mail_circuits (
	host VARCHAR NOT NULL, 
	failures INTEGER NOT NULL, 
	open_until VARCHAR, 
	last_error VARCHAR NOT NULL, 
	changed_at VARCHAR NOT NULL, 
	PRIMARY KEY (host)
);

CREATE TABLE mail_tokens (
	hash VARCHAR NOT NULL, 
	purpose VARCHAR NOT NULL, 
	subscription_id INTEGER NOT NULL, 
	issued_at VARCHAR NOT NULL, 
	expires_at VARCHAR, 
	used_at VARCHAR, 
	PRIMARY KEY (hash)
);

CREATE INDEX ix_mail_tokens_subscription_id ON mail_tokens (subscription_id);

CREATE TABLE suppressions (
	id INTEGER NOT NULL, 
	address VARCHAR NOT NULL, 
	reason VARCHAR NOT NULL, 
	detail VARCHAR NOT NULL, 
	at VARCHAR NOT NULL, 
	lifted_at VARCHAR, 
	lifted_because VARCHAR, 
	PRIMARY KEY (id)
);

CREATE INDEX ix_suppressions_address ON suppressions (address);

CREATE TABLE bounces (
	id INTEGER NOT NULL, 
	"key" VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	address VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	verdict VARCHAR NOT NULL, 
	detail VARCHAR NOT NULL, 
	at VARCHAR NOT NULL, 
	outbox_id INTEGER, 
	PRIMARY KEY (id), 
	UNIQUE ("key")
);

CREATE INDEX ix_bounces_address ON bounces (address);

CREATE TABLE alert_marks (
	id INTEGER NOT NULL, 
	mark VARCHAR NOT NULL, 
	"key" VARCHAR, 
	filter VARCHAR NOT NULL, 
	calendar VARCHAR NOT NULL, 
	zone VARCHAR NOT NULL, 
	reason VARCHAR NOT NULL, 
	"by" VARCHAR NOT NULL, 
	at VARCHAR NOT NULL, 
	until VARCHAR, 
	ended_at VARCHAR, 
	ended_because VARCHAR, 
	PRIMARY KEY (id)
);

CREATE INDEX ix_alert_marks_key ON alert_marks ("key");

CREATE TABLE notification_log (
	id INTEGER NOT NULL, 
	subscription_id INTEGER NOT NULL, 
	"key" VARCHAR NOT NULL, 
	outcome VARCHAR NOT NULL, 
	why VARCHAR NOT NULL, 
	at VARCHAR NOT NULL, 
	dedup_key VARCHAR, 
	PRIMARY KEY (id)
);

CREATE INDEX ix_notification_log_key ON notification_log ("key");

CREATE INDEX notification_log_of ON notification_log (subscription_id, outcome);

CREATE VIEW reporting_deliveries AS SELECT CAST(o.id AS INTEGER) AS delivery_id, CAST(o.subject AS TEXT) AS subject, CAST(o.subscription_id AS INTEGER) AS subscription_id, CAST(o.domain AS TEXT) AS recipient_domain, CAST(o.state AS TEXT) AS state, CAST(o.attempts AS INTEGER) AS attempts, CAST(o.planned_at AS TEXT) AS planned_at, CAST(o.due_at AS TEXT) AS due_at, CAST(o.sent_at AS TEXT) AS sent_at, CAST(o.last_error AS TEXT) AS last_error, CAST((o.state = 'sent') AS INTEGER) AS is_sent, CAST((o.state IN ('parked', 'dead', 'uncertain')) AS INTEGER) AS is_in_trouble, CAST(k.position AS INTEGER) AS projected_position, CAST(k.instant AS TEXT) AS projected_at, CAST(o.channel AS TEXT) AS channel, CAST('AMBER+STRICT' AS TEXT) AS tlp FROM outbox o LEFT JOIN alert_cursor k ON k.id = 1;

INSERT INTO alembic_version (version_num) VALUES ('notifications_0012');
