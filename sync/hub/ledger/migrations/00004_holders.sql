-- +goose Up
-- Who was given a receipt for a case: the device that brought it, and the same box under a later enrolment that brought it
-- again. Reconcile tells each what it holds here.
CREATE TABLE holders (
    case_row INTEGER NOT NULL REFERENCES cases (id),
    site     TEXT NOT NULL,
    device   TEXT NOT NULL,
    PRIMARY KEY (case_row, site, device)
) STRICT, WITHOUT ROWID;
CREATE INDEX holders_device ON holders (device, site, case_row);
INSERT INTO holders (case_row, site, device) SELECT id, site, device FROM cases;
