PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE namesmith_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT namesmith_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO namesmith_version VALUES('0001');
CREATE TABLE namesmith_guilds (
	id BIGINT NOT NULL, 
	style TEXT, 
	count INTEGER, 
	temperature DOUBLE, 
	new_only BOOLEAN, 
	channels JSON, 
	blocked JSON, 
	prefix TEXT, 
	PRIMARY KEY (id)
);
INSERT INTO namesmith_guilds VALUES(1191168905167503360,'dinosaurs',3,NULL,NULL,NULL,'["Trella", "Trenna"]','$');
CREATE TABLE namesmith_saved_names (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	user_id BIGINT NOT NULL, 
	digest BLOB NOT NULL, 
	name TEXT NOT NULL, 
	style TEXT NOT NULL, 
	saved_at DATETIME NOT NULL, 
	CONSTRAINT namesmith_saved_once UNIQUE (user_id, digest)
);
INSERT INTO namesmith_saved_names VALUES(1,1576279148840615938,X'e55079636b3fe8bf86489740c7e49583','Trudie','names','2026-11-28 16:50:35.589956');
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('namesmith_saved_names',1);
COMMIT;
