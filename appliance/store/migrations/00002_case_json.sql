-- +goose Up
-- The exact bytes of case.json as they were when the case was signed off, sealed under the case's own key: what goes to the
-- trust and what is compared with it. NULL before sign-off, and for cases signed off before this column was there. Its SHA-256
-- is kept nowhere: a plain digest would let whoever has the file test guesses about a patient.
ALTER TABLE cases ADD COLUMN case_json BLOB;
