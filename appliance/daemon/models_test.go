package daemon_test

import (
	"database/sql"
	"encoding/json"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/store"
	"dermbox/inference/pack"
)

// trail gives the rows about models of the audit trail as "action outcome reason actor object".
func (r *rig) trail() []string {
	r.Helper()
	db, err := sql.Open("sqlite3", "file:"+r.path("data/cases.db")+"?mode=ro")
	must(r, err)
	defer db.Close()
	rows, err := db.Query(`SELECT action, outcome, reason, actor, object FROM audit WHERE action LIKE 'model.%' ORDER BY seq`)
	must(r, err)
	defer rows.Close()
	var list []string
	for rows.Next() {
		var f [5]string
		must(r, rows.Scan(&f[0], &f[1], &f[2], &f[3], &f[4]))
		list = append(list, strings.Join(f[:], " "))
	}
	must(r, rows.Err())
	return list
}

// auditHolds walks the whole audit trail.
func (r *rig) auditHolds() {
	r.Helper()
	s, err := store.OpenReadOnly(r.Context(), store.Options{Path: r.path("data/cases.db")})
	must(r, err)
	defer s.Close()
	if _, err := s.VerifyAudit(r.Context()); err != nil {
		r.Error(err)
	}
}

func (r *rig) wantTrail(want ...string) {
	r.Helper()
	got := r.trail()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		r.Errorf("the trail is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// The settings' pack comes to the shelf and in force by itself, once; from then on orders decide.
func TestModelsAreInstalledActivatedAndRolledBack(t *testing.T) {
	r := newModelRig(newRig(t))
	first, err := os.ReadFile(r.path("model.dermpack"))
	must(t, err)
	p, err := pack.Inspect(first)
	must(t, err)
	base := p.Manifest.Version
	next := r.version(base + 1)
	x := r.start()
	got := x.inForce(p.Digest)
	if got.InForce.Actor != "dermboxd" || got.State.Engine != "stand-in engine" || len(got.Models) != 1 || !got.Models[0].InForce {
		t.Fatalf("%+v %+v", got, got.InForce)
	}
	x.await("model", "daemon.model_ok")
	uid := "uid:" + strconv.Itoa(os.Geteuid())
	object := func(n int) string { return "model/simulation/" + strconv.Itoa(n) }
	trail := []string{"model.install ok  dermboxd " + object(base), "model.activate ok  dermboxd " + object(base)}
	r.wantTrail(trail...)

	c, code := x.orders("/v1/models?reason=CHG-1", string(next))
	if code != http.StatusOK || !c.Changed || c.Trial == nil || c.Trial.Vectors != len(p.Golden.Vectors) {
		t.Fatalf("install: %d %+v", code, c)
	}
	if c, code = x.orders("/v1/models", string(next)); code != http.StatusOK || c.Changed {
		t.Errorf("the same again: %d %+v", code, c)
	}
	x.inForce(p.Digest) // installing changes nothing of that
	c, code = x.activates("simulation", `,"reason":"CHG-2"`)
	if code != http.StatusOK || !c.Changed || c.Previous.Digest != p.Digest {
		t.Fatalf("activate: %d %+v", code, c)
	}
	x.inForce(digestOf(r, next))
	if _, code = x.activates("simulation/"+strconv.Itoa(base), ""); code != http.StatusConflict {
		t.Errorf("an older version without --older: %d", code)
	}
	x.inForce(digestOf(r, next))
	trail = append(trail, "model.install ok CHG-1 "+uid+" "+object(base+1), "model.activate ok CHG-2 "+uid+" "+object(base+1),
		"model.activate conflict daemon.model_older "+uid+" "+object(base))
	r.wantTrail(trail...)

	must(t, x.stop()) // what was chosen stays chosen, whatever the settings name
	x = r.start()
	x.inForce(digestOf(r, next))
	if c, code = x.orders("/v1/models/rollback", `{"reason":"CHG-3"}`); code != http.StatusOK || c.Model.Digest != p.Digest {
		t.Fatalf("rollback: %d %+v", code, c)
	}
	x.inForce(p.Digest)
	if _, code = x.orders("/v1/models/remove", `{"name":"`+digestOf(r, next)+`"}`); code != http.StatusConflict {
		t.Errorf("what a rollback goes back to was removed: %d", code)
	}
	if c, code = x.activates("simulation/"+strconv.Itoa(base+1), ""); code != http.StatusOK || !c.Changed {
		t.Errorf("a newer version again: %d %+v", code, c)
	}
	if c, code = x.activates("simulation/"+strconv.Itoa(base), `,"older":true`); code != http.StatusOK || !c.Changed {
		t.Errorf("an older version with --older: %d %+v", code, c)
	}
	if c, code = x.activates(p.Digest, ""); code != http.StatusOK || c.Changed {
		t.Errorf("the one in force again: %d %+v", code, c)
	}
	if _, code = x.activates("nonsense", ""); code != http.StatusNotFound {
		t.Errorf("an unknown one: %d", code)
	}
	if _, code = x.activates("simulation", `,"reason":"typed freely"`); code != http.StatusBadRequest {
		t.Errorf("typed text as a reason: %d", code)
	}
	must(t, x.stop())
	r.auditHolds()
}

// What does not check is refused with the reason on record, and the model in force goes on.
func TestRefusedPacksChangeNothing(t *testing.T) {
	r := newModelRig(newRig(t))
	x := r.start()
	first, err := os.ReadFile(r.path("model.dermpack"))
	must(t, err)
	x.inForce(digestOf(r, first))
	uid := "uid:" + strconv.Itoa(os.Geteuid())
	trail := r.trail()
	for _, c := range []struct {
		name string
		raw  []byte
		code int
		row  string
	}{
		{"no pack", []byte("this is no pack"), 422, "unverified pack.not_a_pack " + uid + " model"},
		{"known answers not given", r.wrongAnswers(40), 422, "unverified inference.golden_mismatch " + uid + " model/simulation/40"},
		{"out of time", r.pack(func(m *pack.Manifest, _ map[string][]byte) {
			m.Version, m.IssuedAt, m.ExpiresAt = 41, time.Unix(1.6e9, 0).UTC(), time.Unix(1.7e9, 0).UTC()
		}), 422, "unverified signed.expired " + uid + " model/simulation/41"},
		{"other content of the same version", r.pack(func(m *pack.Manifest, _ map[string][]byte) { m.Name = "Another" }), 409,
			"conflict shelf.other_content " + uid + " model/simulation/" + x.models().InForce.Model.Version},
	} {
		if change, code := x.orders("/v1/models", string(c.raw)); code != c.code || change.Changed {
			t.Errorf("%s: %d %+v", c.name, code, change)
		}
		trail = append(trail, "model.install "+c.row)
	}
	r.wantTrail(trail...)
	if l := x.inForce(digestOf(r, first)); len(l.Models) != 1 {
		t.Errorf("%d packs on the shelf", len(l.Models))
	}
}

// A pack whose file was changed on the disk never runs: the box works on without a model, says what to do, and a good copy mends it at
// once.
func TestChangedPackNeverRuns(t *testing.T) {
	r := newModelRig(newRig(t))
	first, err := os.ReadFile(r.path("model.dermpack"))
	must(t, err)
	digest := digestOf(r, first)
	x := r.start()
	x.inForce(digest)
	must(t, x.stop())
	must(t, os.Remove(r.path("model.dermpack"))) // the settings have no good copy either
	file := r.shelfFile(digest)
	bad := append([]byte{}, first...)
	bad[len(bad)/2] ^= 1
	must(t, os.WriteFile(file, bad, 0o600))
	x = r.start()
	if got := x.await("model", "pack.member_changed"); got.Level != "error" || got.Who != "it" {
		t.Errorf("%+v", got)
	}
	l := x.models()
	if l.State.Ready || l.InForce == nil || l.Models[0].Trouble == nil {
		t.Errorf("%+v", l)
	}
	if _, code := x.activates("simulation", ""); code != http.StatusUnprocessableEntity {
		t.Errorf("the changed one was activated: %d", code)
	}
	if c, code := x.orders("/v1/models", string(first)); code != http.StatusOK || !c.Changed {
		t.Fatalf("installing a good copy: %d %+v", code, c)
	}
	x.inForce(digest)
	x.await("model", "daemon.model_ok")
}

// A new pack in the settings is taken at the next start, and a bad or older one is not: health says so, and the model in force stays.
func TestSettingsBringANewPackOnce(t *testing.T) {
	r := newModelRig(newRig(t))
	first, err := os.ReadFile(r.path("model.dermpack"))
	must(t, err)
	x := r.start()
	x.inForce(digestOf(r, first))
	must(t, x.stop())
	next := r.version(50)
	r.write("model.dermpack", next)
	x = r.start()
	x.inForce(digestOf(r, next))
	must(t, x.stop())
	for name, c := range map[string]struct {
		raw []byte
		key string
	}{"older": {r.version(49), "daemon.model_older"}, "wrong": {r.wrongAnswers(51), "inference.golden_mismatch"}} {
		r.write("model.dermpack", c.raw)
		x = r.start()
		if got := x.await("model_pack", c.key); got.Level != "warn" || got.Who != "it" {
			t.Errorf("%s: %+v", name, got)
		}
		x.inForce(digestOf(r, next))
		must(t, x.stop())
	}
	r.write("model.dermpack", first) // known: somebody chose another since
	x = r.start()
	x.inForce(digestOf(r, next))
	time.Sleep(300 * time.Millisecond) // it would be taken by now
	x.inForce(digestOf(r, next))
}

// A model that ends soon works, and IT is told in time.
func TestExpiryIsToldInTime(t *testing.T) {
	r := newModelRig(newRig(t))
	r.changePack(func(m *pack.Manifest) {
		m.ExpiresAt = time.Now().Add(20*24*time.Hour + time.Hour).UTC().Truncate(time.Second)
	})
	got := r.start().await("model", "daemon.model_expires_soon")
	if got.Level != "warn" || got.Who != "it" || got.Params["days"] != "20" {
		t.Errorf("%+v", got)
	}
}

// The model is changed between two stills of one visit: the visit goes on, and each still says which model judged it.
func TestHotSwapDuringAVisit(t *testing.T) {
	r := newModelRig(newRig(t))
	r.settings["camera"] = `{url: "http://127.0.0.1:1/good", profile: camera.json}`
	first, err := os.ReadFile(r.path("model.dermpack"))
	must(t, err)
	next := r.version(60)
	x := r.start()
	x.inForce(digestOf(r, first))
	x.addStaff()
	x.await("camera", "camera.state.ready")
	x.calibrate()
	v := x.visit()
	must(t, v.Capture(t.Context()))
	if _, code := x.orders("/v1/models", string(next)); code != http.StatusOK {
		t.Fatalf("install: %d", code)
	}
	if c, code := x.activates("simulation/60", ""); code != http.StatusOK || !c.Changed {
		t.Fatalf("activate in a visit: %d %+v", code, c)
	}
	must(t, v.Capture(t.Context()))
	must(t, v.SignOff(t.Context()))
	got := x.trace(v.ID())
	f := got.Findings[0]
	if f.Status != appliance.Assessed || len(f.Stills) == 0 {
		t.Fatalf("%s %s: %+v", f.Status, f.Reason, f.Stills)
	}
	judged := map[string]bool{}
	for _, still := range f.Stills {
		judged[still.Model.Digest] = true
		if still.Model.Engine == "" || still.Model.Version == "" || len(still.Classes) == 0 || still.Classes[0].Threshold == 0 {
			t.Errorf("a still without its model: %+v", still)
		}
	}
	if f.Optics == "" || f.RulesVersion == "" || f.Model.Digest == "" || f.Model.Engine != "stand-in engine" {
		t.Errorf("%+v", f)
	}
	if !judged[digestOf(r, next)] {
		t.Errorf("judged by %v", judged)
	}
}

func TestBenchLeavesTheModelAlone(t *testing.T) {
	r := newModelRig(newRig(t))
	first, err := os.ReadFile(r.path("model.dermpack"))
	must(t, err)
	x := r.start()
	x.inForce(digestOf(r, first))
	code, raw := x.get("/v1/models/bench?n=9")
	var b struct {
		N     int
		P50MS float64 `json:"p50_ms"`
		P95MS float64 `json:"p95_ms"`
		Run   float64 `json:"run_p50_ms"`
		RSS   int64
		Model appliance.ModelRef
	}
	if code != http.StatusOK || json.Unmarshal(raw, &b) != nil || b.N != 9 || b.P50MS <= 0 || b.P95MS < b.P50MS || b.Run != 0.5 || b.RSS <= 0 || b.Model.Engine != "stand-in engine" {
		t.Errorf("%d %s", code, raw)
	}
	if l := x.models(); l.State.Restarts != 0 || !l.State.Ready {
		t.Errorf("%+v", l.State)
	}
	for _, n := range []string{"0", "x", "10001"} {
		if code, _ := x.get("/v1/models/bench?n=" + n); code != http.StatusBadRequest {
			t.Errorf("%s runs: %d", n, code)
		}
	}
}
