package daemon_test

import (
	"bytes"
	"crypto/ed25519"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"dermbox/appliance"
	"dermbox/appliance/signed"
	"dermbox/appliance/text"
	"dermbox/firmware/demo"
	"dermbox/firmware/keyring"
	"dermbox/inference/pack"
	"dermbox/inference/pack/packtest"
)

// What is missing or refused becomes a health state that says who must act; the daemon runs all the same.
func TestMissingPartsAreHealthStates(t *testing.T) {
	flip := func(r *rig, name string) {
		raw, err := os.ReadFile(r.path(name))
		must(r, err)
		raw[len(raw)/2] ^= 1
		r.write(name, raw)
	}
	for name, c := range map[string]struct {
		prepare      func(r *rig)
		check, level string
		key          string
	}{
		"no rules":         {func(r *rig) { must(r, os.Remove(r.path("rules.json"))) }, "rules", "error", "daemon.file_missing"},
		"rules too large":  {func(r *rig) { r.write("rules.json", make([]byte, 9<<20)) }, "rules", "error", "daemon.file_too_large"},
		"rules tampered":   {func(r *rig) { r.sign("clinical", signed.KindProfile, "rules.json", profile(t, "", "")) }, "rules", "error", "signed.wrong_kind"},
		"rules of another": {func(r *rig) { r.sign("model", signed.KindRules, "rules.json", rules(t, "version", "2")) }, "rules", "error", "signed.unknown_key"},
		"rules expired": {func(r *rig) {
			r.sign("clinical", signed.KindRules, "rules.json", rules(t, "expires_at", `"2026-11-22T00:00:01Z"`))
		}, "rules", "error", "signed.expired"},
		"no profile":            {func(r *rig) { must(r, os.Remove(r.path("quality.json"))) }, "profile", "error", "daemon.file_missing"},
		"no camera profile":     {func(r *rig) { must(r, os.Remove(r.path("camera.json"))) }, "camera_profile", "warn", "daemon.camera_profile_refused"},
		"camera profile unset":  {func(r *rig) { r.settings["camera"] = `{url: "http://127.0.0.1:1/good"}` }, "camera_profile", "warn", "daemon.camera_profile_none"},
		"camera profile's kind": {func(r *rig) { r.sign("clinical", signed.KindProfile, "camera.json", cameraProfile(t, "", "")) }, "camera_profile", "warn", "daemon.camera_profile_refused"},
		"camera profile's key":  {func(r *rig) { r.sign("model", signed.KindCamera, "camera.json", cameraProfile(t, "", "")) }, "camera_profile", "warn", "daemon.camera_profile_refused"},
		"camera profile expired": {func(r *rig) {
			r.sign("clinical", signed.KindCamera, "camera.json", cameraProfile(t, "expires_at", `"2026-11-22T00:00:01Z"`))
		}, "camera_profile", "warn", "daemon.camera_profile_expired"},
		"camera profile of another": {func(r *rig) { r.settings["camera"] = `{usb: "0c45:6366", profile: camera.json}` },
			"camera_profile", "warn", "daemon.camera_profile_refused"},
		"USB camera away":   {func(r *rig) { r.settings["camera"] = `{usb: "ffff:fffe:none", profile: camera.json}` }, "camera", "error", "camera.state.unplugged"},
		"no pack":           {func(r *rig) { must(r, os.Remove(r.path("model.dermpack"))) }, "model", "warn", "pack.missing"},
		"pack not set":      {func(r *rig) { r.settings["model"] = "" }, "model", "warn", "daemon.no_pack"},
		"pack tampered":     {func(r *rig) { flip(r, "model.dermpack") }, "model", "error", ""},
		"pack expired":      {expiredPack, "model", "error", "signed.expired"},
		"photographs only":  {capturesOnly, "model", "ok", "daemon.model_not_used"},
		"no keyring":        {func(r *rig) { must(r, os.RemoveAll(r.path("data/keyring"))) }, "keyring", "error", "keys.no_folder"},
		"keyring damaged":   {func(r *rig) { r.write("data/keyring/model/demo.pub", []byte("x")) }, "keyring", "error", "keys.not_a_key"},
		"not enrolled":      {func(*rig) {}, "enrolment", "error", "daemon.not_enrolled"},
		"enrolment damaged": {damagedIdentity, "enrolment", "error", "daemon.identity_damaged"},
		"no worker": {func(r *rig) { r.settings["workers"] = "{imaging: /nonexistent, inference: /nonexistent}" },
			"camera", "error", "camera.state.no_worker"},
		"camera away":                {func(r *rig) { r.settings["camera"] = `{url: "http://127.0.0.1:1/away"}` }, "camera", "error", "camera.state.unreachable"},
		"foot switch not plugged in": {func(r *rig) { r.settings["shutter"] = `{devices: ["ffff:fffe"]}` }, "shutter", "warn", "shutter.state.absent"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			c.prepare(r)
			x := r.start()
			for end := time.Now().Add(patience); c.key == "" && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
				c.key = x.health()[c.check].Key // whatever it says first: where the byte lies decides
			}
			got := x.await(c.check, c.key)
			if got.Level != c.level {
				t.Errorf("level %s, want %s", got.Level, c.level)
			}
			if c.level != "ok" && got.Who != "it" && c.check != "camera" && got.Key != "shutter.state.absent" {
				t.Errorf("who must act: %q", got.Who)
			}
			if sentence := text.T(got.Key, got.Params); strings.ContainsAny(sentence, "{}[]") {
				t.Errorf("the sentence is not filled in: %s", sentence)
			}
		})
	}
}

// expiredPack gives the box a pack that ran out between what its clock shows and the time that it is known to have reached.
func expiredPack(r *rig) {
	r.built = "2099-01-01T00:00:00Z"
	r.changePack(func(m *pack.Manifest) { m.ExpiresAt = time.Date(2098, 1, 1, 0, 0, 0, 0, time.UTC) })
}

// changePack signs the box's pack anew with another manifest.
func (r *rig) changePack(change func(*pack.Manifest)) {
	r.Helper()
	raw, err := os.ReadFile(r.path("model.dermpack"))
	must(r, err)
	key, err := keyring.LoadPrivate(root + "/firmware/keyring/demo/model.key.pem")
	must(r, err)
	raw, err = packtest.Change(r.Context(), raw, signed.NewSigner(key), func(m *pack.Manifest, _ map[string][]byte) { change(m) })
	must(r, err)
	r.write("model.dermpack", raw)
}

func capturesOnly(r *rig) {
	r.settings["model"] = ""
	r.settings["site"] = "{trust: RZZ, code: RZZ01, name: Test clinic, pathway: CAPTURE_ONLY}"
}

func damagedIdentity(r *rig) {
	must(r, os.Mkdir(r.path("data/identity"), 0o700))
	r.write("data/identity/identity.json", []byte("{"))
}

// A disk that could not take the next visit is said before anybody is photographed.
func TestFullDiskRefusesTheNextVisit(t *testing.T) {
	r := newRig(t)
	kept := r.path("kept")
	must(t, os.Rename(r.path("data"), kept))
	must(t, os.Mkdir(r.path("data"), 0o700))
	if err := unix.Mount("tmpfs", r.path("data"), "tmpfs", 0, "size=64m,mode=700"); err != nil {
		t.Skipf("needs to mount a small tmpfs (root): %v", err)
	}
	t.Cleanup(func() { unix.Unmount(r.path("data"), unix.MNT_DETACH) })
	must(t, os.CopyFS(r.path("data"), os.DirFS(kept)))
	must(t, os.Chmod(r.path("data/vault.key"), 0o600))
	x := r.start()
	got := x.await("space", "storage.space_low")
	if got.Level != "error" || got.Who != "it" || strings.Contains(text.T(got.Key, got.Params), "{") {
		t.Errorf("%+v", got)
	}
	x.addStaff()
	v := &demo.Visit{Browser: x.browser(), Patient: patient(), Staff: staffID, PIN: pin}
	if err := v.Begin(t.Context()); err == nil || !strings.Contains(err.Error(), "too little space") {
		t.Errorf("a visit began: %v", err)
	}
}

// Whatever is missing, a visit ends in a human and its case is kept.
func TestVisitWithoutAnySignedPart(t *testing.T) {
	r := newRig(t)
	for _, name := range []string{"rules.json", "quality.json", "model.dermpack"} {
		must(t, os.Remove(r.path(name)))
	}
	x := r.start()
	x.addStaff()
	x.await("camera", "camera.state.ready")
	v := x.visit()
	must(t, v.Capture(t.Context())) // three poor ones, the last kept with a reason
	must(t, v.SignOff(t.Context()))
	got := x.trace(v.ID())
	if got.State != appliance.Queued || got.Route != appliance.DermReviewNoAI || len(got.Captures) != 1 || !got.Captures[0].Overridden {
		t.Fatalf("%+v", got)
	}
	if f := got.Findings[0]; f.Status != appliance.NotAssessed || f.Reason != "X22" || f.Class != "" {
		t.Fatalf("%+v", f)
	}
	must(t, x.stop())
	x = r.start() // not enrolled, and still everything is there
	if again := x.trace(v.ID()); again.State != appliance.Queued {
		t.Fatalf("after a restart: %+v", again)
	}
	if s := x.sending(); s.Waiting != 1 || s.LastError != "daemon.not_enrolled" || !s.NeedsIT {
		t.Fatalf("%+v", s)
	}
}

// Another dermatoscope than the profile's: nothing passes by itself, and no model is asked.
func TestUnknownOpticsEndInAHuman(t *testing.T) {
	r := newRig(t)
	r.settings["camera"] = `{url: "http://127.0.0.1:1/other", profile: camera.json}`
	x := r.start()
	x.addStaff()
	x.await("camera", "camera.state.ready")
	v := x.visit()
	must(t, v.Capture(t.Context()))
	must(t, v.SignOff(t.Context()))
	got := x.trace(v.ID())
	if got.Route != appliance.DermReviewNoAI || !got.Captures[0].Overridden {
		t.Fatalf("%+v", got)
	}
	// There is no worker in this rig, so that the route alone would say nothing of the optics.
	if f := got.Findings[0]; f.Reason != "X17" || !slices.ContainsFunc(f.Hits, func(h appliance.RuleHit) bool { return h.Rule == "X17" }) {
		t.Errorf("other optics are not the reason: %+v", f)
	}
}

// Without a camera profile that counts, photographs are taken, and nobody knows what they are worth: the record names no optics
// although the camera does, and no model is asked.
func TestNoCameraProfileEndsInAHuman(t *testing.T) {
	r := newRig(t)
	must(t, os.Remove(r.path("camera.json")))
	x := r.start()
	x.addStaff()
	if got := x.await("camera_profile", "daemon.camera_profile_refused"); got.Params["path"] != r.path("camera.json") || got.Params["reason"] == "" {
		t.Errorf("%+v", got)
	}
	x.await("camera", "camera.state.ready")
	v := x.visit()
	must(t, v.Capture(t.Context()))
	must(t, v.SignOff(t.Context()))
	got := x.trace(v.ID())
	if got.Route != appliance.DermReviewNoAI || !got.Captures[0].Overridden || got.Captures[0].Camera.Optics != "" || got.Captures[0].Camera.Make != "stand-in" {
		t.Fatalf("%+v", got)
	}
}

// Without any camera three honest tries are enough: a human sees the patient.
func TestVisitWithoutACamera(t *testing.T) {
	r := newRig(t)
	r.settings["workers"] = "{imaging: /nonexistent, inference: /nonexistent}"
	x := r.start()
	x.addStaff()
	x.await("camera", "camera.state.no_worker")
	v := x.visit()
	x.tries(v)
	must(t, v.SignOff(t.Context()))
	got := x.trace(v.ID())
	if got.Route != appliance.DermReviewNoAI || len(got.Captures) != 0 || len(got.Attempts) != 3 {
		t.Fatalf("%+v", got)
	}
}

// A live box trusts nothing that the demonstration's keys signed, whose private halves are public: it runs without keys, and so
// without rules, profile and model, until IT has removed them.
func TestLiveTrustsNothingOfTheDemonstration(t *testing.T) {
	r := newRig(t)
	r.settings["mode"] = "live"
	x := r.start()
	for check, key := range map[string]string{"keyring": "daemon.demo_key", "rules": "signed.unknown_key",
		"profile": "signed.unknown_key", "model": "signed.unknown_key"} {
		if got := x.await(check, key); got.Level != "error" || got.Who != "it" {
			t.Errorf("%s: %+v", check, got)
		}
	}
	if got := x.await("camera_profile", "daemon.camera_profile_refused"); !strings.Contains(got.Params["reason"], "key") {
		t.Errorf("camera profile: %+v", got)
	}
	x.addStaff()
	x.await("camera", "camera.state.ready")
	v := x.visitOf("9434765919") // a live box takes real numbers only; this one is the data dictionary's example
	must(t, v.Capture(t.Context()))
	must(t, v.SignOff(t.Context()))
	if got := x.trace(v.ID()); got.Route != appliance.DermReviewNoAI || got.Findings[0].Status != appliance.NotAssessed {
		t.Fatalf("%+v", got)
	}
}

// One key of the demonstration spoils the whole ring: who put it there could have put others.
func TestLiveWithItsOwnKeysAndOneOfTheDemonstration(t *testing.T) {
	r := newRig(t)
	r.settings["mode"] = "live"
	must(t, os.RemoveAll(r.path("data/keyring")))
	own := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	must(t, keyring.Save(r.path("data/keyring"), keyring.RoleClinical, "trust", own.Public()))
	envelope, err := signed.Sign(t.Context(), signed.KindRules, rules(t, "version", "3"), signed.NewEd25519Signer(own))
	must(t, err)
	r.write("rules.json", envelope)
	x := r.start()
	x.await("rules", "daemon.rules_ok")
	x.await("profile", "signed.unknown_key")
	must(t, x.stop())
	demonstration, err := keyring.Demo()
	must(t, err)
	must(t, keyring.Save(r.path("data/keyring"), keyring.RoleModel, "innocent", demonstration.Keys()[0].Public))
	x = r.start()
	x.await("keyring", "daemon.demo_key")
	x.await("rules", "signed.unknown_key")
}

// Live boxes run approved packs only, whoever signed the others.
func TestLiveRunsApprovedPacksOnly(t *testing.T) {
	r := newRig(t)
	r.settings["mode"] = "live"
	must(t, os.RemoveAll(r.path("data/keyring")))
	own := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	must(t, keyring.Save(r.path("data/keyring"), keyring.RoleModel, "trust", own.Public()))
	raw, err := os.ReadFile(r.path("model.dermpack"))
	must(t, err)
	again, err := pack.Resign(t.Context(), raw, signed.NewEd25519Signer(own))
	must(t, err)
	r.write("model.dermpack", again)
	x := r.start()
	if got := x.await("model", "daemon.pack_not_approved"); got.Level != "error" || got.Params["status"] != "simulation" {
		t.Fatalf("%+v", got)
	}
}
