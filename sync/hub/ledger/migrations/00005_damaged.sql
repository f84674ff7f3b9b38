-- +goose Up
-- When a part was found to be no longer readable as it was received. Its files stay named until a device offers the part
-- anew, so that files put back from a backup are whole again; '' for a part that nobody found damaged.
ALTER TABLE parts ADD COLUMN damaged_at TEXT NOT NULL DEFAULT '';
CREATE INDEX case_parts_part ON case_parts (part);
