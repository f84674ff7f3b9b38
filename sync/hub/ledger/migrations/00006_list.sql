-- +goose Up
-- The order of the list of received cases.
CREATE INDEX cases_list ON cases (trust, urgency, id);
