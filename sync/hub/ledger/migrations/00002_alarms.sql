-- +goose Up
-- An alarm stays open until a person closes it with a reason; nothing is removed.
ALTER TABLE alarms ADD COLUMN closed_at TEXT NOT NULL DEFAULT '';
ALTER TABLE alarms ADD COLUMN closed_by TEXT NOT NULL DEFAULT '';
ALTER TABLE alarms ADD COLUMN reason TEXT NOT NULL DEFAULT '';
CREATE INDEX alarms_open ON alarms (trust, closed_at, id);
-- Wrong passwords no longer close an account for everybody: package people slows them by address.
ALTER TABLE people DROP COLUMN locked_until;
