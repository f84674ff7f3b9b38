package demo_test

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"dermbox/appliance"
	"dermbox/firmware/demo"
)

func TestMain(m *testing.M) {
	if folder := os.Getenv(envPipeline); folder != "" {
		os.Exit(pipeline(folder))
	}
	goleak.VerifyTestMain(m)
}

// rig is a demo trust and clinic of its own, with the real programs that DERMBOX_BIN names.
type rig struct {
	*demo.Demo
	options demo.Options
	out     *bytes.Buffer
	proxy   *proxy
}

// newRig makes trust and clinic in a fresh folder; nothing runs yet. Prepare may mount or change what Setup will use.
func newRig(t testing.TB, prepare func(o *demo.Options)) *rig {
	t.Helper()
	bin := os.Getenv("DERMBOX_BIN")
	if bin == "" {
		t.Skip("DERMBOX_BIN does not name the built programs; make test does")
	}
	if os.Getenv("DERMBOX_TFLITE") == "" {
		t.Skip("DERMBOX_TFLITE does not name the TFLite library; make test does")
	}
	// A Unix socket's path must be short, which the folders of t.TempDir are not.
	folder, err := os.MkdirTemp("", "dermbox")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	r := &rig{out: &bytes.Buffer{}}
	ports := freePorts(t, 4)
	r.options = demo.Options{
		Root: filepath.Join("..", ".."), Var: folder, Bin: bin, Out: r.out, Subject: "mel,2,5", Network: true,
		Ports: demo.Ports{Kiosk: ports[0], HubDevice: ports[1], HubPeople: ports[2], Scope: ports[3]},
	}
	r.proxy = newProxy(t, (&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: ports[1]}).String())
	r.options.HubURL = r.proxy.url()
	if prepare != nil {
		prepare(&r.options)
	}
	if r.Demo, err = demo.New(r.options); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			r.showLogs(t)
		}
	})
	return r
}

// startAll sets up and starts everything.
func (r *rig) startAll(t testing.TB) {
	t.Helper()
	ctx := t.Context()
	if err := r.Setup(ctx); err != nil {
		t.Fatal(err)
	}
	if err := r.StartScope(ctx); err != nil {
		t.Fatal(err)
	}
	if err := r.StartBox(ctx); err != nil {
		t.Fatal(err)
	}
	if err := r.Calibrate(ctx); err != nil {
		t.Fatal(err)
	}
}

func (r *rig) showLogs(t testing.TB) {
	t.Logf("printed:\n%s", r.out.String())
	logs, err := filepath.Glob(filepath.Join(r.options.Var, "logs", "*.log"))
	if err != nil {
		t.Error(err)
	}
	for _, path := range logs {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Error(err)
		}
		lines := strings.Split(strings.TrimSpace(string(text)), "\n")
		t.Logf("%s ends:\n%s", filepath.Base(path), strings.Join(lines[max(0, len(lines)-25):], "\n"))
	}
}

// freePorts gives ports that nothing listens on now.
func freePorts(t testing.TB, n int) []int {
	t.Helper()
	ports := make([]int, n)
	for i := range ports {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		ports[i] = l.Addr().(*net.TCPAddr).Port
	}
	return ports
}

// visit takes one patient to sign-off.
func (r *rig) visit(t *testing.T) appliance.CaseID {
	t.Helper()
	id, err := r.Visit(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// received waits for the receipt and checks the three promises: the case is at the hub exactly once, its images there are
// the bytes that the camera gave, and the receipt verifies. It gives the box's word of the case.
func (r *rig) received(t *testing.T, id appliance.CaseID) demo.Trace {
	t.Helper()
	ctx := t.Context()
	if err := r.Deliver(ctx, id); err != nil { // compares hashes and verifies the receipt, with dermboxctl and dermhub
		t.Fatal(err)
	}
	r.onceAtHub(t, id)
	trace, err := r.Trace(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	if trace.State != appliance.Receipted {
		t.Errorf("the case stands at %s, want it receipted", trace.State)
	}
	return trace
}

func (r *rig) onceAtHub(t *testing.T, id appliance.CaseID) {
	t.Helper()
	if n := r.timesAtHub(t, id); n != 1 {
		t.Errorf("the hub holds the case %d times, want once", n)
	}
}

func (r *rig) timesAtHub(t *testing.T, id appliance.CaseID) int {
	t.Helper()
	ids, err := r.HubCases(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return len(slices.DeleteFunc(ids, func(other appliance.CaseID) bool { return other != id }))
}

// start starts the box and waits until it is ready.
func (r *rig) start(t *testing.T) {
	t.Helper()
	if err := r.StartBox(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// stop stops the box in good order.
func (r *rig) stop(t *testing.T) {
	t.Helper()
	if err := r.StopBox(); err != nil {
		t.Fatal(err)
	}
}

func (r *rig) boxConfig() string { return filepath.Join(r.options.Var, "box", "dermboxd.yaml") }
