package daemon_test

import (
	"database/sql"
	"net/http"
	"os"
	"strconv"
	"testing"
	"time"
)

// database runs a statement on the box's database, beside a daemon that may be running.
func (r *rig) database(statement string) {
	r.Helper()
	db, err := sql.Open("sqlite3", "file:"+r.path("data/cases.db")+"?_busy_timeout=20000")
	must(r, err)
	defer db.Close()
	_, err = db.Exec(statement)
	must(r, err)
}

// twoModels gives a box that runs, with the committed pack in force and another one on its shelf, which can be removed.
func twoModels(t *testing.T) (x *running, first, second []byte) {
	t.Helper()
	r := newModelRig(newRig(t))
	first, err := os.ReadFile(r.path("model.dermpack"))
	must(t, err)
	second = r.version(70)
	x = r.start()
	x.inForce(digestOf(r, first))
	if _, code := x.orders("/v1/models", string(second)); code != http.StatusOK {
		t.Fatalf("install: %d", code)
	}
	return x, first, second
}

func (x *running) remove(raw []byte) int {
	x.Helper()
	_, code := x.orders("/v1/models/remove", `{"name":"`+digestOf(x.rig, raw)+`"}`)
	return code
}

// onShelf says whether the shelf has the pack.
func (x *running) onShelf(raw []byte) bool {
	x.Helper()
	for _, l := range x.models().Models {
		if l.Digest == digestOf(x.rig, raw) {
			return true
		}
	}
	return false
}

// A pack is not removed before that is on record.
func TestRemovalIsRecordedFirst(t *testing.T) {
	x, _, second := twoModels(t)
	x.database(`CREATE TRIGGER no_removal BEFORE INSERT ON model_acts WHEN NEW.action = 'model.remove' AND NEW.outcome = 'ok'
		BEGIN SELECT RAISE(ABORT, 'made up'); END`)
	if code := x.remove(second); code != http.StatusInternalServerError || !x.onShelf(second) {
		t.Errorf("without a record: %d, on the shelf %t", code, x.onShelf(second))
	}
	x.database(`DROP TRIGGER no_removal`)
	if code := x.remove(second); code != http.StatusOK || x.onShelf(second) {
		t.Errorf("%d, on the shelf %t", code, x.onShelf(second))
	}
}

// A crash between the record of a removal and the deletion is made good by the next start, unless the pack was installed again.
func TestRemovalIsFinished(t *testing.T) {
	for name, again := range map[string]bool{"left behind": false, "installed again": true} {
		t.Run(name, func(t *testing.T) {
			x, first, second := twoModels(t)
			file := x.shelfFile(digestOf(x.rig, second))
			if code := x.remove(second); code != http.StatusOK {
				t.Fatalf("%d", code)
			}
			must(t, os.WriteFile(file, second, 0o600))
			if again {
				if c, code := x.orders("/v1/models", string(second)); code != http.StatusOK || !c.Changed {
					t.Errorf("%d %+v", code, c)
				}
			}
			must(t, x.stop())
			x = x.start()
			x.inForce(digestOf(x.rig, first))
			for end := time.Now().Add(patience); x.onShelf(second) != again; time.Sleep(10 * time.Millisecond) {
				if time.Now().After(end) {
					t.Fatalf("on the shelf: %t", x.onShelf(second))
				}
			}
			time.Sleep(100 * time.Millisecond)
			if x.onShelf(second) != again {
				t.Error("it was removed after it had been installed again")
			}
		})
	}
}

// While nobody knows which model is in force none is removed and there is none to go back to; an activation makes it known.
func TestNothingIsRemovedWhileTheRecordIsDamaged(t *testing.T) {
	x, first, second := twoModels(t)
	must(t, x.stop())
	x.database(`INSERT INTO model_acts (at, action, outcome, digest, in_force, body) VALUES (1, 'model.activate', 'ok', 'sha256:a', 1, '{')`)
	x = x.start()
	x.await("model", "storage.model_record")
	for _, raw := range [][]byte{first, second} {
		if code := x.remove(raw); code != http.StatusUnprocessableEntity || !x.onShelf(raw) {
			t.Errorf("removed: %d, on the shelf %t", code, x.onShelf(raw))
		}
	}
	if _, code := x.orders("/v1/models/rollback", `{}`); code != http.StatusUnprocessableEntity {
		t.Errorf("rolled back: %d", code)
	}
	trail := x.trail()
	if got, want := trail[len(trail)-2], "model.remove unverified daemon.model_remove_unknown uid:"+strconv.Itoa(os.Geteuid())+" model/simulation/70"; got != want {
		t.Errorf("the trail says %s", got)
	}
	if _, code := x.activates(digestOf(x.rig, first), ""); code != http.StatusOK {
		t.Fatalf("activated: %d", code)
	}
	if code := x.remove(second); code != http.StatusOK || x.onShelf(second) {
		t.Errorf("removed: %d", code)
	}
}

// A record that cannot be read at the start is read again: the model in force judges then, and until then health says why none does.
func TestRecordIsReadAgain(t *testing.T) {
	for name, byHand := range map[string]bool{"by itself": false, "activated by hand meanwhile": true} {
		t.Run(name, func(t *testing.T) {
			x, first, second := twoModels(t)
			want := digestOf(x.rig, second)
			if _, code := x.activates(want, ""); code != http.StatusOK {
				t.Fatalf("%d", code)
			}
			must(t, x.stop())
			x.database(`ALTER TABLE model_acts RENAME TO model_acts_away`)
			x = x.start()
			if got := x.await("model", "daemon.model_record_away"); got.Level != "warn" || got.Who != "it" {
				t.Errorf("%+v", got)
			}
			if code := x.remove(first); code != http.StatusServiceUnavailable || !x.onShelf(first) {
				t.Errorf("removed: %d", code)
			}
			x.database(`ALTER TABLE model_acts_away RENAME TO model_acts`)
			if byHand {
				want = digestOf(x.rig, first)
				if c, code := x.activates(want, `,"older":true`); code != http.StatusOK || !c.Changed {
					t.Fatalf("%d %+v", code, c)
				}
				time.Sleep(1500 * time.Millisecond) // it would be read again by now
			}
			x.inForce(want)
			x.await("model", "daemon.model_ok")
		})
	}
}

// A new box takes its settings' pack, though its records could not be read at first.
func TestRecordOfANewBoxIsReadAgain(t *testing.T) {
	r := newModelRig(newRig(t))
	first, err := os.ReadFile(r.path("model.dermpack"))
	must(t, err)
	r.write("model.dermpack", nil)
	must(t, r.start().stop())
	r.write("model.dermpack", first)
	r.database(`ALTER TABLE model_acts RENAME TO model_acts_away`)
	x := r.start()
	x.await("model", "daemon.model_record_away")
	r.database(`ALTER TABLE model_acts_away RENAME TO model_acts`)
	x.inForce(digestOf(r, first))
}
