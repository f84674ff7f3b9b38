package ledger_test

import (
	"database/sql"
	"slices"
	"testing"
	"time"

	"dermbox/sync/hub/ledger"
)

// admit invites and enrols a device under its name.
func admit(t *testing.T, l *ledger.Ledger, a ledger.Admitted, secret string) {
	t.Helper()
	invite := ledger.Invite{Device: a.Device, Replaces: true, ExpiresAt: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)}
	if err := l.AddInvite(t.Context(), invite, secret); err != nil {
		t.Fatal(err)
	}
	if err := l.Admit(t.Context(), secret, func(ledger.Invite) (ledger.Admitted, error) { return a, nil }); err != nil {
		t.Fatal(err)
	}
}

// TestTheEscrowOfAReplacedDeviceIsKept: it is the only way into the old box's vault (decision 21).
func TestTheEscrowOfAReplacedDeviceIsKept(t *testing.T) {
	o, _ := options(t)
	l := open(t, o)
	first := ledger.Admitted{Device: box, PublicKey: []byte("key 1"), Serial: "1", Escrow: []byte("escrow 1")}
	second := ledger.Admitted{Device: ledger.Device{Trust: "RZZ", Site: "RZZ02", ID: box.ID}, PublicKey: []byte("key 2"), Serial: "2",
		Escrow: []byte("escrow 2")}
	admit(t, l, first, "a")
	if former, err := l.Former(t.Context(), "RZZ"); err != nil || len(former) != 0 {
		t.Errorf("%+v %v", former, err)
	}
	admit(t, l, second, "b")
	for range 2 { // the second time its answer was lost, and it asks again
		if err := l.Admit(t.Context(), "b", func(ledger.Invite) (ledger.Admitted, error) { return second, nil }); err != nil {
			t.Fatal(err)
		}
	}
	former, err := l.Former(t.Context(), "RZZ")
	if err != nil || len(former) != 1 || string(former[0].Escrow) != "escrow 1" || string(former[0].PublicKey) != "key 1" ||
		former[0].Device != box || former[0].Serial != "1" || former[0].ReplacedAt.IsZero() {
		t.Errorf("%+v %v", former, err)
	}
	db, err := sql.Open("sqlite3", o.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, q := range []string{`DELETE FROM former_devices`, `UPDATE former_devices SET escrow = x''`} {
		if _, err := db.Exec(q); err == nil {
			t.Errorf("allowed: %s", q)
		}
	}
}

// TestSitesAreThoseThatWereEnrolledFor: an invite that nobody used gives no right to a site's cases.
func TestSitesAreThoseThatWereEnrolledFor(t *testing.T) {
	o, _ := options(t)
	l := open(t, o)
	admit(t, l, ledger.Admitted{Device: box, PublicKey: []byte("1"), Escrow: []byte("1")}, "a")
	moved := ledger.Device{Trust: "RZZ", Site: "RZZ02", ID: box.ID}
	id := received(t, l, "A")
	if a, err := l.Reconcile(t.Context(), ledger.Device{Trust: "RZZ", Site: "RZZ02", ID: "box-2"}, "", 10); err != nil || len(a.Cases) != 0 {
		t.Errorf("another device: %+v %v", a, err)
	}
	admit(t, l, ledger.Admitted{Device: moved, PublicKey: []byte("2"), Escrow: []byte("2")}, "b")
	unused := ledger.Invite{Device: ledger.Device{Trust: "RZZ", Site: "RZZ03", ID: box.ID}, Replaces: true}
	if err := l.AddInvite(t.Context(), unused, "c"); err != nil {
		t.Fatal(err)
	}
	if got, err := l.Sites(t.Context(), moved); err != nil || !slices.Equal(got, []string{"RZZ01", "RZZ02"}) {
		t.Errorf("%v %v", got, err)
	}
	if a, err := l.Reconcile(t.Context(), moved, "", 10); err != nil || len(a.Cases) != 1 || a.Cases[0].ID != id {
		t.Errorf("after the move: %+v %v", a, err)
	}
}
