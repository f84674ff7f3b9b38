-- +goose Up
-- What the reference card showed of a camera: no patient's data. The newest row of a camera counts, the others are its history;
-- none is ever changed or removed.
CREATE TABLE calibrations (
    seq  INTEGER PRIMARY KEY AUTOINCREMENT, -- the order in which cards were shown; wall clocks may lie
    id   TEXT NOT NULL UNIQUE,
    at   INTEGER,
    scan TEXT NOT NULL UNIQUE,              -- hash of the still's scan data: no still counts twice
    body TEXT NOT NULL                      -- JSON
) STRICT;
-- +goose StatementBegin
CREATE TRIGGER calibrations_no_update BEFORE UPDATE ON calibrations
BEGIN SELECT RAISE(ABORT, 'calibrations are never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER calibrations_no_delete BEFORE DELETE ON calibrations
BEGIN SELECT RAISE(ABORT, 'calibrations are never removed'); END;
-- +goose StatementEnd
