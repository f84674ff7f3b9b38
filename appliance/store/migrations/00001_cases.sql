-- +goose Up
-- Columns hold nothing that identifies a patient: what does is sealed under the case's own key (BLOB columns named body,
-- initials, message, envelope) or a keyed blind index. Times are nanoseconds since 1970 UTC.

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE cases (
    seq           INTEGER PRIMARY KEY AUTOINCREMENT, -- the order cases were begun in; wall clocks may lie
    id            TEXT NOT NULL UNIQUE,
    state         TEXT NOT NULL,
    revision      INTEGER NOT NULL,                  -- counts saves of body; the sealed body is bound to it
    version       INTEGER NOT NULL,
    urgent        INTEGER NOT NULL DEFAULT 0,
    route         TEXT NOT NULL DEFAULT '',
    demonstration INTEGER NOT NULL,
    started_at    INTEGER,
    updated_at    INTEGER,
    signed_off_at INTEGER,
    received_at   INTEGER,                           -- by the hub's clock, from the verified receipt
    last_error    TEXT NOT NULL DEFAULT '',          -- key of the catalogue
    nhs_index     BLOB,                              -- blind index of the NHS number
    wrapped_key   BLOB,                              -- NULL once the case is erased
    initials      BLOB,
    body          BLOB
) STRICT;
CREATE INDEX cases_state ON cases (state, seq);
CREATE INDEX cases_nhs ON cases (nhs_index) WHERE nhs_index IS NOT NULL;

CREATE TABLE camera_openings (
    id   INTEGER PRIMARY KEY AUTOINCREMENT,
    at   INTEGER,
    mono INTEGER NOT NULL,
    boot TEXT NOT NULL,
    body TEXT NOT NULL -- JSON as the camera gave it: asked, read back, measured
) STRICT;

CREATE TABLE captures (
    id         TEXT PRIMARY KEY,
    case_id    TEXT NOT NULL REFERENCES cases (id),
    image      TEXT NOT NULL UNIQUE, -- random name of the sealed file
    opening_id INTEGER REFERENCES camera_openings (id),
    saved_at   INTEGER,
    saved_ms   REAL                  -- from the frame in memory to the end of the commit
) STRICT;
CREATE INDEX captures_case ON captures (case_id);

-- Scan data that was ever kept, for any patient. It outlives its capture: a frozen camera must not pass after a purge.
CREATE TABLE scans (
    scan_index BLOB PRIMARY KEY, -- blind index of the hash
    capture_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE attempts (
    id        TEXT PRIMARY KEY,
    case_id   TEXT NOT NULL REFERENCES cases (id),
    lesion_id TEXT NOT NULL,
    at        INTEGER,
    outcome   TEXT NOT NULL,
    body      BLOB
) STRICT;
CREATE INDEX attempts_case ON attempts (case_id, lesion_id);

CREATE TABLE batches (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    epoch       TEXT NOT NULL,
    number      INTEGER NOT NULL,
    urgent      INTEGER NOT NULL,
    state       TEXT NOT NULL, -- open, offered, committed, rejected, dissolved
    previous    TEXT NOT NULL,
    digest      TEXT NOT NULL DEFAULT '',
    envelope    BLOB,
    audit_head  TEXT NOT NULL DEFAULT '',
    created_at  INTEGER,
    offered_at  INTEGER,
    committed_at INTEGER,
    parts_sent  INTEGER NOT NULL DEFAULT 0,
    parts_total INTEGER NOT NULL DEFAULT 0,
    bytes_sent  INTEGER NOT NULL DEFAULT 0,
    bytes_total INTEGER NOT NULL DEFAULT 0,
    UNIQUE (epoch, number)
) STRICT;
CREATE INDEX batches_unfinished ON batches (urgent, id) WHERE state IN ('open', 'offered');

CREATE TABLE batch_cases (
    batch_id INTEGER NOT NULL REFERENCES batches (id),
    position INTEGER NOT NULL,
    case_id  TEXT NOT NULL REFERENCES cases (id),
    outcome  TEXT NOT NULL DEFAULT '',
    code     TEXT NOT NULL DEFAULT '',
    message  BLOB,
    PRIMARY KEY (batch_id, position),
    UNIQUE (batch_id, case_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX batch_cases_case ON batch_cases (case_id);

-- One row for each case that was signed off: the order in which the trust gets them.
CREATE TABLE outbox (
    seq      INTEGER PRIMARY KEY AUTOINCREMENT,
    case_id  TEXT NOT NULL UNIQUE REFERENCES cases (id),
    urgent   INTEGER NOT NULL,
    batch_id INTEGER REFERENCES batches (id), -- the unfinished batch that has it
    done     INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX outbox_waiting ON outbox (urgent, seq) WHERE done = 0 AND batch_id IS NULL;

-- The trust's word, exactly as signed: it stays readable without any key of the box.
CREATE TABLE receipts (
    batch_id        INTEGER PRIMARY KEY REFERENCES batches (id),
    manifest_digest TEXT NOT NULL,
    hub             TEXT NOT NULL,
    key_id          TEXT NOT NULL,
    issued_at       INTEGER,
    saved_at        INTEGER,
    envelope        BLOB NOT NULL
) STRICT;

CREATE TABLE staff (
    id        TEXT PRIMARY KEY,
    body      BLOB NOT NULL,
    failures  INTEGER NOT NULL,
    lock_mono INTEGER NOT NULL,
    lock_boot TEXT NOT NULL,
    lock_for  INTEGER NOT NULL
) STRICT;

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
-- +goose StatementBegin
CREATE TRIGGER audit_append BEFORE INSERT ON audit
WHEN NEW.seq IS NOT (SELECT COALESCE(MAX(seq), 0) + 1 FROM audit)
BEGIN SELECT RAISE(ABORT, 'audit rows are only appended'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'audit rows are never changed'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'audit rows are never removed'); END;
-- +goose StatementEnd
