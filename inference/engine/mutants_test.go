package engine_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/text"
	"dermbox/appliance/worker"
	"dermbox/inference"
	"dermbox/inference/pack"
)

// few is how many mutants run when nobody asks for more: see make mutants.
const few = 24

// outcome is how a mutant ended.
func outcome(key string) string {
	switch key {
	case "inference.golden_mismatch":
		return "golden vectors answered otherwise"
	case "inference.bad_output":
		return "answer that makes no sense"
	case "inference.tensor":
		return "refused to run"
	case "inference.model_refused", "inference.model.newer":
		return "refused by the native loader"
	case "inference.model.crashed":
		return "crashed its worker"
	case "inference.model.timeout":
		return "deadline or processor time"
	case "inference.model.memory":
		return "out of memory"
	}
	switch {
	case strings.HasPrefix(key, "inference.model."):
		return "refused by the graph reader"
	case strings.HasPrefix(key, "pack."):
		return "refused as a pack"
	}
	return "ended as " + key
}

// mutants is one run.
type mutants struct {
	t      *testing.T
	bases  []base
	donors [][]byte

	mu     sync.Mutex
	counts map[string]int
}

// TestMutants takes spoilt models, signed as good ones, through what install and a visit do with them. The daemon's side must
// never panic or hang, and nothing that did not give its known answers may judge a picture.
func TestMutants(t *testing.T) {
	n := few
	if text := os.Getenv("DERMBOX_MUTANTS"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	m := &mutants{t: t, counts: map[string]int{}}
	m.bases, m.donors = bases(t)
	for _, b := range m.bases { // unspoilt they are good: the test would hold anything otherwise
		if key := m.judge(b, b.model, true); key != "" {
			t.Fatalf("%s itself: %s", b.name, key)
		}
	}
	m.counts = map[string]int{}
	var next sync.Mutex
	var all sync.WaitGroup
	number := 0
	for range 2 {
		all.Go(func() {
			for {
				next.Lock()
				i := number
				number++
				next.Unlock()
				if i >= n || t.Failed() {
					return
				}
				m.one(i)
			}
		})
	}
	all.Wait()
	m.report(n)
	if left := children(t); len(left) > 0 {
		t.Errorf("workers are left: %v", left)
	}
}

// one judges the mutant of a number.
func (m *mutants) one(number int) {
	b := m.bases[number%len(m.bases)]
	spoilt, how := mutant(uint64(number), b.model, m.donors)
	key := m.judge(b, spoilt, number%8 == 0)
	if key != "" && !text.Has(key) {
		m.t.Errorf("mutant %d of %s, %s: no sentence for %q", number, b.name, how, key)
	}
	what := "ran within tolerance"
	if key != "" {
		what = outcome(key)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.counts[what]++
}

// judge tries a model as install does, and runs it as a visit does when that let it pass or always is asked for. It gives the
// key of the refusal, "" for a model that gave its known answers.
func (m *mutants) judge(b base, model []byte, always bool) string {
	p, err := b.signed(m.t.Context(), model)
	if err != nil {
		return keyOf(m.t, err)
	}
	ctx, cancel := context.WithTimeout(m.t.Context(), 4*time.Minute)
	defer cancel()
	_, err = inference.Try(ctx, m.options(p))
	if ctx.Err() != nil {
		m.t.Errorf("a trial hung: %v", err)
	}
	key := keyOf(m.t, err)
	if key == "" || always {
		m.visit(ctx, p, key)
	}
	return key
}

// visit runs the pack in a client of its own, whatever the trial said of it: somebody may have put it there by hand.
func (m *mutants) visit(ctx context.Context, p *pack.Pack, tried string) {
	c := inference.NewClient(m.options(p))
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { defer close(done); c.Serve(ctx) }()
	defer func() { cancel(); <-done }()
	for s := c.State(); !s.Ready && s.Key == "inference.starting"; s = c.State() {
		if ctx.Err() != nil {
			m.t.Error("a client hung")
			return
		}
		time.Sleep(2 * time.Millisecond)
	}
	short, end := context.WithTimeout(ctx, 20*time.Second)
	defer end()
	if !c.State().Ready {
		end() // what is not ready must say so at once or not at all
	}
	scores, err := c.Assess(short, inside(p.Manifest.Input.Width, p.Manifest.Input.Height, p.Golden.Picture(0), p.Manifest.Optics[0]))
	if err == nil && tried != "" {
		m.t.Errorf("a model that was refused as %s answered %v", tried, scores.Probabilities)
	}
	if err == nil {
		m.known(ctx, p)
	}
}

// known asks a model that answered for its known answers again, past the client: whoever answers must give them.
func (m *mutants) known(ctx context.Context, p *pack.Pack) {
	o := m.options(p)
	w, err := worker.Start(ctx, worker.Spec{Name: "inference", Path: o.WorkerPath, Args: []string{"worker", "--tflite", o.TFLite}, Env: o.Env})
	if err != nil {
		m.t.Error(err)
		return
	}
	defer w.Close()
	if _, err := w.Call(ctx, inference.RequestLoad, request(p), p.Model, nil); err != nil {
		m.t.Errorf("a model that answered does not load: %v", err)
		return
	}
	for i, vector := range p.Golden.Vectors {
		wide := make([]uint32, p.Manifest.Input.Size())
		for j, b := range p.Golden.Picture(i) {
			wide[j] = uint32(b) << 16
		}
		body, err := w.Call(ctx, inference.RequestRun, nil, inference.EncodeTensor(p.Manifest.Input.Normalise(wide)), nil)
		raw, _ := inference.DecodeTensor(body)
		got, bad := inference.ReadAnswer(&p.Manifest, p.Features, raw)
		if err != nil || bad != nil {
			m.t.Errorf("a model that answered fails on %s: %v %v", vector.Name, err, bad)
			return
		}
		for j, want := range vector.Probabilities {
			if d := got.Probabilities[j] - want; d > p.Manifest.Tolerance || d < -p.Manifest.Tolerance {
				m.t.Errorf("a model answered that gives %v and not %v for %s", got.Probabilities, vector.Probabilities, vector.Name)
				return
			}
		}
		if want := vector.Unlikeness; want != nil && math.Abs(*got.Unlikeness-*want) > p.Manifest.Output.Distribution.Tolerance {
			m.t.Errorf("a model answered whose score is %v and not %v for %s", *got.Unlikeness, *want, vector.Name)
		}
	}
}

func (m *mutants) options(p *pack.Pack) inference.ClientOptions {
	o := inference.ClientOptions{
		WorkerPath: os.Getenv("DERMBOX_MUTANT_WORKER"), TFLite: libraryPath(m.t), Pack: p, Clock: clock{},
		Restart: worker.Restart{Min: time.Hour, Max: time.Hour},
	}
	if o.WorkerPath == "" {
		o.WorkerPath, o.Env = "/proc/self/exe", []string{envChild + "=" + libraryPath(m.t), "GORACE=atexit_sleep_ms=0"}
	}
	return o
}

func (m *mutants) report(n int) {
	lines := []string{}
	for what, count := range m.counts {
		lines = append(lines, fmt.Sprintf("%6d  %s", count, what))
	}
	slices.Sort(lines)
	slices.Reverse(lines)
	m.t.Logf("%d mutants of %d models:\n%s", n, len(m.bases), strings.Join(lines, "\n"))
}

func keyOf(t *testing.T, err error) string {
	if err == nil {
		return ""
	}
	e, ok := errors.AsType[*appliance.Error](err)
	if !ok {
		t.Errorf("an error without a key: %v", err)
		return "none"
	}
	return e.Key
}

// children gives the processes that this one has started and that are still there.
func children(t *testing.T) []string {
	t.Helper()
	left := []string{}
	files, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range files {
		raw, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		after := strings.Fields(string(raw[strings.LastIndexByte(string(raw), ')')+1:]))
		if after[1] == strconv.Itoa(os.Getpid()) {
			left = append(left, path)
		}
	}
	return left
}
