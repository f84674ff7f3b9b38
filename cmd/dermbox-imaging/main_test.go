package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"dermbox/appliance"
	"dermbox/appliance/text"
	"dermbox/camera"
	"dermbox/camera/opencv"
	"dermbox/camera/scope"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestExitCodes(t *testing.T) {
	for _, tt := range []struct {
		args string
		code int
	}{
		{"--help", 0}, {"scope --help", 0}, {"control --help", 0}, {"dataset --help", 0}, {"camera --help", 0}, {"judge --help", 0},
		{"nonsense", 2}, {"scope --nonsense", 2}, {"scope extra", 2}, {"dataset", 2}, {"control a b", 2},
		{"scope --listen 0.0.0.0:0", 3}, {"scope --listen nonsense", 3}, {"scope --subject bcc,1,1", 3}, {"scope --subject nv", 3},
		{"control fire", 3}, {"control --url nonsense state", 3}, {"dataset --out x --seeds 9-1", 3}, {"dataset --out x --seeds a", 3},
		{"dataset --out x --seeds 0-100000", 3}, {"scope --images /nonexistent", 4}, {"control --url http://" + nobody(t) + " state", 5},
	} {
		if got := run(t.Context(), strings.Fields(tt.args)); got != tt.code {
			t.Errorf("%s: exit code %d, not %d", tt.args, got, tt.code)
		}
	}
}

// nobody gives a loopback address on which nobody listens.
func nobody(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func TestEveryCommandHasHelp(t *testing.T) {
	for _, c := range rootCommand().Commands() {
		if c.Short == "" || c.Long == "" {
			t.Errorf("%s has no help", c.Name())
		}
	}
	long := controlCommand().Long
	for _, f := range scope.Faults() {
		if !regexp.MustCompile(`\b` + string(f) + `\b`).MatchString(long) {
			t.Errorf("control --help does not name %s", f)
		}
	}
}

func TestParseSubject(t *testing.T) {
	got, err := parseSubject("mel,3,17,hair,ruler")
	if err != nil || got != (scope.Subject{Kind: "mel", Tone: 3, Seed: 17, Hair: true, Ruler: true}) {
		t.Fatalf("%+v %v", got, err)
	}
}

// TestEveryKeyHasASentence reads the keys out of the source of this area and looks them up.
func TestEveryKeyHasASentence(t *testing.T) {
	form := regexp.MustCompile(`"(camera|quality)\.(state|error|scope)\.[a-z_]+"`)
	var files []string
	for _, dir := range []string{".", "../../camera", "../../camera/opencv", "../../camera/scope", "../../camera/quality",
		"../../camera/usb", "../../camera/profile"} {
		found, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v", dir, err)
		}
		files = append(files, found...)
	}
	keys := map[string]bool{}
	for _, name := range files {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range form.FindAllString(string(source), -1) {
			keys[strings.Trim(k, `"`)] = true
		}
	}
	for k := range keys {
		if !text.Has(k) {
			t.Errorf("no sentence for %s", k)
		}
	}
	for _, k := range text.Keys() {
		if form.MatchString(`"`+k+`"`) && !keys[k] {
			t.Errorf("nothing uses the sentence %s", k)
		}
	}
}

func TestDataset(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "drawings")
	var progress bytes.Buffer
	d := dataset{dir: dir, first: 3, last: 4, threads: 2, progress: &progress}
	err := d.write(t.Context())
	if !opencv.Built {
		if e, ok := errors.AsType[*appliance.Error](err); !ok || e.Key != "camera.error.no_opencv" {
			t.Fatalf("without OpenCV: %v", err)
		}
		return
	}
	if err != nil || !strings.Contains(progress.String(), "6 of 6") {
		t.Fatalf("%v, %q", err, progress.String())
	}
	f, err := os.Open(filepath.Join(dir, "labels.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) != 7 || !slices.Equal(rows[0], []string{"path", "label", "tone", "seed"}) {
		t.Fatalf("%v %v", rows, err)
	}
	for _, row := range rows[1:] {
		jpeg, err := os.ReadFile(filepath.Join(dir, row[0]))
		if err != nil {
			t.Fatal(err)
		}
		if _, w, h, err := camera.ScanHash(jpeg); err != nil || w != 1920 || h != 1080 {
			t.Fatalf("%s: %d x %d, %v", row[0], w, h, err)
		}
	}
}

func TestDatasetStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := t.TempDir()
	d := dataset{dir: dir, first: 1, last: 1000, threads: 2, progress: &bytes.Buffer{}}
	if err := d.write(ctx); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "labels.csv")); !os.IsNotExist(err) {
		t.Fatalf("a broken run has labels: %v", err)
	}
}

func TestScopeAndControl(t *testing.T) {
	if !opencv.Built {
		t.Skip("the simulated dermatoscope needs a build with OpenCV")
	}
	ctx, cancel := context.WithCancel(t.Context())
	r, w := io.Pipe()
	done := make(chan error, 1)
	go func() {
		o := scope.Options{Encoder: opencv.Encoder{}, Log: slog.New(slog.DiscardHandler)}
		done <- serveScope(ctx, "127.0.0.1:0", o, w)
		w.Close()
	}()
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	blur := scope.FaultBlur
	var out bytes.Buffer
	if err := control(t.Context(), strings.TrimSpace(line), scope.Command{Fault: &blur}, &out); err != nil {
		t.Fatal(err)
	}
	var st scope.State
	if err := json.Unmarshal(out.Bytes(), &st); err != nil || st.Fault != scope.FaultBlur {
		t.Fatalf("%s: %v", out.String(), err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}
