-- Made by `make docs` from the rows as they are declared; a test compares.

CREATE TABLE events (
	position INTEGER NOT NULL, 
	stream TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	type TEXT NOT NULL, 
	source TEXT NOT NULL, 
	recorded_at TEXT NOT NULL, 
	data BLOB NOT NULL, 
	leaf BLOB NOT NULL, 
	subtrees BLOB NOT NULL, 
	PRIMARY KEY (position), 
	UNIQUE (stream, version), 
	UNIQUE (id)
)
 STRICT;

CREATE TABLE event_texts (
	position INTEGER NOT NULL, 
	field TEXT NOT NULL, 
	salt BLOB NOT NULL, 
	text TEXT NOT NULL, 
	PRIMARY KEY (position, field), 
	FOREIGN KEY(position) REFERENCES events (position)
)
 STRICT;

CREATE TABLE event_counter (
	id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	PRIMARY KEY (id)
)
 STRICT;
