-- +goose Up
-- What was done to the box's model packs: no patient's data. The newest activation or rollback that succeeded says which pack
-- judges, so that no model can be in force without its record; the others are its history. None is ever changed or removed.
CREATE TABLE model_acts (
    seq      INTEGER PRIMARY KEY AUTOINCREMENT, -- the order in which they were done; wall clocks may lie
    at       INTEGER,
    action   TEXT NOT NULL,
    outcome  TEXT NOT NULL,                     -- ok, or the code of the error
    digest   TEXT NOT NULL,                     -- of the pack's manifest; empty for a file that is no pack
    in_force INTEGER NOT NULL,                  -- 1: it made the pack the one that judges
    body     TEXT NOT NULL                      -- JSON
) STRICT;
CREATE INDEX model_acts_in_force ON model_acts (in_force, seq);
CREATE INDEX model_acts_digest ON model_acts (digest, action);
-- +goose StatementBegin
CREATE TRIGGER model_acts_no_update BEFORE UPDATE ON model_acts
BEGIN SELECT RAISE(ABORT, 'what was done to models is never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER model_acts_no_delete BEFORE DELETE ON model_acts
BEGIN SELECT RAISE(ABORT, 'what was done to models is never removed'); END;
-- +goose StatementEnd
