-- Made by `make docs` from the rows as they are declared; a test compares.

CREATE TABLE events (
	position BIGINT NOT NULL, 
	stream VARCHAR COLLATE "C" NOT NULL, 
	version BIGINT NOT NULL, 
	id VARCHAR COLLATE "C" NOT NULL, 
	type VARCHAR COLLATE "C" NOT NULL, 
	source VARCHAR COLLATE "C" NOT NULL, 
	recorded_at VARCHAR COLLATE "C" NOT NULL, 
	data BYTEA NOT NULL, 
	leaf BYTEA NOT NULL, 
	subtrees BYTEA NOT NULL, 
	PRIMARY KEY (position), 
	UNIQUE (stream, version), 
	UNIQUE (id)
);

CREATE TABLE event_texts (
	position BIGINT NOT NULL, 
	field VARCHAR COLLATE "C" NOT NULL, 
	salt BYTEA NOT NULL, 
	text VARCHAR COLLATE "C" NOT NULL, 
	PRIMARY KEY (position, field), 
	FOREIGN KEY(position) REFERENCES events (position)
);

CREATE TABLE event_counter (
	id INTEGER NOT NULL, 
	position BIGINT NOT NULL, 
	PRIMARY KEY (id)
);
