package ledger_test

import (
	"database/sql"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/sync/hub/ledger"
	"dermbox/sync/wire"
)

// stranger has neither name nor site in common with box.
var stranger = ledger.Device{Trust: box.Trust, Site: "RZZ02", ID: "box-2"}

// brings has a device offer a case of one part, bring its bytes and commit, and gives what became of it.
func brings(t *testing.T, l *ledger.Ledger, d ledger.Device, id appliance.CaseID, sum string, code wire.ErrorCode) wire.CaseResult {
	t.Helper()
	entry := caseOf(id, sum)
	offer := offerOf(d, entry)
	s, err := l.Offer(t.Context(), d, offer)
	if err != nil || s.State != ledger.StateOffered || len(s.Missing) != 1 || len(s.Conflicts) != 0 {
		t.Fatalf("offered: %+v, %v; whatever it guesses, it must bring the bytes", s, err)
	}
	part, err := l.Part(t.Context(), d, sum)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Advance(t.Context(), part, ledger.Segment{Name: appliance.NewID(), Size: 5}, true); err != nil {
		t.Fatal(err)
	}
	var result wire.CaseResult
	_, err = l.Commit(t.Context(), d, offer.Digest, []ledger.Judged{{Entry: entry, Code: code}},
		func(r []wire.CaseResult, _ time.Time) (ledger.Signed, error) {
			result = r[0]
			return ledger.Signed{Envelope: []byte("r")}, nil
		})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func caseOf(id appliance.CaseID, sum string) wire.CaseEntry {
	return wire.CaseEntry{ID: id, Version: 1, Parts: []wire.Part{{SHA256: sum, Size: 5, MediaType: wire.MediaCase, Role: wire.RoleCase}}}
}

func offerOf(d ledger.Device, entry wire.CaseEntry) ledger.NewOffer {
	return ledger.NewOffer{Digest: wire.Digest([]byte(d.ID + entry.Parts[0].SHA256)), Envelope: []byte("{}"),
		Manifest: wire.Manifest{Epoch: "f", Batch: 1, Cases: []wire.CaseEntry{entry}}}
}

// TestAStrangerLearnsNothingBeforeItBroughtTheBytes: a guess at a digest is answered alike, right or wrong. With the bytes in
// its own scope, equal content is a duplicate, and other content a conflict with an alarm (decisions 24 and 25).
func TestAStrangerLearnsNothingBeforeItBroughtTheBytes(t *testing.T) {
	for name, c := range map[string]struct {
		equal bool
		code  wire.ErrorCode // what would be said of a new case
		want  wire.CaseResult
		alarm bool
	}{
		"equal":                         {equal: true, want: wire.CaseResult{Outcome: wire.Duplicate}},
		"equal, of a site not its own":  {equal: true, code: wire.CaseSite, want: wire.CaseResult{Outcome: wire.Duplicate}},
		"other":                         {want: wire.CaseResult{Outcome: wire.Rejected, Code: wire.CaseConflict}, alarm: true},
		"other, of a site not its own":  {code: wire.CaseSite, want: wire.CaseResult{Outcome: wire.Rejected, Code: wire.CaseConflict}, alarm: true},
		"other, that nobody could read": {code: wire.CaseUndecodable, want: wire.CaseResult{Outcome: wire.Rejected, Code: wire.CaseUndecodable}},
	} {
		t.Run(name, func(t *testing.T) {
			o, _ := options(t)
			l := open(t, o)
			id := received(t, l, "A")
			sum := wire.HexSum([]byte(id))
			if !c.equal {
				sum = wire.HexSum([]byte("other"))
			}
			got := brings(t, l, stranger, id, sum, c.code)
			if got.Outcome != c.want.Outcome || got.Code != c.want.Code {
				t.Errorf("%+v", got)
			}
			alarms, err := l.CountAlarms(t.Context(), box.Trust)
			if err != nil || (alarms[ledger.AlarmConflict] == 1) != c.alarm {
				t.Errorf("alarms %v, %v", alarms, err)
			}
			a, err := l.Reconcile(t.Context(), stranger, "", 10)
			if err != nil || (len(a.Cases) == 1) != c.equal {
				t.Errorf("held for it: %+v, %v", a, err)
			}
		})
	}
}

// TestWhatAnEarlierVersionRefusedAStrangerIsTaken: its offer was kept as refused, for the hub took equal content for a conflict.
func TestWhatAnEarlierVersionRefusedAStrangerIsTaken(t *testing.T) {
	o, _ := options(t)
	l := open(t, o)
	id := received(t, l, "A")
	sum := wire.HexSum([]byte(id))
	offer := offerOf(stranger, caseOf(id, sum))
	if _, err := l.Offer(t.Context(), stranger, offer); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite3", o.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(`UPDATE offers SET state = 'refused' WHERE digest = ?`, offer.Digest); err != nil {
		t.Fatal(err)
	}
	if got := brings(t, l, stranger, id, sum, wire.CaseSite); got.Outcome != wire.Duplicate {
		t.Errorf("%+v", got)
	}
}
