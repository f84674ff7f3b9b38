package trustsync_test

import (
	"math/rand/v2"
	"net/http"
	"testing"

	"dermbox/appliance"
	trustsync "dermbox/sync"
	"dermbox/sync/wire"
)

// TestReceivedMeansReceived is R37: under any mix of faults a case counts as received only when the hub holds it, whole, and
// once the faults end every case arrives, once.
func TestReceivedMeansReceived(t *testing.T) {
	for seed := range uint64(12) {
		l := newLine(t)
		random := rand.New(rand.NewPCG(seed, 1))
		var ids []appliance.CaseID
		for i := range 6 {
			route := appliance.DermReview
			if i%3 == 2 {
				route = appliance.UrgentReview
			}
			ids = append(ids, l.store.Add(route, 1+random.IntN(300_000), 1+random.IntN(3000)))
		}
		l.store.perBatch = 1 + random.IntN(3)
		accepted := map[appliance.CaseID]int{}
		l.store.onSave = func(_ appliance.Receipt, results []wire.CaseResult) {
			for _, r := range results {
				accepted[r.ID]++
				if !l.hub.Holds(r.ID) {
					t.Errorf("seed %d: %s counts as received and the hub does not hold it", seed, r.ID)
				}
			}
		}
		left := 60
		l.hub.Faults.Random = func(*http.Request) int {
			left--
			if left < 0 || random.IntN(2) == 0 {
				return 0
			}
			return 1 + random.IntN(5)
		}
		l.hub.Faults.CutParts, l.hub.Faults.CutAfter = random.IntN(4), 50_000
		stop := l.start(func(d *trustsync.Deps) { d.Pace.Max = quick.Portal })
		l.received(ids...)
		stop()
		for id, n := range accepted {
			if n != 1 {
				t.Errorf("seed %d: %s was receipted %d times", seed, id, n)
			}
		}
		l.hub.server.Close()
	}
}
