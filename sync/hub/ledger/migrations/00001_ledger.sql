-- +goose Up
CREATE TABLE devices (
    trust       TEXT NOT NULL,
    site        TEXT NOT NULL,
    device      TEXT NOT NULL,
    public_key  BLOB NOT NULL,
    serial      TEXT NOT NULL,
    valid_until TEXT NOT NULL,
    enrolled_at TEXT NOT NULL,
    last_seen   TEXT NOT NULL DEFAULT '',
    revoked_at  TEXT NOT NULL DEFAULT '',
    escrow      BLOB NOT NULL,
    PRIMARY KEY (trust, device)
) STRICT;

CREATE TABLE invites (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    trust       TEXT NOT NULL,
    site        TEXT NOT NULL,
    device      TEXT NOT NULL,
    secret_hash BLOB NOT NULL UNIQUE,
    replaces    INTEGER NOT NULL,
    created_at  TEXT NOT NULL,
    expires_at  TEXT NOT NULL,
    used_at     TEXT NOT NULL DEFAULT '',
    used_key    BLOB NOT NULL DEFAULT x''
) STRICT;

CREATE TABLE people (
    trust        TEXT NOT NULL,
    username     TEXT NOT NULL,
    name         TEXT NOT NULL,
    role         TEXT NOT NULL,
    password     TEXT NOT NULL,
    created_at   TEXT NOT NULL,
    disabled_at  TEXT NOT NULL DEFAULT '',
    failures     INTEGER NOT NULL DEFAULT 0,
    locked_until TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (trust, username)
) STRICT;

CREATE TABLE offers (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    trust          TEXT NOT NULL,
    site           TEXT NOT NULL,
    device         TEXT NOT NULL,
    epoch          TEXT NOT NULL,
    batch          INTEGER NOT NULL,
    digest         TEXT NOT NULL,
    previous       TEXT NOT NULL,
    audit_head     TEXT NOT NULL,
    envelope       BLOB NOT NULL,
    chain          TEXT NOT NULL,
    state          TEXT NOT NULL CHECK (state IN ('offered', 'committed', 'refused')),
    offered_at     TEXT NOT NULL,
    committed_at   TEXT NOT NULL DEFAULT '',
    receipt        BLOB,
    receipt_digest TEXT NOT NULL DEFAULT '',
    receipt_key    TEXT NOT NULL DEFAULT '',
    UNIQUE (trust, site, device, digest)
) STRICT;
CREATE INDEX offers_chain ON offers (trust, device, epoch, id);

CREATE TABLE parts (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    trust        TEXT NOT NULL,
    site         TEXT NOT NULL,
    device       TEXT NOT NULL,
    sha256       TEXT NOT NULL,
    size         INTEGER NOT NULL,
    received     INTEGER NOT NULL DEFAULT 0,
    wrapped_key  BLOB NOT NULL,
    named_at     TEXT NOT NULL,
    completed_at TEXT NOT NULL DEFAULT '',
    UNIQUE (trust, site, device, sha256)
) STRICT;

CREATE TABLE segments (
    part  INTEGER NOT NULL REFERENCES parts (id),
    start INTEGER NOT NULL,
    size  INTEGER NOT NULL,
    name  TEXT NOT NULL UNIQUE,
    PRIMARY KEY (part, start)
) STRICT;

CREATE TABLE cases (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    trust         TEXT NOT NULL,
    site          TEXT NOT NULL,
    device        TEXT NOT NULL,
    case_id       TEXT NOT NULL,
    version       INTEGER NOT NULL,
    offer         INTEGER NOT NULL REFERENCES offers (id),
    content       TEXT NOT NULL,
    urgent        INTEGER NOT NULL,
    demonstration INTEGER NOT NULL,
    route         TEXT NOT NULL,
    urgency       INTEGER NOT NULL,
    lesions       INTEGER NOT NULL,
    signed_off    TEXT NOT NULL,
    received_at   TEXT NOT NULL,
    wrapped_key   BLOB NOT NULL,
    patient       BLOB NOT NULL,
    nhs_index     BLOB NOT NULL,
    UNIQUE (trust, case_id, version)
) STRICT;
CREATE INDEX cases_device ON cases (trust, site, device, id);
CREATE INDEX cases_nhs ON cases (trust, nhs_index);

CREATE TABLE case_parts (
    case_row   INTEGER NOT NULL REFERENCES cases (id),
    ord        INTEGER NOT NULL,
    part       INTEGER NOT NULL REFERENCES parts (id),
    role       TEXT NOT NULL,
    media_type TEXT NOT NULL,
    capture_id TEXT NOT NULL,
    PRIMARY KEY (case_row, ord)
) STRICT;

CREATE TABLE alarms (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    trust     TEXT NOT NULL,
    site      TEXT NOT NULL,
    device    TEXT NOT NULL,
    kind      TEXT NOT NULL,
    object    TEXT NOT NULL,
    raised_at TEXT NOT NULL
) STRICT;

-- +goose StatementBegin
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
-- +goose StatementEnd
