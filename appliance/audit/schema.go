package audit

// Schema makes the trail's table in a SQLite database. The triggers refuse UPDATE and DELETE, and an INSERT anywhere but at
// the end, which also stops INSERT OR REPLACE. A store's migration holds the same text; a test compares them.
const Schema = `
CREATE TABLE audit (
    seq      INTEGER PRIMARY KEY,
    previous BLOB NOT NULL,
    hash     BLOB NOT NULL,
    wall     TEXT NOT NULL,
    mono     INTEGER NOT NULL,
    boot     TEXT NOT NULL,
    quality  TEXT NOT NULL,
    actor    TEXT NOT NULL,
    action   TEXT NOT NULL,
    object   TEXT NOT NULL,
    outcome  TEXT NOT NULL,
    reason   TEXT NOT NULL,
    versions TEXT NOT NULL
) STRICT;
CREATE INDEX audit_object ON audit (object, seq);
CREATE TRIGGER audit_append BEFORE INSERT ON audit
WHEN NEW.seq IS NOT (SELECT COALESCE(MAX(seq), 0) + 1 FROM audit)
BEGIN SELECT RAISE(ABORT, 'audit rows are only appended'); END;
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'audit rows are never changed'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'audit rows are never removed'); END;
`
