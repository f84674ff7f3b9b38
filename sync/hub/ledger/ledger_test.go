package ledger_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"dermbox/appliance"
	"dermbox/appliance/audit"
	"dermbox/appliance/clock"
	"dermbox/appliance/vault"
	"dermbox/sync/hub/ledger"
	"dermbox/sync/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var box = ledger.Device{Trust: "RZZ", Site: "RZZ01", ID: "box-1"}

func options(t *testing.T) (ledger.Options, *clock.Fake) {
	t.Helper()
	dir := t.TempDir()
	v, err := vault.Create(dir, vault.FileProvider(filepath.Join(dir, "vault.key")))
	if err != nil {
		t.Fatal(err)
	}
	c := clock.NewFake(time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC))
	return ledger.Options{Path: filepath.Join(dir, "ledger.db"), Vault: v, Clock: c,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil))}, c
}

func open(t *testing.T, o ledger.Options) *ledger.Ledger {
	t.Helper()
	l, err := ledger.Create(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// received puts one whole case into the ledger; its bytes are of no matter here.
func received(t *testing.T, l *ledger.Ledger, family string) appliance.CaseID {
	t.Helper()
	c := &appliance.Case{ID: appliance.CaseID(appliance.NewID()), Version: 1, Route: appliance.DermReview, Site: appliance.Site{Trust: box.Trust, Code: box.Site},
		Patient: appliance.Patient{FamilyName: family, NHSNumber: "9990000018"}}
	entry := wire.CaseEntry{ID: c.ID, Version: 1, Parts: []wire.Part{{SHA256: wire.HexSum([]byte(c.ID)), Size: 5,
		MediaType: wire.MediaCase, Role: wire.RoleCase}}}
	offer := ledger.NewOffer{Digest: wire.Digest([]byte(c.ID)), Envelope: []byte("{}"),
		Manifest: wire.Manifest{Epoch: "e", Batch: 1, Cases: []wire.CaseEntry{entry}}}
	if _, err := l.Offer(t.Context(), box, offer); err != nil {
		t.Fatal(err)
	}
	part, err := l.Part(t.Context(), box, entry.Parts[0].SHA256)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Advance(t.Context(), part, ledger.Segment{Name: appliance.NewID(), Size: 5}, true); err != nil {
		t.Fatal(err)
	}
	_, err = l.Commit(t.Context(), box, offer.Digest, []ledger.Judged{{Entry: entry, Case: c}},
		func([]wire.CaseResult, time.Time) (ledger.Signed, error) {
			return ledger.Signed{Envelope: []byte("r")}, nil
		})
	if err != nil {
		t.Fatal(err)
	}
	return c.ID
}

func TestPatientsAreSealedInEveryFile(t *testing.T) {
	o, _ := options(t)
	l := open(t, o)
	id := received(t, l, "Unmistakable")
	row, err := l.Case(t.Context(), "RZZ", id)
	if err != nil {
		t.Fatal(err)
	}
	if p, err := l.Patient(row); err != nil || p.FamilyName != "Unmistakable" {
		t.Errorf("%+v %v", p, err)
	}
	files, err := filepath.Glob(o.Path + "*")
	if err != nil || len(files) < 2 {
		t.Fatalf("%v %v", files, err)
	}
	for _, path := range files {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(b, []byte("Unmistakable")) || bytes.Contains(b, []byte("9990000018")) {
			t.Errorf("%s holds the patient in plain", filepath.Base(path))
		}
	}
}

func TestForeignTrustSeesNothing(t *testing.T) {
	o, _ := options(t)
	l := open(t, o)
	id := received(t, l, "A")
	if _, err := l.Case(t.Context(), "RYY", id); appliance.CodeOf(err) != appliance.NotFound {
		t.Errorf("case: %v", err)
	}
	if rows, err := l.Cases(t.Context(), "RYY", 10); err != nil || len(rows) != 0 {
		t.Errorf("list: %d %v", len(rows), err)
	}
	for _, d := range []ledger.Device{{Trust: "RYY", Site: "RZZ01", ID: "box-1"}, {Trust: "RZZ", Site: "RZZ02", ID: "box-1"},
		{Trust: "RZZ", Site: "RZZ01", ID: "box-2"}} {
		if _, err := l.Part(t.Context(), d, wire.HexSum([]byte(id))); appliance.CodeOf(err) != appliance.NotFound {
			t.Errorf("%v: part: %v", d, err)
		}
		if _, err := l.Offered(t.Context(), d, wire.Digest([]byte(id))); appliance.CodeOf(err) != appliance.NotFound {
			t.Errorf("%v: offer: %v", d, err)
		}
		if a, err := l.Reconcile(t.Context(), d, "", 10); err != nil || len(a.Cases) != 0 {
			t.Errorf("%v: reconcile: %+v %v", d, a, err)
		}
	}
}

func TestAFailedCommitLeavesNothing(t *testing.T) {
	o, _ := options(t)
	l := open(t, o)
	before, err := l.AuditReport(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	entry := wire.CaseEntry{ID: appliance.CaseID(appliance.NewID()), Version: 1,
		Parts: []wire.Part{{SHA256: wire.HexSum(nil), Size: 5, Role: wire.RoleCase, MediaType: wire.MediaCase}}}
	offer := ledger.NewOffer{Digest: wire.Digest(nil), Envelope: []byte("{}"),
		Manifest: wire.Manifest{Epoch: "e", Batch: 1, Cases: []wire.CaseEntry{entry}}}
	if _, err := l.Offer(t.Context(), box, offer); err != nil {
		t.Fatal(err)
	}
	good := func([]wire.CaseResult, time.Time) (ledger.Signed, error) { return ledger.Signed{}, nil }
	bad := func([]wire.CaseResult, time.Time) (ledger.Signed, error) {
		return ledger.Signed{}, errors.New("no signer")
	}
	judged := []ledger.Judged{{Entry: entry, Case: &appliance.Case{ID: entry.ID, Version: 1}}}
	// The part is not complete: nothing may be receipted, whatever the caller believes.
	if _, err := l.Commit(t.Context(), box, offer.Digest, judged, good); appliance.CodeOf(err) != appliance.Conflict {
		t.Errorf("incomplete: %v", err)
	}
	part, err := l.Part(t.Context(), box, wire.HexSum(nil))
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Advance(t.Context(), part, ledger.Segment{Name: "x", Size: 5}, true); err != nil {
		t.Fatal(err)
	}
	if err := l.Advance(t.Context(), part, ledger.Segment{Name: "y", Size: 5}, true); appliance.CodeOf(err) != appliance.Conflict {
		t.Errorf("two writers at one offset: %v", err)
	}
	if _, err := l.Commit(t.Context(), box, offer.Digest, judged, bad); err == nil {
		t.Error("committed without a receipt")
	}
	if rows, err := l.Cases(t.Context(), "RZZ", 10); err != nil || len(rows) != 0 {
		t.Errorf("%d cases, %v", len(rows), err)
	}
	after, err := l.AuditReport(t.Context())
	if err != nil || after.Rows != before.Rows+1 {
		t.Errorf("audit rows %d then %d, %v: only the offer may be there", before.Rows, after.Rows, err)
	}
}

// TestAuditTableIsThePackages keeps the migration's copy of the trail's table equal to the package that reads it.
func TestAuditTableIsThePackages(t *testing.T) {
	b, err := os.ReadFile("migrations/00001_ledger.sql")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), strings.TrimSpace(audit.Schema)) {
		t.Error("the migration's audit table is not audit.Schema")
	}
}

func TestANewerLedgerIsLeftAlone(t *testing.T) {
	o, _ := options(t)
	open(t, o).Close()
	db, err := sql.Open("sqlite3", o.Path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`); err != nil {
		t.Fatal(err)
	}
	db.Close()
	for name, f := range map[string]func() (*ledger.Ledger, error){
		"open":      func() (*ledger.Ledger, error) { return ledger.Open(t.Context(), o) },
		"read-only": func() (*ledger.Ledger, error) { return ledger.OpenReadOnly(t.Context(), o) },
	} {
		if _, err := f(); appliance.CodeOf(err) != appliance.Conflict {
			t.Errorf("%s: %v, want Conflict", name, err)
		}
	}
}

func TestOnlyCreateMakesALedger(t *testing.T) {
	o, _ := options(t)
	for _, empty := range []bool{false, true} {
		if empty {
			if err := os.WriteFile(o.Path, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		for name, f := range map[string]func(context.Context, ledger.Options) (*ledger.Ledger, error){
			"open": ledger.Open, "read-only": ledger.OpenReadOnly,
		} {
			if _, err := f(t.Context(), o); appliance.CodeOf(err) != appliance.NotFound {
				t.Errorf("%s, empty file %v: got %v, want NotFound", name, empty, err)
			}
			if info, err := os.Stat(o.Path); (err == nil) != empty || err == nil && info.Size() > 0 {
				t.Errorf("%s, empty file %v: opening made a ledger", name, empty)
			}
		}
	}
}

func TestAlarmsStayOpenUntilClosedWithAReason(t *testing.T) {
	o, _ := options(t)
	l := open(t, o)
	for range 2 {
		if err := l.Alarm(t.Context(), box, ledger.AlarmDamaged, "x"); err != nil {
			t.Fatal(err)
		}
	}
	open, err := l.OpenAlarms(t.Context(), "RZZ", 10)
	if err != nil || len(open) != 1 || open[0].Kind != ledger.AlarmDamaged || open[0].Device != box {
		t.Fatalf("%+v %v: the same alarm twice is one", open, err)
	}
	if _, err := l.CloseAlarm(t.Context(), "RYY", open[0].ID, "it", "seen"); appliance.CodeOf(err) != appliance.NotFound {
		t.Errorf("another trust closed it: %v", err)
	}
	before, _ := l.AuditReport(t.Context())
	if a, err := l.CloseAlarm(t.Context(), "RZZ", open[0].ID, "it", "seen"); err != nil || a.Open() || a.ClosedBy != "it" || a.Reason != "seen" {
		t.Errorf("%+v %v", a, err)
	}
	if after, err := l.AuditReport(t.Context()); err != nil || after.Rows != before.Rows+1 {
		t.Errorf("closing was not audited: %v", err)
	}
	if _, err := l.CloseAlarm(t.Context(), "RZZ", open[0].ID, "it", "again"); appliance.CodeOf(err) != appliance.Conflict {
		t.Errorf("closed twice: %v", err)
	}
	if counts, err := l.CountAlarms(t.Context(), "RZZ"); err != nil || len(counts) != 0 {
		t.Errorf("%v %v", counts, err)
	}
	if all, err := l.Alarms(t.Context(), "RZZ", 10); err != nil || len(all) != 1 {
		t.Errorf("a closed alarm is gone: %v %v", all, err)
	}
}

func TestPragmasHoldOnEveryConnection(t *testing.T) {
	o, _ := options(t)
	l := open(t, o)
	received(t, l, "A")
	db, err := sql.Open("sqlite3", o.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var mode string
	if err := db.QueryRow(`PRAGMA journal_mode`).Scan(&mode); err != nil || mode != "wal" {
		t.Errorf("journal mode %q, %v", mode, err)
	}
	if _, err := db.Exec(`DELETE FROM audit`); err == nil {
		t.Error("audit rows can be deleted")
	}
}

// TestOnlyTheServingHubChangesTheSchema: a newer program's command beside an older hub must not change the ledger under it.
func TestOnlyTheServingHubChangesTheSchema(t *testing.T) {
	o, _ := options(t)
	open(t, o).Close()
	if l, err := ledger.OpenBeside(t.Context(), o); err != nil {
		t.Errorf("the present schema: %v", err)
	} else if err := errors.Join(l.Alarm(t.Context(), box, ledger.AlarmDamaged, "x"), l.Close()); err != nil {
		t.Errorf("beside, and it cannot write: %v", err)
	}
	db, err := sql.Open("sqlite3", o.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	last := func() (version int) {
		if err := db.QueryRow(`SELECT MAX(version_id) FROM goose_db_version`).Scan(&version); err != nil {
			t.Fatal(err)
		}
		return version
	}
	was := last()
	if _, err := db.Exec(`DROP INDEX cases_list; DROP INDEX case_parts_part; ALTER TABLE parts DROP COLUMN damaged_at; DELETE FROM goose_db_version WHERE version_id >= 5`); err != nil {
		t.Fatal(err)
	}
	if _, err := ledger.OpenBeside(t.Context(), o); appliance.CodeOf(err) != appliance.Unavailable || last() != 4 {
		t.Errorf("%v, schema %d: want Unavailable and the schema left", err, last())
	}
	l, err := ledger.Open(t.Context(), o)
	if err != nil || last() != was {
		t.Errorf("%v, schema %d of %d", err, last(), was)
	}
	if err == nil {
		l.Close()
	}
}

// TestEveryCaseIsOnAPage: in the order of urgency and then of arrival, newest first, also while more arrive.
func TestEveryCaseIsOnAPage(t *testing.T) {
	o, _ := options(t)
	l := open(t, o)
	seen := map[appliance.CaseID]bool{}
	for range 5 {
		seen[received(t, l, "A")] = false
	}
	after, pages := "", 0
	for {
		page, err := l.CasePage(t.Context(), "RZZ", after, 2)
		if err != nil || page.Total != 5+pages || len(page.Cases) > 2 {
			t.Fatalf("%+v %v", page, err)
		}
		for _, c := range page.Cases {
			if twice, known := seen[c.ID]; twice || !known {
				t.Errorf("page %d: %s twice, or never received", pages, c.ID)
			}
			seen[c.ID] = true
		}
		pages++
		if after = page.Next; after == "" {
			break
		}
		received(t, l, "B")
	}
	for id, there := range seen {
		if !there {
			t.Errorf("%s is on no page", id)
		}
	}
	for _, bad := range []string{"x", "1", "1.x", "..", "1.2.3"} {
		if _, err := l.CasePage(t.Context(), "RZZ", bad, 2); appliance.CodeOf(err) != appliance.NotFound {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
