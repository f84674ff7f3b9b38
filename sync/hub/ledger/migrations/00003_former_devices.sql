-- +goose Up
-- A device whose place was taken. Its escrow stays the only way into its vault, so these rows are only ever added.
CREATE TABLE former_devices (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    trust       TEXT NOT NULL,
    site        TEXT NOT NULL,
    device      TEXT NOT NULL,
    public_key  BLOB NOT NULL,
    serial      TEXT NOT NULL,
    valid_until TEXT NOT NULL,
    enrolled_at TEXT NOT NULL,
    last_seen   TEXT NOT NULL,
    revoked_at  TEXT NOT NULL,
    escrow      BLOB NOT NULL,
    replaced_at TEXT NOT NULL
) STRICT;
CREATE INDEX former_devices_name ON former_devices (trust, device, id);

-- +goose StatementBegin
CREATE TRIGGER former_devices_no_update BEFORE UPDATE ON former_devices
BEGIN SELECT RAISE(ABORT, 'former devices are never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER former_devices_no_delete BEFORE DELETE ON former_devices
BEGIN SELECT RAISE(ABORT, 'former devices are never removed'); END;
-- +goose StatementEnd
