package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"

	"dermbox/appliance"
)

// NoteSaved notes how long a capture took to become durable, in milliseconds. That is known only after its commit, and is
// written with the case's next one: it costs no sync, and a crash in between loses the figure and nothing else.
func (s *Store) NoteSaved(id appliance.CaseID, capture appliance.CaptureID, ms float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.savedMS[id] == nil {
		s.savedMS[id] = map[appliance.CaptureID]float64{}
	}
	s.savedMS[id][capture] = ms
}

func (s *Store) timings(id appliance.CaseID) map[appliance.CaptureID]float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.savedMS[id])
}

func (s *Store) forgetTimings(id appliance.CaseID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.savedMS, id)
}

func (s *Store) writeTimings(ctx context.Context, tx *sql.Tx, id appliance.CaseID) error {
	for capture, ms := range s.timings(id) {
		if _, err := tx.ExecContext(ctx, `UPDATE captures SET saved_ms = ? WHERE id = ? AND case_id = ?`, ms, capture, id); err != nil {
			return fmt.Errorf("save timing: %w", err)
		}
	}
	return nil
}
