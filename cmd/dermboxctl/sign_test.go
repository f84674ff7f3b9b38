package main

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"dermbox/appliance/eligibility"
	"dermbox/appliance/signed"
	"dermbox/firmware/keyring"
)

const demoKeys = "../../firmware/keyring/demo/"

// payload is a small file of the kind.
func payload(kind string) string {
	path := map[string]string{"camera": "../../camera/profile/profiles/uvc-scope-sample.json", "profile": "../../camera/quality/profiles/scope-1080.json"}[kind]
	switch {
	case kind == "rules":
		return string(eligibility.Default())
	case path != "":
		raw, err := os.ReadFile(path)
		if err != nil {
			panic(err)
		}
		return string(raw)
	}
	return `{"schema":"dermbox.` + kind + `/1","id":"test","version":3,"issued_at":"2026-01-01T00:00:00Z"}`
}

func TestSignAndVerifyEachKind(t *testing.T) {
	r := newRig(t, "")
	for kind, role := range map[string]string{"rules": "clinical", "profile": "clinical", "camera": "clinical", "policy": "trust", "site": "trust", "roster": "trust"} {
		t.Run(kind, func(t *testing.T) {
			in, out := r.write(kind+".json", payload(kind)), r.path(kind+".out.json")
			r.call("sign", kind, in, "--key", demoKeys+role+".key.pem", "--out", out).want(t, 0, "Signed $BOX/"+kind+".out.json as "+kind)
			r.call("verify", out).want(t, 0, "Verified: "+kind, "(demo)")
			var file keyring.SignedFile
			r.call("verify", out, "--json").decode(t, &file)
			if string(file.Kind) != kind || string(file.Role) != role || file.Digest != signed.Digest([]byte(payload(kind))) {
				t.Errorf("%+v", file)
			}
			raw, err := os.ReadFile(out)
			r.ok(err)
			r.call("verify", r.write("changed.json", strings.Replace(string(raw), `"payload":"e`, `"payload":"f`, 1))).want(t, 6)
			// A key of one role signs nothing of another.
			r.call("sign", kind, in, "--key", demoKeys+"model.key.pem", "--out", r.path("wrong.json")).want(t, 0)
			r.call("verify", r.path("wrong.json")).want(t, 6)
		})
	}
}

func TestVerifyReceiptWithTheHubsKey(t *testing.T) {
	r := newRig(t, "")
	key, err := keyring.GenerateEd25519()
	r.ok(err)
	envelope, err := signed.Sign(t.Context(), signed.KindReceipt, []byte(`{"schema":"dermbox.receipt/1"}`), signed.NewEd25519Signer(key))
	r.ok(err)
	path := r.write("receipt.json", string(envelope))
	r.call("verify", path).want(t, 6)
	r.ok(keyring.Save(r.config.KeyringDir, keyring.RoleHub, "hub", key.Public()))
	r.call("verify", path).want(t, 0, "Verified: receipt")
}

func TestSignRefusals(t *testing.T) {
	r := newRig(t, "")
	good, key := r.write("policy.json", payload("policy")), demoKeys+"trust.key.pem"
	for name, c := range map[string]struct {
		args []string
		code int
		text string
	}{
		"kind of the hub":  {[]string{"receipt", good, "--key", key}, 3, "not a kind that people sign"},
		"no such kind":     {[]string{"nonsense", good, "--key", key}, 3, "not a kind"},
		"no file":          {[]string{"policy", r.path("none"), "--key", key}, 4, "$BOX/none"},
		"no key":           {[]string{"policy", good, "--key", r.path("none")}, 4, ""},
		"key is no key":    {[]string{"policy", good, "--key", good}, 3, ""},
		"not JSON":         {[]string{"policy", r.write("x.json", "x"), "--key", key}, 3, ""},
		"model that is no": {[]string{"model", good, "--key", key}, 3, "does not fit the kind"},
		"rules without X":  {[]string{"rules", r.write("r.json", `{"schema":"dermbox.rules/1"}`), "--key", key}, 3, "rule file cannot be used"},
		"camera before its switch": {[]string{"camera", r.write("c.json", strings.Replace(payload("camera"), `"exposure_auto", "value": 1},`,
			`"exposure_time_absolute", "value": 1}, {"name": "exposure_auto", "value": 1},`, 1)), "--key", key}, 3, "camera profile is not one"},
		"pack as policy": {[]string{"policy", r.write("m.dermpack", "x"), "--key", key}, 3, "does not fit the kind"},
		"no pack":        {[]string{"model", r.path("m.dermpack"), "--key", key}, 3, "is no model pack"},
	} {
		t.Run(name, func(t *testing.T) { r.call(append([]string{"sign"}, c.args...)...).want(t, c.code, c.text) })
	}
	r.call("verify", r.path("none")).want(t, 4)
	r.call("verify", good).want(t, 6)
	r.call("verify", r.path("m.dermpack")).want(t, 3, "is no model pack")
}

func TestKeys(t *testing.T) {
	r := newRig(t, "")
	made := r.call("key", "generate", "--out", r.path("acme.key.pem"))
	made.want(t, 0, "Made ed25519:", "$BOX/acme.pub")
	r.call("key", "generate", "--out", r.path("acme.key.pem")).want(t, 8, "Choose another name")
	// A public key alone, of another pair, is not lost either.
	public := read(t, r.path("acme.pub"))
	r.call("key", "generate", "--out", r.path("acme.pem")).want(t, 8, "$BOX/acme.pub exists already")
	if _, err := os.Stat(r.path("acme.pem")); err == nil || read(t, r.path("acme.pub")) != public {
		t.Error("another's public key was overwritten, or a private one is there without its own")
	}
	if info, err := os.Stat(r.path("acme.key.pem")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	in := r.write("site.json", payload("site"))
	r.call("sign", "site", in, "--key", r.path("acme.key.pem")).want(t, 0)
	r.call("verify", r.path("site.signed.json")).want(t, 6)
	r.call("key", "trust", "hub", r.path("acme.pub"), "--name", "acme").want(t, 3, "comes with the enrolment")
	r.call("key", "trust", "trust", r.path("acme.pub"), "--name", "acme").want(t, 0, "as acme")
	r.call("verify", r.path("site.signed.json")).want(t, 0, "(acme)")
	var list []listedKey
	r.call("key", "list", "--json").decode(t, &list)
	if len(list) != 4 {
		t.Errorf("keys %+v", list)
	}
	r.call("key", "list").want(t, 0, "ROLE", "acme")
}

func TestLiveBoxRefusesDemonstrationKeys(t *testing.T) {
	r := newRig(t, "")
	live := strings.Replace(read(t, r.path("box.yaml")), "mode: demonstration", "mode: live", 1)
	r.write("box.yaml", live)
	in := r.write("site.json", payload("site"))
	r.call("sign", "site", in, "--key", demoKeys+"trust.key.pem").want(t, 0)
	r.call("verify", r.path("site.signed.json")).want(t, 6)
	r.call("key", "trust", "trust", demoKeys+"trust.pub", "--name", "x").want(t, 6, "demonstration's key")
	// Another folder of keys may be named: then it is that folder that vouches.
	r.call("verify", r.path("site.signed.json"), "--keyring", r.config.KeyringDir).want(t, 0, "Verified: site")
}

func read(t *testing.T, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// A file that was rightly signed for an earlier version is told apart from one that a box with this version takes.
func TestVerifyRefusesRulesBelowTheFloor(t *testing.T) {
	r := newRig(t, "")
	var file map[string]any
	r.ok(json.Unmarshal(eligibility.Default(), &file))
	for _, rule := range file["rules"].([]any) {
		if rule := rule.(map[string]any); rule["id"] == "X06" { // as in version 1
			rule["when"] = map[string]any{"field": "lesion.hair_uncleared", "is": []string{"yes"}}
		}
	}
	raw, err := json.Marshal(file)
	r.ok(err)
	in, out := r.write("earlier.json", string(raw)), r.path("earlier.signed.json")
	r.call("sign", "rules", in, "--key", demoKeys+"clinical.key.pem").want(t, 3, "its rule X06")
	_, err = keyring.SignFile(t.Context(), signed.KindRules, in, demoKeys+"clinical.key.pem", out)
	r.ok(err)
	r.call("verify", out).want(t, 3, "its rule X06", "rules that come with this version")
}

func TestVerifySaysThatTimeHasPassed(t *testing.T) {
	r := newRig(t, "")
	var file map[string]any
	r.ok(json.Unmarshal(eligibility.Default(), &file))
	file["expires_at"] = "2026-11-02T00:00:00Z"
	raw, err := json.Marshal(file)
	r.ok(err)
	r.call("sign", "rules", r.write("old.json", string(raw)), "--key", demoKeys+"clinical.key.pem").want(t, 0)
	r.call("verify", r.path("old.signed.json")).want(t, 0, "valid until 02-Nov-2026", "time has passed")
}
