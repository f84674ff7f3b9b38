package store_test

import (
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/store"
)

// reopenAs closes the store and opens it for the mode.
func (r *rig) reopenAs(mode string) error {
	r.t.Helper()
	if r.Store != nil {
		must(r.t, r.Store.Close())
		r.Store = nil
	}
	o := r.options()
	o.Mode = mode
	s, err := store.Open(r.t.Context(), o)
	if err == nil {
		r.Store = s
		r.t.Cleanup(func() { s.Close() })
	}
	return err
}

// TestADataFolderKeepsItsMode: the cases, staff and keys of a demonstration never become those of a live box (hazard H17).
func TestADataFolderKeepsItsMode(t *testing.T) {
	for _, c := range []struct{ is, set string }{{"demonstration", "live"}, {"live", "demonstration"}} {
		t.Run(c.is, func(t *testing.T) {
			r := newRig(t)
			must(t, r.reopenAs(c.is))
			rows := r.auditRows()
			must(t, r.reopenAs(c.is))
			if r.auditRows() != rows {
				t.Error("the same mode was written down again")
			}
			checkError(t, r.reopenAs(c.set), appliance.Conflict, "storage.other_mode")
			must(t, r.reopenAs(c.is)) // nothing was changed
			r.auditRows()
		})
	}
}

// TestModeOfAnOlderDatabase: one that was made before the mode was kept is what its cases are.
func TestModeOfAnOlderDatabase(t *testing.T) {
	r := newRig(t)
	r.draft() // a demonstration's
	checkError(t, r.reopenAs("live"), appliance.Conflict, "storage.other_mode")
	must(t, r.reopenAs("demonstration"))
	checkError(t, r.reopenAs("live"), appliance.Conflict, "storage.other_mode")

	empty := newRig(t)
	must(t, empty.reopenAs("live"))
	checkError(t, empty.reopenAs("demonstration"), appliance.Conflict, "storage.other_mode")
}
