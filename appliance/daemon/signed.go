package daemon

import (
	"context"
	"os"

	"dermbox/appliance"
	"dermbox/appliance/eligibility"
	"dermbox/appliance/health"
	"dermbox/camera/profile"
	"dermbox/inference/pack"
)

// signedData is what the box does only on a signature that its keyring trusts. Each may be nil: then the safe side holds
// (no rules: no lesion is eligible; no profiles: no still passes by itself; no camera profile: no known optics; no pack: no model
// runs) and health says why.
type signedData struct {
	rules    *eligibility.Engine
	profiles profiles         // of quality
	camera   *profile.Profile // nil: no settings are asked for, and its optics are unknown
	model    modelStanding    // the model that was in force when the box was stopped
}

// maxSigned bounds a signed JSON file, in bytes.
const maxSigned = 8 << 20

func (x *box) loadSigned(ctx context.Context) signedData {
	var s signedData
	now := x.clock.Bounded() // a clock that fell back must not bring back what has expired
	if raw, ok := x.readSigned("rules", x.config.Rules.File); ok {
		rules, err := eligibility.Load(ctx, raw, x.keys, now)
		if x.verdict("rules", "daemon.rules_ok", err) {
			s.rules = rules
		}
	}
	s.profiles = x.loadProfiles(ctx, now)
	s.camera = x.loadCamera(ctx, now)
	s.model = x.loadModel(ctx)
	return s
}

// fitForMode keeps packs that were not made for patients off a live box, whoever signed them.
func (x *box) fitForMode(m *pack.Manifest) error {
	if x.config.IsLive() && m.Status != pack.Approved {
		return appliance.E(appliance.Unverified, "daemon.pack_not_approved", nil, "status", string(m.Status))
	}
	return nil
}

func (x *box) readSigned(name, path string) ([]byte, bool) {
	raw, err := readCapped(path)
	if err != nil {
		x.unsound(name, err)
		return nil, false
	}
	return raw, true
}

// readCapped reads a signed file; its error has a sentence that names it.
func readCapped(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err == nil && info.Size() > maxSigned {
		err = appliance.E(appliance.Invalid, "daemon.file_too_large", nil, "path", path)
	}
	var raw []byte
	if err == nil {
		raw, err = os.ReadFile(path)
	}
	if _, ok := asError(err); err != nil && !ok {
		err = appliance.E(appliance.NotFound, "daemon.file_missing", err, "path", path)
	}
	return raw, err
}

// verdict notes in health how a signed file stands.
func (x *box) verdict(name, okKey string, err error) bool {
	if err != nil {
		x.unsound(name, err)
		return false
	}
	x.health.Set(name, health.Check{Level: health.OK, Key: okKey, Who: health.Nobody})
	return true
}

func (x *box) unsound(name string, err error) {
	x.log.Error("signed data is not usable", "what", name, "error", err)
	x.health.Set(name, failing(err))
}

// expired notes in health that signed data has run out while the daemon runs.
func (x *box) expired(name, key string) {
	if state, _ := x.health.Get(name); state.Key != key {
		x.log.Error("signed data has expired", "what", name)
	}
	x.health.Set(name, health.Check{Level: health.Error, Key: key, Who: health.IT})
}

// failing is the check of something that IT must mend, with the sentence of err.
func failing(err error) health.Check {
	check := health.Check{Level: health.Error, Key: key(err), Who: health.IT}
	if e, ok := asError(err); ok {
		check.Params = e.Params
	}
	return check
}
