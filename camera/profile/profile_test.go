package profile_test

import (
	"context"
	"crypto/ed25519"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"

	"dermbox/appliance"
	"dermbox/appliance/signed"
	"dermbox/camera"
	"dermbox/camera/profile"
	"dermbox/camera/usb"
)

const (
	sample    = "profiles/uvc-scope-sample.json"
	simulated = "profiles/simulated-scope.json"
)

// ring trusts one key for camera profiles.
type ring struct{ key ed25519.PublicKey }

func (r ring) Verifiers(_ context.Context, k signed.Kind) ([]dsse.Verifier, error) {
	if k != signed.KindCamera {
		return nil, nil
	}
	return []dsse.Verifier{signed.NewVerifier(r.key)}, nil
}

func read(t testing.TB, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestLoad(t *testing.T) {
	pub, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	_, other, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	data := read(t, sample)
	now := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		kind signed.Kind
		data string
		key  ed25519.PrivateKey
		code appliance.Code
	}{
		"whole":            {signed.KindCamera, data, key, ""},
		"other key":        {signed.KindCamera, data, other, appliance.Unverified},
		"a quality's kind": {signed.KindProfile, data, key, appliance.Unverified},
		"expired":          {signed.KindCamera, strings.Replace(data, `"about"`, `"expires_at": "2027-01-01T00:00:00Z", "about"`, 1), key, ""},
		"no profile":       {signed.KindCamera, `{"schema":"dermbox.rules/1"}`, key, appliance.Invalid},
		"twice a key":      {signed.KindCamera, `{"id":"x",` + data[1:], key, appliance.Invalid},
	} {
		envelope, err := signed.Sign(t.Context(), tt.kind, []byte(tt.data), signed.NewEd25519Signer(tt.key))
		if err != nil {
			t.Fatal(err)
		}
		p, err := profile.Load(t.Context(), envelope, ring{pub})
		if appliance.CodeOf(err) != tt.code || (p == nil) != (err != nil) {
			t.Errorf("%s: %v %v", name, p, err)
		}
		if err == nil && (p.Ref() != "uvc-scope-sample/1" || p.Digest() != signed.Digest([]byte(tt.data)) || p.Expired(now) != (name == "expired")) {
			t.Errorf("%s: %s %s", name, p.Ref(), p.Digest())
		}
	}
}

func TestShippedProfilesAreSound(t *testing.T) {
	files, err := filepath.Glob("profiles/*.json")
	if err != nil || len(files) < 2 {
		t.Fatalf("%v %v", files, err)
	}
	for _, f := range files {
		p, err := profile.Parse([]byte(read(t, f)))
		if err != nil {
			t.Errorf("%s: %v", f, err)
			continue
		}
		source := camera.Source{URL: "http://127.0.0.1:1/stream.mjpg"}
		if !p.Match.HTTP {
			source = camera.Source{USB: usb.Binding{Vendor: p.Match.Vendor, Product: p.Match.Product, Serial: "any"}}
		}
		if !p.Fits(source) {
			t.Errorf("%s does not fit %s", f, source.Name())
		}
		if err := p.Apply(source).Check(); err != nil {
			t.Errorf("%s gives a source that cannot be opened: %v", f, err)
		}
	}
}

func TestApply(t *testing.T) {
	p, err := profile.Parse([]byte(read(t, sample)))
	if err != nil {
		t.Fatal(err)
	}
	s := camera.Source{USB: usb.Binding{Vendor: "0c45", Product: "6366"}}
	got := p.Apply(s)
	if got.Settings.FourCC != "MJPG" || got.Still.Width != 2592 || got.Still.SettleFrames != 2 || len(got.Controls) != 9 || got.Quality != 95 ||
		got.Clock != camera.BufferEnd || got.Profile != "uvc-scope-sample/1" || got.Camera.Model != "UVC dermatoscope" || got.USB != s.USB {
		t.Fatalf("%+v", got)
	}
	for _, other := range []camera.Source{{URL: "http://127.0.0.1:1/"}, {USB: usb.Binding{Vendor: "0c45", Product: "6367"}}, {}} {
		if p.Fits(other) {
			t.Errorf("fits %+v", other)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, tt := range []struct{ name, file, old, new string }{
		{"schema", sample, `camera-profile/1`, `camera-profile/2`},
		{"id", sample, `"uvc-scope-sample"`, `"../x"`},
		{"version", sample, `"version": 1`, `"version": 0`},
		{"unknown field", sample, `"about"`, `"abuot"`},
		{"vendor", sample, `"0c45"`, `"0C45"`},
		{"product", sample, `"6366"`, `"636"`},
		{"no match", sample, `{"vendor": "0c45", "product": "6366"}`, `{}`},
		{"match of both", sample, `{"vendor"`, `{"http": true, "vendor"`},
		{"no camera", sample, `"camera": {"make": "Sample", "model": "UVC dermatoscope", "optics": "", "field_mm": 0},`, ``},
		{"make", sample, `"Sample"`, `"Sam\u0007ple"`},
		{"empty model", sample, `"UVC dermatoscope"`, `""`},
		{"optics", sample, `"optics": ""`, `"optics": "A B"`},
		{"field", sample, `"field_mm": 0`, `"field_mm": -1`},
		{"fourcc", sample, `"MJPG"`, `"MJPEG"`},
		{"width", sample, `"width": 1920`, `"width": 0`},
		{"pixels", sample, `"width": 2592, "height": 1944`, `"width": 8192, "height": 8192`},
		{"fps", sample, `"fps": 30`, `"fps": 0`},
		{"settle", sample, `"settle_frames": 2`, `"settle_frames": 0`},
		{"settle long", sample, `"settle_frames": 2`, `"settle_frames": 61`},
		{"control", sample, `"backlight_compensation"`, `"sparkle"`},
		{"control twice", sample, `"gamma"`, `"gain"`},
		{"fraction", sample, `"value": 156`, `"value": 156.5`},
		{"huge", sample, `"value": 156`, `"value": 1e12`},
		{"tolerance", sample, `"tolerance": 1}`, `"tolerance": -1}`},
		{"minus one", sample, `"value": 100`, `"value": -1`},
		{"minus one within", sample, `"value": 120, "tolerance": 5`, `"value": 4, "tolerance": 5`},
		{"exposure before its switch", sample, `{"name": "exposure_auto", "value": 1},
    {"name": "exposure_time_absolute", "value": 156, "tolerance": 1},`, `{"name": "exposure_time_absolute", "value": 156},
    {"name": "exposure_auto", "value": 1},`},
		{"encode missing", sample, `"encode": {"quality": 95},`, ``},
		{"encode needless", sample, `"YUYV"`, `"MJPG"`},
		{"quality", sample, `"quality": 95`, `"quality": 0`},
		{"clock", sample, `"end"`, `"middle"`},
		{"no clock", sample, `"encode": {"quality": 95},
  "exposure_clock": "end"`, `"encode": {"quality": 95}`},
		{"http with another format", simulated, `"MJPG"`, `"YUYV"`},
		{"http with controls", simulated, `"preview"`, `"controls": [{"name": "gain", "value": 0}], "preview"`},
		{"http with a clock", simulated, `"preview"`, `"exposure_clock": "end", "preview"`},
		{"http with optics", simulated, `"preview"`, `"camera": {"make": "a", "model": "b", "optics": "", "field_mm": 0}, "preview"`},
	} {
		whole := read(t, tt.file)
		changed := strings.Replace(whole, tt.old, tt.new, 1)
		if changed == whole {
			t.Fatalf("%s changes nothing", tt.name)
		}
		if p, err := profile.Parse([]byte(changed)); appliance.CodeOf(err) != appliance.Invalid || p != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(read(f, sample)))
	f.Add([]byte(read(f, simulated)))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := profile.Parse(data)
		if err != nil {
			return
		}
		source := camera.Source{URL: "http://127.0.0.1:1/"}
		if !p.Match.HTTP {
			source = camera.Source{USB: usb.Binding{Vendor: p.Match.Vendor, Product: p.Match.Product}}
		}
		if err := p.Apply(source).Check(); !p.Fits(source) || err != nil {
			t.Fatalf("a profile that cannot be used: %v", err)
		}
	})
}
