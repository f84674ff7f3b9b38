package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/config"
	"dermbox/appliance/text"
)

// problem is what one refused configuration must say: which setting, which sentence, and some of its values.
type problem struct {
	field, key string
	params     map[string]string
}

// usb gives a configuration with a camera other than least's.
func usb(camera string) string {
	return strings.Replace(least, "url: \"http://127.0.0.1:8470/stream.mjpg\"", camera, 1)
}

func TestRefusals(t *testing.T) {
	cases := []struct {
		name, yaml string
		env        []string
		want       []problem
	}{
		{"misspelt key", least + "kiosk:\n  lisen: 127.0.0.1:1\n", nil, []problem{{"kiosk.lisen", "config.unknown_key", map[string]string{"near": "kiosk.listen"}}}},
		{"key in the wrong place", least + "pathway: SHADOW\n", nil, []problem{{"pathway", "config.unknown_key", map[string]string{"near": "site.pathway"}}}},
		{"capital letter", least + "Mode: live\n", nil, []problem{{"Mode", "config.unknown_key", map[string]string{"near": "mode"}}}},
		{"key like no other", least + "bandwidth_schedule: x\n", nil, []problem{{"bandwidth_schedule", "config.unknown_key_far", nil}}},
		{"misspelt variable", least, []string{"DERMBOX_KIOSK_LISTN=127.0.0.1:1"}, []problem{{"DERMBOX_KIOSK_LISTN", "config.unknown_variable", map[string]string{"near": "DERMBOX_KIOSK_LISTEN"}}}},
		{"unknown variable", least, []string{"DERMBOX_ZZZZZZZZZZZZZZZZZZZZZ=1"}, []problem{{"DERMBOX_ZZZZZZZZZZZZZZZZZZZZZ", "config.unknown_variable_far", nil}}},
		{"library and its digest by variables", least, []string{"DERMBOX_WORKERS_TFLITE=/x.so", "DERMBOX_WORKERS_TFLITE_SHA256=" + strings.Repeat("ab", 32)},
			[]problem{{"workers.tflite", "config.not_by_variable", map[string]string{"from": "DERMBOX_WORKERS_TFLITE"}}, {"workers.tflite_sha256", "config.not_by_variable", nil}}},
		{"no digest by a variable", least + "workers: {tflite_sha256: " + strings.Repeat("ab", 32) + "}\n", []string{"DERMBOX_WORKERS_TFLITE_SHA256="},
			[]problem{{"workers.tflite_sha256", "config.not_by_variable", nil}}},
		{"programs by variables", least, []string{"DERMBOX_WORKERS_IMAGING=/x", "DERMBOX_WORKERS_INFERENCE=/y"},
			[]problem{{"workers.imaging", "config.not_by_variable", nil}, {"workers.inference", "config.not_by_variable", nil}}},
		{"text for a number", least + "retention_days: \"30\"\n", nil, []problem{{"retention_days", "config.type_int", map[string]string{"value": "30"}}}},
		{"number for text", least + "log:\n  level: 3\n", nil, []problem{{"log.level", "config.type_text", nil}}},
		{"fraction for a whole number", least + "retention_days: 1.5\n", nil, []problem{{"retention_days", "config.type_int", nil}}},
		{"word for a switch", least + "sync:\n  enabled: maybe\n", nil, []problem{{"sync.enabled", "config.type_bool", nil}}},
		{"number for a time", least + "sync:\n  interval: 5\n", nil, []problem{{"sync.interval", "config.type_duration", nil}}},
		{"bad variable", least, []string{"DERMBOX_RETENTION_DAYS=many"}, []problem{{"retention_days", "config.type_int", map[string]string{"value": "many", "from": "DERMBOX_RETENTION_DAYS"}}}},
		{"group for a value", least + "mode:\n  live: true\n", nil, []problem{{"mode", "config.type_text", map[string]string{"value": "{...}"}}}},
		{"value for a group", least + "kiosk: 127.0.0.1:1\n", nil, []problem{{"kiosk", "config.not_section", nil}}},
		{"mode", least + "mode: test\n", nil, []problem{{"mode", "config.one_of", map[string]string{"allowed": "live, demonstration"}}}},
		{"pathway", strings.Replace(least, "name: Clinic", "name: Clinic, pathway: DISCHARGE", 1), nil, []problem{{"site.pathway", "config.one_of", nil}}},
		{"ODS code", strings.Replace(least, "trust: RX0", "trust: rx-0", 1), nil, []problem{{"site.trust", "config.form_ods_trust", map[string]string{"value": "rx-0"}}}},
		{"kiosk open to the network", least + "kiosk: {listen: \"0.0.0.0:8460\"}\n", nil, []problem{{"kiosk.listen", "config.loopback", nil}}},
		{"port too large", least + "kiosk: {listen: \"127.0.0.1:70000\"}\n", nil, []problem{{"kiosk.listen", "config.listen", nil}}},
		{"no port", least + "kiosk: {listen: \"127.0.0.1\"}\n", nil, []problem{{"kiosk.listen", "config.listen", nil}}},
		{"camera elsewhere", strings.Replace(least, "127.0.0.1:8470", "camera.example", 1), nil, []problem{{"camera.url", "config.camera_url", nil}}},
		{"camera with a password", strings.Replace(least, "127.0.0.1:8470", "u:hunter2@127.0.0.1", 1), nil, []problem{{"camera.url", "config.camera_url", map[string]string{"value": "http://127.0.0.1/stream.mjpg"}}}},
		{"camera file", strings.Replace(least, "http://127.0.0.1:8470/stream.mjpg", "file:///etc/passwd", 1), nil, []problem{{"camera.url", "config.camera_url", nil}}},
		{"camera by its number", usb("usb: /dev/video0"), nil, []problem{{"camera.usb", "config.camera_usb", map[string]string{"value": "/dev/video0"}}}},
		{"short product", usb("usb: \"0c45:636\""), nil, []problem{{"camera.usb", "config.camera_usb", nil}}},
		{"serial with a line's end", usb("usb: \"0c45:6366:a\\nb\""), nil, []problem{{"camera.usb", "config.camera_usb", nil}}},
		{"empty serial", usb("usb: \"0c45:6366:\""), nil, []problem{{"camera.usb", "config.camera_usb", nil}}},
		{"port", usb("usb: \"0c45:6366\", usb_port: usb1"), nil, []problem{{"camera.usb_port", "config.camera_port", nil}}},
		{"port alone", strings.Replace(least, "camera: {", "camera: {usb_port: 1-1, ", 1), nil, []problem{{"camera.usb_port", "config.camera_port_alone", nil}}},
		{"no camera", usb("usb: \"\""), nil, []problem{{"camera.url", "config.camera_none", nil}}},
		{"two cameras", strings.Replace(least, "camera: {", "camera: {usb: \"0c45:6366\", ", 1), nil, []problem{{"camera.url", "config.camera_both", nil}}},
		{"format, which is the profile's now", strings.Replace(least, "camera: {", "camera: {fourcc: MJPG, ", 1), nil, []problem{{"camera.fourcc", "config.unknown_key", nil}}},
		{"model.wait beyond what a visit waits", least + "model: {wait: 21s}\n", nil, []problem{{"model.wait", "config.range", map[string]string{"min": "0s", "max": "20s"}}}},
		{"not a digest", least + "workers: {tflite_sha256: ABC}\n", nil, []problem{{"workers.tflite_sha256", "config.form_sha256", nil}}},
		{"not a number", least + "sync: {interval: 1ms}\n", nil, []problem{{"sync.interval", "config.range", map[string]string{"min": "1s", "max": "24h0m0s"}}}},
		{"shutter by its file", least + "shutter: {devices: [\"/dev/input/event5\"]}\n", nil, []problem{{"shutter.devices", "config.form_usb", map[string]string{"value": "/dev/input/event5"}}}},
		{"shutter with a line", least + "shutter: {devices: [\"05f3:00ff:a\\nb\"]}\n", nil, []problem{{"shutter.devices", "config.form_usb", nil}}},
		{"shutter's key", least + "shutter: {keys: [F9]}\n", nil, []problem{{"shutter.keys", "config.form_key", map[string]string{"value": "F9"}}}},
		{"shutter that is no list", least + "shutter: {devices: \"05f3:00ff\"}\n", nil, []problem{{"shutter.devices", "config.type_list", nil}}},
		{"socket path", least + "control: {socket: /" + strings.Repeat("x", 107) + "}\n", nil, []problem{{"control.socket", "config.socket_long", nil}}},
		{"twice", least + "mode: live\nmode: live\n", nil, []problem{{"mode", "config.twice", nil}}},
		{"tab", "site:\n\ttrust: RX0\n", nil, []problem{{"", "config.syntax", nil}}},
		{"a list", "- a\n- b\n", nil, []problem{{"", "config.not_settings", nil}}},
		{"merge key", least + "<<: {mode: live}\n", nil, []problem{{"<<", "config.unknown_key_far", nil}}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := config.Load(config.Options{Path: write(t, c.yaml), Env: c.env})
			check(t, err, c.want)
		})
	}
}

func check(t *testing.T, err error, want []problem) {
	t.Helper()
	if appliance.CodeOf(err) != appliance.Invalid {
		t.Fatalf("code of %v", err)
	}
	got := config.Problems(err)
	for _, g := range got {
		if !text.Has(g.Key) || strings.Contains(text.Error(g), "{") && !strings.Contains(text.Error(g), "{...}") {
			t.Errorf("the sentence of %s is %q", g.Key, text.Error(g))
		}
	}
	for _, w := range want {
		found := false
		for _, g := range got {
			if found = g.Field == w.field && g.Key == w.key; !found {
				continue
			}
			for name, value := range w.params {
				if g.Params[name] != value {
					t.Errorf("%s: %s is %q, want %q", g.Field, name, g.Params[name], value)
				}
			}
			break
		}
		if !found {
			t.Errorf("no problem %s %s in:\n%v", w.field, w.key, err)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d problems, want %d:\n%v", len(got), len(want), err)
	}
	if strings.Contains(err.Error(), "hunter2") {
		t.Error("a password is in the error")
	}
}

func TestEveryProblemIsListed(t *testing.T) {
	_, err := config.Load(config.Options{Path: write(t, "mode: x\nretention_days: 0\nkiosc: 1\n"), Env: []string{"DERMBOX_NOPE=1"}})
	fields := map[string]bool{}
	for _, p := range config.Problems(err) {
		fields[p.Field] = true
	}
	for _, f := range []string{"mode", "retention_days", "kiosc", "DERMBOX_NOPE", "site.trust", "site.code", "site.name", "camera.url", "rules.file", "quality.profiles"} {
		if !fields[f] {
			t.Errorf("nothing is said of %s:\n%v", f, err)
		}
	}
}

func TestFileThatCannotBeRead(t *testing.T) {
	_, err := config.Load(config.Options{Path: filepath.Join(t.TempDir(), "none.yaml")})
	check(t, err, []problem{{"", "config.no_file", nil}})
	_, err = config.Load(config.Options{Path: t.TempDir()})
	check(t, err, []problem{{"", "config.unreadable", nil}})
	large := filepath.Join(t.TempDir(), "large.yaml")
	if err := os.WriteFile(large, make([]byte, 1<<20+1), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = config.Load(config.Options{Path: large})
	check(t, err, []problem{{"", "config.unreadable", nil}})
}

func TestHubRefusals(t *testing.T) {
	_, err := config.LoadHub(config.Options{Path: write(t, `
trust: x
hosts: ["a b"]
device: {listen: "127.0.0.1:1", url: "http://hub"}
people: {listen: "127.0.0.1:1"}
`), Env: []string{"DERMHUB_PEOPLE_LISTE=1"}})
	check(t, err, []problem{{"trust", "config.form_ods_trust", nil}, {"name", "config.required", nil}, {"hosts", "config.host", nil},
		{"device.url", "config.hub_url", nil}, {"people.listen", "config.same_listener", nil},
		{"DERMHUB_PEOPLE_LISTE", "config.unknown_variable", map[string]string{"near": "DERMHUB_PEOPLE_LISTEN"}}})
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(least))
	f.Add([]byte("site: &a {trust: *a}\n"))
	f.Add([]byte("camera: [1, 2]\nmode: ~\n? {a: b}\n: c\n"))
	f.Add([]byte("kiosk.listen: 127.0.0.1:1\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		path := filepath.Join(t.TempDir(), "f.yaml")
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := config.Load(config.Options{Path: path})
		if err != nil && len(config.Problems(err)) == 0 {
			t.Fatalf("an error without a problem: %v", err)
		}
	})
}
