package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"dermbox/appliance"
	"dermbox/appliance/config"
)

const least = `
site: {trust: RX0, code: RX0DM, name: Clinic}
camera: {url: "http://127.0.0.1:8470/stream.mjpg"}
rules: {file: rules.json}
quality: {profile: quality.json}
`

func write(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "dermboxd.yaml")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestSampleIsTheManual(t *testing.T) {
	c, err := config.Load(config.Options{Path: "dermboxd.yaml"})
	if err != nil {
		t.Fatal(err)
	}
	h, err := config.LoadHub(config.Options{Path: "dermhub.yaml"})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range c.Entries() {
		if !strings.HasPrefix(e.From, "dermboxd.yaml:") {
			t.Errorf("dermboxd.yaml does not explain %s", e.Key)
		}
	}
	for _, e := range h.Entries() {
		if !strings.HasPrefix(e.From, "dermhub.yaml:") {
			t.Errorf("dermhub.yaml does not explain %s", e.Key)
		}
	}
	for name, sample := range map[string]string{"dermboxd.yaml": config.Sample(), "dermhub.yaml": config.HubSample()} {
		file, _ := os.ReadFile(name)
		if string(file) != sample {
			t.Errorf("the embedded %s is not the file", name)
		}
	}
}

// The manual says "shows its default": the values that differ are the ones that a site must choose.
func TestSampleShowsDefaults(t *testing.T) {
	sample, err := config.Load(config.Options{Path: "dermboxd.yaml"})
	if err != nil {
		t.Fatal(err)
	}
	plain, err := config.Load(config.Options{Path: write(t, least)})
	if err != nil {
		t.Fatal(err)
	}
	chosen := []string{"mode", "site.trust", "site.code", "site.name", "site.room", "camera.url", "camera.profile", "rules.file", "quality.profile", "quality.profiles"}
	for i, e := range sample.Entries() {
		if !slices.Contains(chosen, e.Key) && !cmp.Equal(e.Value, plain.Entries()[i].Value) {
			t.Errorf("%s: sample %v, default %v", e.Key, e.Value, plain.Entries()[i].Value)
		}
	}
}

func TestLayersAndPaths(t *testing.T) {
	path := write(t, least+"retention_days: 40\nkiosk:\n  listen: 127.0.0.1:1111\ndata_dir: var\nsync:\n  interval: 7m\ncontrol:\n")
	flags := pflag.NewFlagSet("t", pflag.ContinueOnError)
	config.AddFlags(flags, "kiosk.listen", "camera.usb")
	if err := flags.Parse([]string{"--kiosk-listen", "127.0.0.1:3333"}); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(config.Options{Path: path, Flags: flags, Env: []string{
		"DERMBOX_KIOSK_LISTEN=127.0.0.1:2222", "DERMBOX_RETENTION_DAYS=41", "DERMBOX_SYNC_ENABLED=false", "DERMBOX_CAMERA_USB_PORT=1-1.2", "DERMBOX_CAMERA_USB=0c45:6366", "DERMBOX_CAMERA_URL=",
		"DERMBOX_TFLITE=/x.so", "DERMBOX_SHARED=/y", "DERMBOX_FAULT=1", "HOME=/root",
	}, Allow: []string{"DERMBOX_FAULT"}})
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Dir(path)
	got := []any{c.Kiosk.Listen, c.RetentionDays, c.Sync.Enabled, c.Sync.Interval, c.Camera.USB, c.Camera.USBPort, c.DataDir, c.KeyringDir,
		c.Control.Socket, c.Rules.File, c.Mode, c.IsLive(), c.Facts().Pathway, c.Workers.Imaging}
	want := []any{"127.0.0.1:3333", 41, false, 7 * time.Minute, "0c45:6366", "1-1.2", folder + "/var", folder + "/var/keyring",
		folder + "/var/dermboxd.sock", folder + "/rules.json", config.Live, true, appliance.CaptureOnly, ""}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	from := map[string]string{}
	for _, e := range c.Entries() {
		from[e.Key] = e.From
	}
	for key, want := range map[string]string{"kiosk.listen": "--kiosk-listen", "retention_days": "DERMBOX_RETENTION_DAYS",
		"sync.interval": path + ":11", "model.wait": "default"} {
		if from[key] != want {
			t.Errorf("%s came from %q, want %q", key, from[key], want)
		}
	}
}

// A demonstration may take its programs from the environment, a live box from its file.
func TestWhereWorkersMayBeNamed(t *testing.T) {
	variables := []string{"DERMBOX_WORKERS_TFLITE=/x.so", "DERMBOX_WORKERS_IMAGING=/x"}
	c, err := config.Load(config.Options{Path: write(t, least+"mode: demonstration\n"), Env: variables})
	if err != nil || c.Workers.TFLite != "/x.so" || c.Workers.Imaging != "/x" {
		t.Errorf("demonstration: %+v, %v", c.Workers, err)
	}
	c, err = config.Load(config.Options{Path: write(t, least+"workers: {tflite: /y.so}\n")})
	if err != nil || c.Workers.TFLite != "/y.so" {
		t.Errorf("live, by the file: %+v, %v", c.Workers, err)
	}
}

func TestNobodyCanChangeIt(t *testing.T) {
	c, err := config.LoadHub(config.Options{Path: "dermhub.yaml"})
	if err != nil {
		t.Fatal(err)
	}
	c.Hosts()[0], c.Entries()[0].Key = "changed", "changed"
	if c.Hosts()[0] == "changed" || c.Entries()[0].Key == "changed" {
		t.Error("a caller changed the configuration")
	}
}

func TestShutter(t *testing.T) {
	plain, err := config.Load(config.Options{Path: write(t, least)})
	if got := plain.Shutter(); err != nil || got.Devices != nil || !slices.Equal(got.Keys, []string{"KEY_CAMERA", "KEY_F9", "KEY_PAGEDOWN"}) {
		t.Errorf("by default: %+v, %v", got, err)
	}
	plain.Shutter().Keys[0] = "changed"
	if plain.Shutter().Keys[0] == "changed" {
		t.Error("a caller changed the configuration")
	}
	c, err := config.Load(config.Options{Path: write(t, least+"shutter:\n  devices: [\"05f3:00ff\", \"0C45:6366:SN 1,2\"]\n"),
		Env: []string{"DERMBOX_SHUTTER_KEYS=BTN_0,KEY_F24"}})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(config.Shutter{Devices: []string{"05f3:00ff", "0C45:6366:SN 1,2"}, Keys: []string{"BTN_0", "KEY_F24"}}, c.Shutter()); d != "" {
		t.Error(d)
	}
}

// TestQualityProfiles: a list, or the one file that settings from before the list name, and never both.
func TestQualityProfiles(t *testing.T) {
	const rest = "site: {trust: RX0, code: RX0DM, name: Clinic}\ncamera: {url: \"http://127.0.0.1:8470/stream.mjpg\"}\nrules: {file: rules.json}\n"
	for name, tt := range map[string]struct {
		lines, variable string
		want            []string
		field, key      string
	}{
		"one, as before":      {"quality: {profile: a.json}", "", []string{"a.json"}, "", ""},
		"a list":              {"quality: {profiles: [a.json, b.json]}", "", []string{"a.json", "b.json"}, "", ""},
		"by a variable":       {"", "DERMBOX_QUALITY_PROFILES=a.json,b.json", []string{"a.json", "b.json"}, "", ""},
		"both":                {"quality: {profile: a.json, profiles: [b.json]}", "", nil, "quality.profile", "config.profile_twice"},
		"neither":             {"", "", nil, "quality.profiles", "config.required"},
		"an empty list":       {"quality: {profiles: []}", "", nil, "quality.profiles", "config.required"},
		"a file without name": {`quality: {profiles: ["  "]}`, "", nil, "quality.profiles", "config.required"},
	} {
		path := write(t, rest+tt.lines+"\n")
		c, err := config.Load(config.Options{Path: path, Env: slices.DeleteFunc([]string{tt.variable}, func(s string) bool { return s == "" })})
		if tt.key != "" {
			problems, ok := errors.AsType[config.Errors](err)
			if !ok || len(problems) != 1 || problems[0].Field != tt.field || problems[0].Key != tt.key {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		var want []string
		for _, file := range tt.want {
			want = append(want, filepath.Join(filepath.Dir(path), file))
		}
		if err != nil || !slices.Equal(c.QualityProfiles(), want) {
			t.Errorf("%s: %v, %v", name, c.QualityProfiles(), err)
			continue
		}
		c.QualityProfiles()[0] = "changed"
		if c.QualityProfiles()[0] == "changed" {
			t.Errorf("%s: a caller changed the configuration", name)
		}
	}
}

func TestHub(t *testing.T) {
	path := write(t, "trust: RX0\nname: Hub\n")
	h, err := config.LoadHub(config.Options{Path: path, Env: []string{"DERMHUB_HOSTS=hub.example,10.0.0.1",
		"DERMHUB_DEVICE_LISTEN=0.0.0.0:443", "DERMBOX_ANYTHING=is the box's affair"}})
	if err != nil {
		t.Fatal(err)
	}
	if h.Device.URL != "https://hub.example:443" || !slices.Equal(h.Hosts(), []string{"hub.example", "10.0.0.1"}) || h.Vault.KeyFile != "/var/lib/dermhub/vault.key" {
		t.Errorf("got %+v %v", h, h.Hosts())
	}
}

func TestAddFlagsKnowsItsSettings(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a flag for a setting that does not exist was accepted")
		}
	}()
	config.AddHubFlags(pflag.NewFlagSet("t", pflag.ContinueOnError), "device.listen", "kiosk.listen")
}
