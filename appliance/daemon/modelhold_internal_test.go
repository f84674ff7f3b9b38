package daemon

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/clock"
	"dermbox/appliance/config"
	"dermbox/appliance/health"
	"dermbox/appliance/signed"
	"dermbox/appliance/store"
	"dermbox/appliance/vault"
	"dermbox/firmware/keyring"
	"dermbox/inference"
	"dermbox/inference/pack"
	"dermbox/inference/pack/packtest"
	"dermbox/inference/shelf"
)

// It is an internal test because a run that is held for as long as a test needs would be ended by the box's own limits.

// heldModels gives models whose stand-in worker can be held (see hold), served, with the committed pack in force. The other pack is the
// same under a newer version.
func heldModels(t *testing.T) (m *models, other *pack.Pack, dir string) {
	t.Helper()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	dir = t.TempDir()
	check(keyring.InstallDemo(filepath.Join(dir, "keyring")))
	ring, err := keyring.Load(filepath.Join(dir, "keyring"), false)
	check(err)
	_, err = vault.Create(dir, vault.FileProvider(filepath.Join(dir, "vault.key")))
	check(err)
	safe, err := vault.Open(dir, vault.FileProvider(filepath.Join(dir, "vault.key")))
	check(err)
	now, log := clock.System(time.Time{}, time.Time{}), slog.New(slog.DiscardHandler)
	records, err := store.Open(t.Context(), store.Options{Path: filepath.Join(dir, "cases.db"), Vault: safe, Clock: now, Log: log})
	check(err)
	t.Cleanup(func() { check(records.Close()) })
	x := &box{config: config.Config{Mode: config.Demonstration}, log: log, clock: now, health: health.New(now), store: records, keys: ring,
		shelf: shelf.Open(filepath.Join(dir, "models"), ring)}
	x.signed.model.refused = appliance.E(appliance.NotFound, "daemon.no_pack", nil)
	m = newModels(x, inference.ClientOptions{WorkerPath: "/proc/self/exe", TFLite: filepath.Join(dir, "library"), Stall: time.Hour, Clock: now, Log: log})

	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- m.desk.Serve(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	raw, err := os.ReadFile("../../firmware/demo/signed/simulation.dermpack")
	check(err)
	key, err := keyring.LoadPrivate("../../firmware/keyring/demo/model.key.pem")
	check(err)
	newer, err := packtest.Change(t.Context(), raw, signed.NewSigner(key), func(p *pack.Manifest, _ map[string][]byte) { p.Version += 100 })
	check(err)
	first, _, err := x.shelf.Install(t.Context(), raw)
	check(err)
	other, _, err = x.shelf.Install(t.Context(), newer)
	check(err)
	_, err = m.activate(t.Context(), first, self.act(appliance.ModelActivate), false, &shelf.Trial{})
	check(err)
	return m, other, dir
}

// held holds the worker by the named file, until release is called.
func held(t *testing.T, dir, name string) (release func()) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	release = func() { _ = os.Remove(path) }
	t.Cleanup(release)
	return release
}

// awaitFile waits until a file is there.
func awaitFile(t *testing.T, path string) {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		if _, err := os.Lstat(path); err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s never came", filepath.Base(path))
		}
	}
}

// The model that judges from now on is shown at once, while the one before still finishes a still.
func TestModelInForceIsShownBeforeTheOneBeforeIsDone(t *testing.T) {
	m, other, dir := heldModels(t)
	release := held(t, dir, "hold")
	var picture bytes.Buffer
	if err := jpeg.Encode(&picture, image.NewGray(image.Rect(0, 0, 300, 300)), nil); err != nil {
		t.Fatal(err)
	}
	judged, activated := make(chan error, 1), make(chan error, 1)
	go func() {
		_, err := m.desk.Assess(context.Background(), inference.Input{JPEG: picture.Bytes(), Optics: m.desk.Client().Manifest().Optics[0].ID})
		judged <- err
	}()
	awaitFile(t, filepath.Join(dir, "held"))
	go func() {
		_, err := m.activate(context.Background(), other, order{actor: "uid:0"}.act(appliance.ModelActivate), false, &shelf.Trial{})
		activated <- err
	}()
	for m.inForce().Model.Digest != other.Digest {
		select {
		case err := <-activated:
			t.Fatalf("it was not shown before all was over: %v", err)
		case <-time.After(time.Millisecond):
		}
	}
	list, err := m.list(t.Context())
	if err != nil || list.InForce == nil || list.InForce.Model.Digest != other.Digest || list.InForce.Model.Engine == "" {
		t.Errorf("%+v, %v", list.InForce, err)
	}
	for _, l := range list.Models {
		if l.InForce != (l.Digest == other.Digest) || l.Previous == l.InForce {
			t.Errorf("%+v", l)
		}
	}
	release()
	if err := <-judged; err != nil {
		t.Error(err)
	}
	if err := <-activated; err != nil {
		t.Error(err)
	}
}

// Two benches at once would time each other.
func TestOneBenchAtATime(t *testing.T) {
	m, _, dir := heldModels(t)
	release := held(t, dir, "hold-known")
	done := make(chan error, 1)
	go func() { _, err := m.bench(context.Background(), 3); done <- err }()
	awaitFile(t, filepath.Join(dir, "held"))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // were it let in, it would wait for the other
	defer cancel()
	if _, err := m.bench(ctx, 3); appliance.CodeOf(err) != appliance.Conflict || key(err) != "daemon.bench_running" {
		t.Errorf("a second one: %v", err)
	}
	release()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if _, err := m.bench(t.Context(), 3); err != nil {
		t.Errorf("once the first was over: %v", err)
	}
}
