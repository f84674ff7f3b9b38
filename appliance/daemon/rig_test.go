package daemon_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/config"
	"dermbox/appliance/daemon"
	"dermbox/appliance/eligibility"
	"dermbox/appliance/signed"
	"dermbox/appliance/vault"
	"dermbox/firmware/demo"
	"dermbox/firmware/keyring"
	"dermbox/inference/pack"
)

// patience is how long a test waits for what must come; no test measures it.
const patience = 60 * time.Second

// root is the repository's folder, seen from this package's.
const root = "../.."

const (
	staffID = "hca.1"
	pin     = "428317"
)

// rig is a box's folder with everything in it that a demonstration box has, but for native workers: the imaging worker is
// this test binary, and there is no inference worker.
type rig struct {
	*testing.T
	dir      string
	settings map[string]string // lines of the settings file by their key; "" leaves one out
	log      *logs
	built    string // when the program was made, "" for unknown
}

func newRig(t *testing.T) *rig {
	t.Helper()
	dir, err := os.MkdirTemp("", "box") // shorter than t.TempDir: a Unix socket's path has at most 107 bytes
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	own, err := os.Executable()
	must(t, err)
	r := &rig{T: t, dir: dir, log: &logs{}, settings: map[string]string{
		"mode": "demonstration", "data_dir": "data",
		"site":    "{trust: RZZ, code: RZZ01, name: Test clinic, pathway: TRIAGE_PRIORITY}",
		"kiosk":   `{listen: "127.0.0.1:0"}`,
		"camera":  `{url: "http://127.0.0.1:1/good", profile: camera.json}`,
		"workers": fmt.Sprintf("{imaging: %q, inference: /nonexistent}", own),
		"model":   "{pack: model.dermpack, wait: 2s}", "rules": "{file: rules.json}", "quality": "{profile: quality.json}",
		"log": "{level: debug}",
	}}
	must(t, os.Mkdir(r.path("data"), 0o700))
	_, err = vault.Create(r.path("data"), vault.FileProvider(r.path("data/vault.key")))
	must(t, err)
	must(t, keyring.InstallDemo(r.path("data/keyring")))
	r.sign("clinical", signed.KindRules, "rules.json", eligibility.Default())
	r.sign("clinical", signed.KindProfile, "quality.json", profile(t, "", ""))
	r.sign("clinical", signed.KindCamera, "camera.json", cameraProfile(t, "", ""))
	simulation, err := os.ReadFile(root + "/firmware/demo/signed/simulation.dermpack")
	must(t, err)
	r.write("model.dermpack", simulation)
	r.changePack(func(m *pack.Manifest) {
		m.Pathways = []appliance.Pathway{appliance.Shadow, appliance.TriagePriority, appliance.SecondReadPathway}
	})
	return r
}

// profile gives the quality profile of the simulated dermatoscope, with one header field changed where one is named.
func profile(t *testing.T, field, value string) []byte {
	t.Helper()
	raw, err := os.ReadFile(root + "/camera/quality/profiles/scope-1080.json")
	must(t, err)
	return changed(t, raw, field, value)
}

// cameraProfile gives a camera profile of the stand-in camera, with one field changed where one is named.
func cameraProfile(t *testing.T, field, value string) []byte {
	t.Helper()
	raw, err := os.ReadFile(root + "/camera/profile/profiles/simulated-scope.json")
	must(t, err)
	raw = changed(t, raw, "preview", `{"fourcc": "MJPG", "width": 64, "height": 48, "fps": 40}`)
	return changed(t, raw, field, value)
}

func (r *rig) path(name string) string { return filepath.Join(r.dir, filepath.FromSlash(name)) }

func (r *rig) write(name string, content []byte) {
	r.Helper()
	must(r, os.WriteFile(r.path(name), content, 0o600))
}

// sign writes a payload signed by a key of the demonstration.
func (r *rig) sign(role string, kind signed.Kind, name string, payload []byte) {
	r.Helper()
	key, err := keyring.LoadPrivate(root + "/firmware/keyring/demo/" + role + ".key.pem")
	must(r, err)
	envelope, err := signed.Sign(r.Context(), kind, payload, signed.NewSigner(key))
	must(r, err)
	r.write(name, envelope)
}

// rules gives the rules that dermbox comes with, with one header field changed.
func rules(t *testing.T, field, value string) []byte {
	t.Helper()
	return changed(t, eligibility.Default(), field, value)
}

func changed(t *testing.T, payload []byte, field, value string) []byte {
	t.Helper()
	var all map[string]json.RawMessage
	must(t, json.Unmarshal(payload, &all))
	if field != "" {
		all[field] = json.RawMessage(value)
	}
	raw, err := json.Marshal(all)
	must(t, err)
	return raw
}

func (r *rig) config() config.Config {
	r.Helper()
	var lines []string
	for key, value := range r.settings {
		if value != "" {
			lines = append(lines, key+": "+value)
		}
	}
	r.write("box.yaml", []byte(strings.Join(lines, "\n")+"\n"))
	c, err := config.Load(config.Options{Path: r.path("box.yaml")})
	must(r, err)
	return c
}

// run runs the daemon until it ends by itself, which it must.
func (r *rig) run() error {
	r.Helper()
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	err := daemon.Run(ctx, r.config(), daemon.Build{Version: "test"}, r.logger())
	if ctx.Err() != nil {
		r.Fatalf("it did not end by itself; %v", err)
	}
	return err
}

func (r *rig) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// running is a daemon that runs in this process.
type running struct {
	*rig
	ctl   *http.Client
	kiosk string
	stop  func() error // ends it and gives Run's error
	said  *logs        // every answer of the control socket
}

// start runs the daemon and waits until it answers. It is stopped with the test, if not before.
func (r *rig) start() *running {
	r.Helper()
	c := r.config()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- daemon.Run(ctx, c, daemon.Build{Version: "test", Built: r.built}, r.logger()) }()
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", c.Control.Socket)
	}
	x := &running{rig: r, said: &logs{}, ctl: &http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}}
	x.stop = sync.OnceValue(func() error {
		cancel()
		select {
		case err := <-done:
			return err
		case <-time.After(patience):
			return fmt.Errorf("it does not stop")
		}
	})
	r.Cleanup(func() {
		if err := x.stop(); err != nil {
			r.Errorf("Run ended with %v", err)
		}
	})
	for end := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		select {
		case err := <-done:
			r.Fatalf("the daemon ended: %v", err)
		default:
		}
		if code, body := x.get("/v1/status"); code == http.StatusOK {
			var s struct{ Kiosk string }
			must(r, json.Unmarshal(body, &s))
			x.kiosk = s.Kiosk
			return x
		}
		if time.Now().After(end) {
			r.Fatalf("it never answered; log:\n%s", r.log)
		}
	}
}

func (x *running) get(path string) (int, []byte) { return x.call(http.MethodGet, path, "") }

func (x *running) call(method, path, body string) (int, []byte) {
	x.Helper()
	request, err := http.NewRequestWithContext(x.Context(), method, "http://dermboxd"+path, strings.NewReader(body))
	must(x, err)
	response, err := x.ctl.Do(request)
	if err != nil {
		return 0, nil
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	must(x, err)
	x.said.Write(raw)
	return response.StatusCode, raw
}

// check is one line of the health answer.
type check struct {
	Name, Level, Key, Who string
	Params                map[string]string
}

func (x *running) health() map[string]check {
	x.Helper()
	code, raw := x.get("/v1/health")
	var report struct{ Checks []check }
	if code != http.StatusOK || json.Unmarshal(raw, &report) != nil {
		x.Fatalf("health: %d %s", code, raw)
	}
	checks := map[string]check{}
	for _, c := range report.Checks {
		checks[c.Name] = c
	}
	return checks
}

// await waits until a check has the key.
func (x *running) await(name, key string) check {
	x.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		c := x.health()[name]
		if c.Key == key {
			return c
		}
		if time.Now().After(end) {
			x.Fatalf("%s is %+v, not %s", name, c, key)
		}
	}
}

// calibrate shows the reference card to the camera, which must be ready.
func (x *running) calibrate() {
	x.Helper()
	code, raw := x.call(http.MethodPost, "/v1/camera/calibrate", "{}")
	if code != http.StatusOK || !strings.Contains(string(raw), `"pass":true`) {
		x.Fatalf("calibrate: %d %s", code, raw)
	}
}

// addStaff adds the one member of staff over the control socket.
func (x *running) addStaff() {
	x.Helper()
	code, raw := x.call(http.MethodPost, "/v1/staff", `{"id":"`+staffID+`","name":"Test Person","role":"hca","pin":"`+pin+`"}`)
	if code != http.StatusOK {
		x.Fatalf("adding staff: %d %s", code, raw)
	}
}

// browser opens the kiosk.
func (x *running) browser() *demo.Browser {
	x.Helper()
	b, err := demo.NewBrowser(x.kiosk, nil)
	must(x, err)
	return b
}

// patient is invented; her values are what no log may show.
func patient() demo.Patient {
	return demo.Patient{NHSNumber: "9990548609", Family: "Quillfeather", Given: "Ottoline", Gender: "female", Day: 14, Month: 7, Year: 1951,
		SkinType: "II", Ethnic: "A", SiteCode: "45981001", Laterality: appliance.Left, DiameterMM: 4.5, ReferralDaysBefore: 5}
}

// visit brings a visit of the invented patient to the images step.
func (x *running) visit() *demo.Visit {
	x.Helper()
	return x.visitOf(patient().NHSNumber)
}

func (x *running) visitOf(number appliance.NHSNumber) *demo.Visit {
	x.Helper()
	p := patient()
	p.NHSNumber = number
	v := &demo.Visit{Browser: x.browser(), Patient: p, Staff: staffID, PIN: pin, Today: time.Now()}
	must(x, v.Begin(x.Context()))
	return v
}

// tries presses Capture three times where there is no camera: each time the page says what is wrong.
func (x *running) tries(v *demo.Visit) {
	x.Helper()
	for range 3 {
		if err := v.Capture(x.Context()); err == nil {
			x.Fatal("an image without a camera")
		}
		must(x, v.Continue(x.Context()))
	}
}

func (x *running) sending() appliance.SendingStatus {
	x.Helper()
	code, raw := x.get("/v1/status")
	if code != http.StatusOK {
		x.Fatalf("status: %d %s", code, raw)
	}
	var s struct{ Sending appliance.SendingStatus }
	must(x, json.Unmarshal(raw, &s))
	return s.Sending
}

// trace reads back what the daemon knows of a case.
func (x *running) trace(id appliance.CaseID) (t trace) {
	x.Helper()
	code, raw := x.get("/v1/cases/" + string(id))
	if code != http.StatusOK {
		x.Fatalf("trace: %d %s", code, raw)
	}
	must(x, json.Unmarshal(raw, &t))
	return t
}

type trace struct {
	State    appliance.State     `json:"state"`
	Route    appliance.Route     `json:"route"`
	Openings []json.RawMessage   `json:"camera_openings"`
	Captures []captureLine       `json:"captures"`
	Attempts []json.RawMessage   `json:"attempts"`
	Findings []appliance.Finding `json:"findings"`
}

type captureLine struct {
	ID         appliance.CaptureID `json:"id"`
	Overridden bool                `json:"overridden"`
	SavedMS    float64             `json:"saved_ms"`
	Camera     appliance.Camera    `json:"camera"`

	Reference *appliance.Reference `json:"reference"`
	Quality   appliance.Verdict    `json:"quality"`
}

// logs is a buffer that may be written and read at once.
type logs struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
