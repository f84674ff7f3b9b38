package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/health"
	"dermbox/appliance/store"
)

func TestCaseRetry(t *testing.T) {
	r := newRig(t, "")
	r.seed()
	state := func() appliance.State {
		var trace store.Trace
		r.call("case", "show", string(refused), "--json").decode(t, &trace)
		return trace.State
	}
	r.call("case", "retry", "DX-33333333").want(t, 2, "reason")
	r.call("case", "retry", "DX-33333333", "--reason", "the patient rang").want(t, 3, "one word")
	r.call("case", "retry", string(received), "--reason", "ticket-7").want(t, 8, "RECEIPTED cannot become QUEUED")
	r.call("case", "retry", "DX-99999999", "--reason", "ticket-7").want(t, 4)
	if got := state(); got != appliance.Quarantined {
		t.Errorf("refused retries left %s", got)
	}
	r.call("case", "retry", "DX-33333333", "--reason", "ticket-7").want(t, 0, "DX-33333333 waits to be sent again")
	if got := state(); got != appliance.Queued {
		t.Errorf("without a daemon it is %s", got)
	}

	d := r.daemon(map[string]any{"POST /v1/cases/" + string(refused) + "/retry": struct{}{}})
	r.call("case", "retry", "DX-33333333", "--reason", "ticket-8").want(t, 0, "waits to be sent again")
	if want := "POST /v1/cases/" + string(refused) + `/retry {"reason":"ticket-8"}`; !slices.Equal(d.asked, []string{want}) {
		t.Errorf("asked %v, want %s", d.asked, want)
	}
}

// A case that was set aside needs somebody even while all parts of the box work.
func TestStatusNeedsAction(t *testing.T) {
	r := newRig(t, "")
	r.seed()
	good := report()
	good.Level, good.Checks = health.OK, good.Checks[1:]
	r.daemon(map[string]any{"GET /v1/status": running{Version: "9.9", Site: r.config.Facts()}, "GET /v1/health": good})
	r.call("status").want(t, 5, "NEEDS ACTION  1 case set aside: somebody must", "The record is of another trust, site or device")
	r.call("status", "--json").want(t, 5, `"set_aside"`)
	s, _ := r.open()
	r.ok(s.Retry(t.Context(), refused, "test", "x"))
	r.ok(s.Close())
	r.call("status").want(t, 0, "Nobody needs to do anything")
}

// A database that is gone is not a box that has seen nobody.
func TestGoneDatabaseIsSaid(t *testing.T) {
	r := newRig(t, "")
	r.seed()
	files, err := filepath.Glob(r.config.Database() + "*")
	r.ok(err)
	for _, file := range files {
		r.ok(os.Remove(file))
	}
	r.call("status").want(t, 5, "database of this box is gone", "restore")
	for _, args := range [][]string{{"case", "list"}, {"user", "list"}, {"case", "show", "DX-11111111"}} {
		r.call(args...).want(t, 4, "database of this box is gone", "restore")
	}
}

// Every command that only reads answers --json with JSON, on a new box and on one that works.
func TestEveryAnswerAsJSON(t *testing.T) {
	for _, seeded := range []bool{false, true} {
		r := newRig(t, "")
		if seeded {
			r.seed()
		} else if _, err := vaultOrNew(r.config); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{{"status"}, {"health"}, {"case", "list"}, {"key", "list"}, {"user", "list"}, {"config", "check"},
			{"config", "show"}, {"config", "sample"}, {"version"}} {
			if got := r.call(append(args, "--json")...); !json.Valid([]byte(got.out)) || got.err != "" {
				t.Errorf("%s on a seeded box %v: %d\n%s%s", strings.Join(args, " "), seeded, got.code, got.out, got.err)
			}
		}
	}
}
