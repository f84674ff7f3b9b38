package audit_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"

	"dermbox/appliance"
	"dermbox/appliance/audit"
)

func newDB(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(t.TempDir(), "a.db")+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { db.Close() })
	exec(t, db, audit.Schema)
	return db
}

func exec(t *testing.T, db *sql.DB, query string, args ...any) {
	t.Helper()
	if _, err := db.Exec(query, args...); err != nil {
		t.Fatal(err)
	}
}

func event(n int) audit.Event {
	return audit.Event{
		At: appliance.Stamp{
			Wall: time.Date(2026, 7, 1, 9, 0, n, 123456789, time.UTC), Mono: int64(n), Boot: "boot-1", Quality: appliance.ClockSynchronised,
		},
		Actor: "hca.1", Action: "capture.keep", Object: fmt.Sprintf("case-%d", n%2), Outcome: "ok", Reason: "best-possible",
		Versions: map[string]string{"rules": "3", "model": "sha256:ab"},
	}
}

func appendEvents(t *testing.T, db *sql.DB, n int) {
	t.Helper()
	for i := range n {
		tx, err := db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		if err := audit.Append(t.Context(), tx, event(i)); err != nil {
			t.Fatal(err)
		}
		if err := tx.Commit(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestChain(t *testing.T) {
	db := newDB(t)
	ctx := t.Context()
	if head, err := audit.Head(ctx, db); err != nil || head != "" {
		t.Errorf("head of an empty trail: %q, %v", head, err)
	}
	appendEvents(t, db, 3)
	middle, err := audit.Head(ctx, db)
	if err != nil || !strings.HasPrefix(middle, "sha256:") {
		t.Fatalf("head %q, %v", middle, err)
	}
	appendEvents(t, db, 3)
	report, err := audit.Verify(ctx, db, middle, "")
	if err != nil || report.Rows != 6 || report.Head == middle {
		t.Errorf("report %+v, %v", report, err)
	}
	events, err := audit.Of(ctx, db, "case-1", 10)
	if err != nil || len(events) != 2 {
		t.Fatalf("events %v, %v", events, err)
	}
	want := event(1)
	if got := events[0]; !got.At.Wall.Equal(want.At.Wall) || got.At.Mono != 1 || got.Versions["rules"] != "3" || got.Reason != want.Reason {
		t.Errorf("read back %+v, want %+v", got, want)
	}
}

func TestSeveralEventsInOneTransaction(t *testing.T) {
	db := newDB(t)
	tx, _ := db.Begin()
	if err := audit.Append(t.Context(), tx, event(1), event(2), event(3)); err != nil {
		t.Fatal(err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if report, err := audit.Verify(t.Context(), db); err != nil || report.Rows != 0 {
		t.Errorf("after a rollback: %+v, %v", report, err)
	}
	tx, _ = db.Begin()
	if err := audit.Append(t.Context(), tx, event(1), event(2), event(3)); err != nil {
		t.Fatal(err)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if report, err := audit.Verify(t.Context(), db); err != nil || report.Rows != 3 {
		t.Errorf("after a commit: %+v, %v", report, err)
	}
}

func TestTriggersRefuse(t *testing.T) {
	db := newDB(t)
	appendEvents(t, db, 3)
	for _, query := range []string{
		`UPDATE audit SET actor = 'x'`,
		`UPDATE audit SET actor = 'x' WHERE seq = 3`,
		`DELETE FROM audit`,
		`DELETE FROM audit WHERE seq = 3`,
		`INSERT OR REPLACE INTO audit SELECT 2, previous, x'00', wall, mono, boot, quality, 'x', action, object, outcome, reason, versions FROM audit WHERE seq = 2`,
		`INSERT INTO audit SELECT 7, previous, x'00', wall, mono, boot, quality, actor, action, object, outcome, reason, versions FROM audit WHERE seq = 2`,
		`INSERT INTO audit SELECT 0, previous, x'00', wall, mono, boot, quality, actor, action, object, outcome, reason, versions FROM audit WHERE seq = 2`,
	} {
		if _, err := db.Exec(query); err == nil || !strings.Contains(err.Error(), "audit rows are") {
			t.Errorf("%.60s: %v", query, err)
		}
	}
	if report, err := audit.Verify(t.Context(), db); err != nil || report.Rows != 3 {
		t.Errorf("report %+v, %v", report, err)
	}
}

// TestVerifyFinds tampers as somebody would who has the file and drops the triggers.
func TestVerifyFinds(t *testing.T) {
	for name, c := range map[string]struct{ harm, key string }{
		"changed wall":     {`UPDATE audit SET wall = '2026-07-01T09:00:04Z' WHERE seq = 3`, "storage.audit.broken"},
		"changed mono":     {`UPDATE audit SET mono = mono + 1 WHERE seq = 3`, "storage.audit.broken"},
		"changed boot":     {`UPDATE audit SET boot = 'boot-2' WHERE seq = 3`, "storage.audit.broken"},
		"changed quality":  {`UPDATE audit SET quality = 'unverified' WHERE seq = 3`, "storage.audit.broken"},
		"changed actor":    {`UPDATE audit SET actor = 'hca.2' WHERE seq = 3`, "storage.audit.broken"},
		"changed action":   {`UPDATE audit SET action = 'x' WHERE seq = 3`, "storage.audit.broken"},
		"changed object":   {`UPDATE audit SET object = 'case-9' WHERE seq = 3`, "storage.audit.broken"},
		"changed outcome":  {`UPDATE audit SET outcome = 'refused' WHERE seq = 3`, "storage.audit.broken"},
		"changed reason":   {`UPDATE audit SET reason = '' WHERE seq = 3`, "storage.audit.broken"},
		"changed versions": {`UPDATE audit SET versions = '{}' WHERE seq = 3`, "storage.audit.broken"},
		"changed last":     {`UPDATE audit SET actor = 'hca.2' WHERE seq = 6`, "storage.audit.broken"},
		"changed hash":     {`UPDATE audit SET hash = x'00' WHERE seq = 3`, "storage.audit.broken"},
		"border moved":     {`UPDATE audit SET actor = actor || 'c', action = substr(action, 2) WHERE seq = 3`, "storage.audit.broken"},
		"first removed":    {`DELETE FROM audit WHERE seq = 1`, "storage.audit.broken"},
		"middle removed":   {`DELETE FROM audit WHERE seq = 3`, "storage.audit.broken"},
		"closed up":        {`DELETE FROM audit WHERE seq = 3; UPDATE audit SET seq = seq - 1 WHERE seq > 3`, "storage.audit.broken"},
		"reordered":        {`UPDATE audit SET seq = 30 WHERE seq = 3; UPDATE audit SET seq = 3 WHERE seq = 4; UPDATE audit SET seq = 4 WHERE seq = 30`, "storage.audit.broken"},
		"slipped in":       {`INSERT INTO audit SELECT seq + 4, previous, x'0102', wall, mono, boot, quality, actor, action, object, outcome, reason, versions FROM audit WHERE seq = 3`, "storage.audit.broken"},
		"end cut off":      {`DELETE FROM audit WHERE seq > 4`, "storage.audit.cut"},
		"all removed":      {`DELETE FROM audit`, "storage.audit.cut"},
	} {
		t.Run(name, func(t *testing.T) {
			db := newDB(t)
			appendEvents(t, db, 6)
			head, err := audit.Head(t.Context(), db)
			if err != nil {
				t.Fatal(err)
			}
			for _, trigger := range []string{"audit_append", "audit_no_update", "audit_no_delete"} {
				exec(t, db, `DROP TRIGGER `+trigger)
			}
			exec(t, db, c.harm)
			_, err = audit.Verify(t.Context(), db, head)
			e, ok := errors.AsType[*appliance.Error](err)
			if !ok || e.Code != appliance.Unverified || e.Key != c.key {
				t.Errorf("found %v, want %s", err, c.key)
			}
		})
	}
}

func TestTypedTextIsRefused(t *testing.T) {
	db := newDB(t)
	for name, edit := range map[string]func(*audit.Event){
		"reason with words": func(e *audit.Event) { e.Reason = "Mrs Smith moved" },
		"object with name":  func(e *audit.Event) { e.Object = "Zoë" },
		"line break":        func(e *audit.Event) { e.Outcome = "ok\nx" },
		"long reason":       func(e *audit.Event) { e.Reason = strings.Repeat("x", 129) },
		"no actor":          func(e *audit.Event) { e.Actor = "" },
		"no action":         func(e *audit.Event) { e.Action = "" },
	} {
		e := event(1)
		edit(&e)
		err := inTx(t.Context(), db, e)
		if appliance.CodeOf(err) != appliance.Internal {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && (strings.Contains(err.Error(), "Smith") || strings.Contains(err.Error(), "Zoë")) {
			t.Errorf("%s: the error quotes the text: %v", name, err)
		}
	}
}

func inTx(ctx context.Context, db *sql.DB, e audit.Event) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	return audit.Append(ctx, tx, e)
}
