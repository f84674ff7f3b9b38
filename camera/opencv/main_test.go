//go:build opencv

package opencv_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"dermbox/appliance"
	"dermbox/appliance/worker"
	"dermbox/camera"
	"dermbox/camera/opencv"
	"dermbox/camera/quality"
	"dermbox/camera/scope"
)

// envWorker makes this test binary one of the two real workers.
const envWorker = "DERMBOX_TEST_WORKER"

func TestMain(m *testing.M) {
	switch os.Getenv(envWorker) {
	case "camera":
		os.Exit(worker.MainEmitting(opencv.NewCamera))
	case "judge":
		os.Exit(worker.Main(opencv.NewJudge()))
	}
	goleak.VerifyTestMain(m)
}

// patience is how long a test waits for what must come; no test measures it.
const patience = 60 * time.Second

type boottime struct{}

func (boottime) Now() appliance.Stamp {
	return appliance.Stamp{Wall: time.Now().UTC(), Mono: camera.Boottime(), Boot: camera.BootID(), Quality: appliance.ClockUnverified}
}

var silent = slog.New(slog.DiscardHandler)

// serve runs a service until the test ends.
func serve(t *testing.T, run func(context.Context) error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { run(ctx) })
	t.Cleanup(func() { cancel(); wg.Wait() })
}

// startScope runs a simulated dermatoscope on a loopback port and gives it and its stream's address.
func startScope(t *testing.T, o scope.Options) (*scope.Scope, string) {
	t.Helper()
	o.Encoder, o.Log = opencv.Encoder{}, silent
	s, err := scope.New(o)
	if err != nil {
		t.Fatal(err)
	}
	serve(t, s.Serve)
	server := httptest.NewUnstartedServer(s.Handler())
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.Start()
	t.Cleanup(server.Close)
	t.Cleanup(server.CloseClientConnections)
	t.Cleanup(http.DefaultTransport.(*http.Transport).CloseIdleConnections)
	return s, server.URL + scope.PathStream
}

// startCamera runs a client with the real camera worker on a stream.
func startCamera(t *testing.T, url string) *camera.Client {
	t.Helper()
	settings := camera.Settings{FourCC: "MJPG", Width: 1920, Height: 1080, FPS: 30}
	return openCamera(t, camera.Source{URL: url, Settings: settings}, silent)
}

func openCamera(t *testing.T, source camera.Source, log *slog.Logger) *camera.Client {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c, err := camera.NewClient(camera.ClientOptions{
		WorkerPath: path, WorkerArgs: []string{}, WorkerEnv: []string{envWorker + "=camera"},
		Source: source, Log: log, Clock: boottime{}, Open: patience, Wait: patience, Stall: 2 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	serve(t, c.Serve)
	return c
}

// startJudge runs a client with the real judge worker.
func startJudge(t *testing.T) *quality.Client {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := quality.NewClient(quality.ClientOptions{
		WorkerPath: path, WorkerArgs: []string{}, WorkerEnv: []string{envWorker + "=judge"}, Log: silent, Clock: boottime{},
	})
	serve(t, c.Serve)
	return c
}

func await(t *testing.T, c *camera.Client, key string) {
	t.Helper()
	for end := time.Now().Add(patience); c.State().Key != key; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("state is %s, not %s", c.State().Key, key)
		}
	}
}
