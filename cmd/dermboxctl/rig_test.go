package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"dermbox/appliance"
	"dermbox/appliance/audit"
	"dermbox/appliance/clock"
	"dermbox/appliance/config"
	"dermbox/appliance/store"
	"dermbox/appliance/vault"
	"dermbox/appliance/worker"
	"dermbox/firmware/keyring"
	"dermbox/sync/wire"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestMain lets this test binary be the inference worker of a made-up model, as dermboxctl starts it.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "worker" {
		os.Exit(worker.Main(&madeUpModel{}))
	}
	goleak.VerifyTestMain(m)
}

// moment is what the clock shows in these tests: winter, so that London is UTC.
var moment = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// rig is a demonstration box in a folder of its own.
type rig struct {
	t       *testing.T
	dir     string
	config  config.Config
	in      string // standard input
	pins    []string
	sysRoot string
	imaging string // the program dermbox-imaging, where a test has it
	worker  string // the program dermbox-inference, where a test has it
	quiet   time.Duration
	status  string // not for clinical use: of the model in force at the sign-offs of seed
}

// newRig makes a box with settings and the demonstration's key ring; extra is appended to the settings.
func newRig(t *testing.T, extra string) *rig {
	t.Helper()
	dir, err := os.MkdirTemp("", "ctl") // shorter than t.TempDir: a Unix socket's path has at most 107 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	r := &rig{t: t, dir: dir}
	r.write("box.yaml", `mode: demonstration
data_dir: data
site: {trust: RX0, code: RX0DM, name: Test clinic, pathway: SECOND_READ}
camera: {url: "http://127.0.0.1:8470/stream.mjpg"}
rules: {file: rules.json}
quality: {profile: quality.json}
`+extra)
	r.config, err = config.Load(config.Options{Path: r.path("box.yaml")})
	if err != nil {
		t.Fatal(err)
	}
	if err := keyring.InstallDemo(r.config.KeyringDir); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *rig) path(name string) string { return filepath.Join(r.dir, name) }

func (r *rig) write(name, content string) string {
	r.t.Helper()
	if err := os.WriteFile(r.path(name), []byte(content), 0o600); err != nil {
		r.t.Fatal(err)
	}
	return r.path(name)
}

// result is what one command came to. Paths of the rig's folder stand as $BOX.
type result struct {
	code     int
	out, err string
}

// call runs one command line against the rig's box.
func (r *rig) call(args ...string) result {
	r.t.Helper()
	var out, complaints bytes.Buffer
	t := &tool{
		in: strings.NewReader(r.in), out: &out, errors: &complaints, version: "1.2.3", now: func() time.Time { return moment },
		sysRoot: r.sysRoot, imaging: r.imaging, inference: r.worker, quiet: r.quiet,
		env: []string{"DERMBOX_CONFIG=" + r.path("box.yaml")},
		readPIN: func(string) (string, error) {
			if len(r.pins) == 0 {
				return "", errors.New("nobody types")
			}
			pin := r.pins[0]
			r.pins = r.pins[1:]
			return pin, nil
		},
	}
	code := t.run(r.t.Context(), args)
	tidy := func(b bytes.Buffer) string { return strings.ReplaceAll(b.String(), r.dir, "$BOX") }
	return result{code, tidy(out), tidy(complaints)}
}

// want checks code, and that output and complaint hold the texts.
func (r result) want(t *testing.T, code int, texts ...string) {
	t.Helper()
	if r.code != code {
		t.Errorf("exit code %d, want %d\n%s%s", r.code, code, r.out, r.err)
	}
	for _, text := range texts {
		if !strings.Contains(r.out+r.err, text) {
			t.Errorf("nothing of %q in:\n%s%s", text, r.out, r.err)
		}
	}
	if strings.Contains(r.out+r.err, "[ctl.") || strings.Contains(r.err, "inside dermbox") {
		t.Errorf("a sentence is missing in:\n%s%s", r.out, r.err)
	}
}

// golden compares code and all output with testdata/NAME.golden; go test -update writes it.
func (r result) golden(t *testing.T, name string, code int) {
	t.Helper()
	r.want(t, code)
	path := filepath.Join("testdata", name+".golden")
	got := wide.ReplaceAllString(r.out, "$1  ") // columns are as wide as the rig's path happens to be
	if r.err != "" {
		got += "--- stderr\n" + r.err
	}
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is now:\n%s\nwas:\n%s", name, got, want)
	}
}

var wide = regexp.MustCompile(`(\S) {2,}`)

// decode reads the command's JSON.
func (r result) decode(t *testing.T, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(r.out), into); err != nil {
		t.Fatalf("%v in:\n%s%s", err, r.out, r.err)
	}
}

// open opens the box's store as the daemon would, with a clock that the test sets.
func (r *rig) open() (*store.Store, *clock.Fake) {
	r.t.Helper()
	v, err := vaultOrNew(r.config)
	if err != nil {
		r.t.Fatal(err)
	}
	return r.openWith(v)
}

func (r *rig) openWith(v *vault.Vault) (*store.Store, *clock.Fake) {
	r.t.Helper()
	fake := clock.NewFake(moment.Add(-6 * time.Hour))
	s, err := store.Open(r.t.Context(), store.Options{Path: r.config.Database(), Vault: v, Clock: fake, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		r.t.Fatal(err)
	}
	return s, fake
}

// The ids of the seeded cases: their references are golden.
const (
	received = appliance.CaseID("11111111-1111-4111-8111-111111111111")
	unsent   = appliance.CaseID("22222222-2222-4222-8222-222222222222")
	refused  = appliance.CaseID("33333333-3333-4333-8333-333333333333")
	unsigned = appliance.CaseID("44444444-4444-4444-8444-444444444444")
)

// seed stores four cases: one received, one waiting, one set aside, one that is still open.
func (r *rig) seed() {
	r.t.Helper()
	s, fake := r.open()
	defer s.Close()
	r.signOff(s, fake, received)
	r.send(s, wire.CaseResult{ID: received, Version: 1, Outcome: "accepted"})
	fake.Advance(time.Hour)
	r.signOff(s, fake, refused)
	r.send(s, wire.CaseResult{ID: refused, Version: 1, Outcome: "rejected", Code: "case_site", Message: "Not of this site."})
	fake.Advance(time.Hour)
	r.signOff(s, fake, unsent)
	fake.Advance(time.Hour)
	r.ok(s.CreateCase(r.t.Context(), &appliance.Case{Schema: appliance.CaseSchema, ID: unsigned, State: appliance.Draft, Started: fake.Now(), Demonstration: true}, event(fake)))
}

func (r *rig) ok(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func event(c appliance.Clock) audit.Event {
	return audit.Event{At: c.Now(), Actor: "test", Action: "test.step", Outcome: "ok"}
}

func (r *rig) signOff(s *store.Store, fake *clock.Fake, id appliance.CaseID) {
	r.t.Helper()
	ctx := r.t.Context()
	c := &appliance.Case{Schema: appliance.CaseSchema, ID: id, Version: 1, State: appliance.Draft, Started: fake.Now(), Demonstration: true, NotForClinicalUse: r.status,
		Patient: appliance.Patient{FamilyName: "Secret", GivenName: "Patient", NHSNumber: "9990000018"}}
	r.ok(s.CreateCase(ctx, c, event(fake)))
	for _, state := range []appliance.State{appliance.Identified, appliance.Consented, appliance.HistoryDone, appliance.Capturing} {
		c.State = state
		r.ok(s.SaveCase(ctx, c, event(fake)))
	}
	c.Lesions = []appliance.Lesion{{ID: "55555555-5555-4555-8555-555555555555", Label: "L1"}}
	c.Findings = []appliance.Finding{{LesionID: "55555555-5555-4555-8555-555555555555", Status: appliance.NotAssessed, Reason: "X17",
		Route: appliance.DermReviewNoAI, RulesVersion: "dermbox-default/1", Hits: []appliance.RuleHit{{Rule: "X17", Effects: []appliance.Effect{appliance.NoAI}, Key: "rules.X17", Source: "test"}}}}
	c.Route = appliance.DermReviewNoAI
	r.ok(s.SignOff(ctx, c, false, event(fake)))
}

// send plays the sync engine and the hub for the next batch.
func (r *rig) send(s *store.Store, word wire.CaseResult) {
	r.t.Helper()
	ctx := r.t.Context()
	b, err := s.NextBatch(ctx)
	r.ok(err)
	digest := wire.Digest([]byte(word.ID))
	r.ok(s.SaveOffer(ctx, b.Number, []byte(`{"signed":true}`), digest))
	r.ok(s.SaveReceipt(ctx, b.Number, appliance.Receipt{ManifestDigest: digest, Batch: b.Number, Hub: "Test hub", KeyID: "ed25519:0123456789abcdef",
		IssuedAt: moment.Add(-5 * time.Hour), Envelope: []byte(`{"receipt":true}`)}, []wire.CaseResult{word}))
}

// StandInDaemon answers on the box's control socket with what a test gives it; the real daemon's routes are tested with it.
type StandInDaemon struct {
	answers map[string]any // "GET /v1/status" -> value; an int is a bare status, an error is answered as the daemon does
	asked   []string       // method, path and body of each request
}

func (r *rig) daemon(answers map[string]any) *StandInDaemon {
	r.t.Helper()
	d := &StandInDaemon{answers: answers}
	r.ok(os.MkdirAll(filepath.Dir(r.config.Control.Socket), 0o700))
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "unix", r.config.Control.Socket)
	r.ok(err)
	server := &http.Server{Handler: d, ReadHeaderTimeout: time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		server.Serve(listener)
	}()
	r.t.Cleanup(func() {
		server.Close()
		<-done
	})
	return d
}

func (d *StandInDaemon) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body bytes.Buffer
	body.ReadFrom(r.Body)
	request := r.Method + " " + r.URL.RequestURI()
	d.asked = append(d.asked, strings.TrimSpace(request+" "+body.String()))
	switch answer := d.answers[request].(type) {
	case nil:
		http.NotFound(w, r)
	case int:
		w.WriteHeader(answer)
	case *appliance.Error:
		w.WriteHeader(http.StatusConflict)
		json.NewEncoder(w).Encode(map[string]string{"code": string(answer.Code), "message": answer.Key})
	case string:
		w.Write([]byte(answer))
	default:
		json.NewEncoder(w).Encode(answer)
	}
}
