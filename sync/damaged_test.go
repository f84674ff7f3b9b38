package trustsync_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"dermbox/appliance"
	trustsync "dermbox/sync"
	"dermbox/sync/hub/enrol"
	"dermbox/sync/hub/ledger"
	"dermbox/sync/wire"
)

// files gives the sealed files of a case's part of that role at the hub.
func (l *realLine) files(id appliance.CaseID, role string) []string {
	l.t.Helper()
	row, err := l.hub.Ledger.Case(l.t.Context(), trust, id)
	if err != nil {
		l.t.Fatal(err)
	}
	parts, err := l.hub.Ledger.Parts(l.t.Context(), row)
	if err != nil {
		l.t.Fatal(err)
	}
	var names []string
	for _, p := range parts {
		if p.Role != role {
			continue
		}
		for _, s := range p.Stored.Segments {
			names = append(names, filepath.Join(l.settings.DataDir, "parts", s.Name[:2], s.Name))
		}
	}
	return names
}

// TestWhatTheHubFindsDamagedIsSentAgain: the hub's disk loses a part of a receipted case. Whoever looks finds it, the device
// is no longer told that the hub has the case, and sends the one part again.
func TestWhatTheHubFindsDamagedIsSentAgain(t *testing.T) {
	look := map[string]func(l *realLine, id appliance.CaseID, image appliance.CaptureID) error{
		"a view of the case": func(l *realLine, id appliance.CaseID, _ appliance.CaptureID) error {
			_, err := l.hub.Case(l.t.Context(), "reader", id)
			return err
		},
		"a view of an image": func(l *realLine, id appliance.CaseID, image appliance.CaptureID) error {
			_, err := l.hub.Image(l.t.Context(), "reader", id, image)
			return err
		},
		"an audit": func(l *realLine, id appliance.CaseID, _ appliance.CaptureID) error {
			p, err := l.hub.Proof(l.t.Context(), id)
			if err == nil && !p.Verified {
				err = appliance.E(appliance.Unverified, "", nil)
			}
			return err
		},
	}
	for name, look := range look {
		for _, moved := range []bool{false, true} {
			t.Run(name+map[bool]string{true: ", the box has moved"}[moved], func(t *testing.T) {
				l, b := newRealLine(t), newBox(t)
				id := b.visit(appliance.DermReview, 3000)
				_, stop := l.sends(b, nil)
				eventually(t, "receipted", b.receipted(1))
				stop()
				role := wire.RoleImage
				if name == "a view of the case" {
					role = wire.RoleCase
				}
				for _, path := range l.files(id, role) {
					b.must(os.Remove(path))
				}
				c, err := b.store.Case(t.Context(), id)
				b.must(err)
				for range 2 {
					if err := look(l, id, c.Captures[0].ID); appliance.CodeOf(err) != appliance.Unverified {
						t.Fatalf("looking gave %v", err)
					}
				}
				if moved {
					l.anew(func(w *enrol.Wanted) { w.Site = "RXX02" })
				}
				engine, stop := l.sends(b, func(d *trustsync.Deps) { d.Pace.Reconcile = 20 * time.Millisecond })
				defer stop()
				eventually(t, "whole again", func() bool { p, err := l.hub.Proof(t.Context(), id); return err == nil && p.Verified })
				eventually(t, "equal", func() bool { r := engine.Status().Reconciled; return r != nil && r.Agrees() && r.Equal == 1 })
				eventually(t, "receipted again", b.receipted(1))
				trace, err := b.store.Trace(t.Context(), id)
				if err != nil || len(trace.Batches) != 2 || trace.Batches[0].Outcome != "duplicate" && trace.Batches[1].Outcome != "duplicate" {
					t.Errorf("%+v, %v", trace.Batches, err)
				}
				alarms, err := l.hub.Ledger.OpenAlarms(t.Context(), trust, 10)
				if err != nil || len(alarms) != 1 || alarms[0].Kind != ledger.AlarmDamaged {
					t.Errorf("%+v, %v", alarms, err)
				}
			})
		}
	}
}

// TestFilesPutBackAreWholeAgain: the box has purged the case by now, so the backup is the only remedy, and it must work.
func TestFilesPutBackAreWholeAgain(t *testing.T) {
	l, b := newRealLine(t), newBox(t)
	id := b.visit(appliance.DermReview, 3000)
	_, stop := l.sends(b, nil)
	eventually(t, "receipted", b.receipted(1))
	stop()
	path := l.files(id, wire.RoleImage)[0]
	b.must(os.Rename(path, path+".away"))
	held := func() int {
		page, err := l.client().Reconcile(t.Context(), "")
		b.must(err)
		return len(page.Cases)
	}
	if p, err := l.hub.Proof(t.Context(), id); err != nil || p.Verified || held() != 0 {
		t.Errorf("%v %v: the device is told that the hub has it", p.Verified, err)
	}
	b.must(os.Rename(path+".away", path))
	if p, err := l.hub.Proof(t.Context(), id); err != nil || !p.Verified || held() != 1 {
		t.Errorf("%v %v: put back and not whole", p.Verified, err)
	}
}
