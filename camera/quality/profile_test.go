package quality_test

import (
	"context"
	"crypto/ed25519"
	"image"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"

	"dermbox/appliance"
	"dermbox/appliance/signed"
	"dermbox/camera/quality"
)

// ring trusts one key for profiles.
type ring struct{ key ed25519.PublicKey }

func (r ring) Verifiers(_ context.Context, k signed.Kind) ([]dsse.Verifier, error) {
	if k != signed.KindProfile {
		return nil, nil
	}
	return []dsse.Verifier{signed.NewVerifier(r.key)}, nil
}

func TestLoadProfile(t *testing.T) {
	pub, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	_, other, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile("profiles/scope-1080.json")
	if err != nil {
		t.Fatal(err)
	}
	expiring := []byte(strings.Replace(string(data), `"about"`, `"expires_at": "2027-01-01T00:00:00Z", "about"`, 1))
	now := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		kind signed.Kind
		data []byte
		key  ed25519.PrivateKey
		code appliance.Code
	}{
		"whole":       {signed.KindProfile, data, key, ""},
		"other key":   {signed.KindProfile, data, other, appliance.Unverified},
		"other kind":  {signed.KindRules, data, key, appliance.Unverified},
		"expired":     {signed.KindProfile, expiring, key, appliance.Unverified},
		"no profile":  {signed.KindProfile, []byte(`{"schema":"dermbox.rules/1"}`), key, appliance.Invalid},
		"not json":    {signed.KindProfile, []byte(`hello`), key, appliance.Invalid},
		"twice a key": {signed.KindProfile, append([]byte(`{"id":"x",`), data[1:]...), key, appliance.Invalid},
	} {
		envelope, err := signed.Sign(t.Context(), tt.kind, tt.data, signed.NewEd25519Signer(tt.key))
		if err != nil {
			t.Fatal(err)
		}
		p, err := quality.LoadProfile(t.Context(), envelope, ring{pub}, now)
		if appliance.CodeOf(err) != tt.code {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil && (p.Ref() != "scope-1080/2" || p.Digest() != signed.Digest(tt.data)) {
			t.Errorf("%s: %s %s", name, p.Ref(), p.Digest())
		}
		if err != nil && p != nil {
			t.Errorf("%s: a refused profile is given out", name)
		}
	}
}

func TestParseProfileRefuses(t *testing.T) {
	whole, err := os.ReadFile("profiles/scope-1080.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"schema":        {`dermbox.quality-profile/2`, `dermbox.quality-profile/1`},
		"id":            {`"scope-1080"`, `"../scope"`},
		"version":       {`"version": 2`, `"version": 0`},
		"optics":        {`["dermbox-simulated-scope"]`, `[]`},
		"unknown name":  {`"focus"`, `"sparkle"`},
		"twice":         {`"focus"`, `"image_px"`},
		"missing":       {`{"name": "image_px", "min": 1080, "hard": true},`, ``},
		"no end":        {`"min": 0.14, `, ``},
		"nothing fits":  {`"min": 95, "max": 225`, `"min": 225, "max": 100`},
		"no skin":       {`"skin": [`, `"skin": [], "unused": [`},
		"odd skin":      {`"l": 76.3`, `"l": 176.3`},
		"skin's light":  {`"skin_ev": 0.5`, `"skin_ev": 50`},
		"unknown part":  {`"views"`, `"part": "corner", "views"`},
		"unknown field": {`"about"`, `"abuot"`},
	} {
		changed := strings.Replace(string(whole), change[0], change[1], 1)
		if changed == string(whole) {
			t.Fatalf("%s changes nothing", name)
		}
		if _, err := quality.ParseProfile([]byte(changed)); appliance.CodeOf(err) != appliance.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Close-ups and overviews have their dark corners where a dermoscopic photograph has none: no profile of theirs looks at a part.
func TestPartIsOfDermoscopicStillsAlone(t *testing.T) {
	for name, code := range map[string]appliance.Code{"scope-1080": "", "scope-1080-macro": appliance.Invalid} {
		whole, err := os.ReadFile("profiles/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		p, err := quality.ParseProfile([]byte(strings.Replace(string(whole), `"views"`, `"part": "square", "views"`, 1)))
		if appliance.CodeOf(err) != code || err == nil && p.Part != quality.Square {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
}

func TestPart(t *testing.T) {
	for name, tt := range map[string]struct {
		part          quality.Part
		width, height int
		want          image.Rectangle
	}{
		"whole":  {quality.Whole, 1920, 1080, image.Rect(0, 0, 1920, 1080)},
		"frame":  {quality.Square, 1920, 1080, image.Rect(420, 0, 1500, 1080)},
		"file":   {quality.Square, 256, 256, image.Rect(0, 0, 256, 256)},
		"high":   {quality.Square, 3, 8, image.Rect(0, 2, 3, 5)},
		"nobody": {quality.Square, 0, 5, image.Rect(0, 2, 0, 2)},
	} {
		if got := tt.part.In(tt.width, tt.height); got != tt.want {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}

func FuzzParseProfile(f *testing.F) {
	whole, err := os.ReadFile("profiles/scope-1080.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add([]byte(`{}`))
	f.Fuzz(func(_ *testing.T, data []byte) {
		if p, err := quality.ParseProfile(data); err == nil {
			quality.Judge(p, quality.Metrics{})
		}
	})
}
