package inference

import "sync"

// doubts keeps which self-test periods ended in a failed self-test, for the life of the process: a Desk's Clients share one, so
// that a lesion that waits for its decision learns of it after the model was changed too. There is one entry for each failure.
type doubts struct {
	mu      sync.Mutex
	periods map[string]bool
}

func (d *doubts) add(period string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.periods == nil {
		d.periods = map[string]bool{}
	}
	d.periods[period] = true
}

func (d *doubts) has(period string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.periods[period]
}

// Doubted says whether the self-test period of an answer (Scores.Period) ended in a failed self-test: whatever was answered in
// it may be wrong. It is false for a period that goes on or ended well, and for one that is not known.
func (c *Client) Doubted(period string) bool { return c.o.doubts.has(period) }

// Doubted is the Client's, of every model that the Desk ever had.
func (d *Desk) Doubted(period string) bool { return d.o.doubts.has(period) }
