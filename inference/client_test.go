package inference_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/worker"
	"dermbox/inference"
	"dermbox/inference/pack"
)

func options(t *testing.T, mode string) inference.ClientOptions {
	return inference.ClientOptions{
		WorkerPath: "/proc/self/exe", TFLite: "/nonexistent", Pack: testPack(t), Env: []string{envChild + "=" + mode, "GORACE=atexit_sleep_ms=0"},
		Restart: worker.Restart{Min: 5 * time.Millisecond, Max: 20 * time.Millisecond}, Clock: clock(time.Unix(1.8e9, 0)),
	}
}

func serve(t *testing.T, o inference.ClientOptions) *inference.Client {
	t.Helper()
	c := inference.NewClient(o)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Serve gave %v", err)
		}
	})
	return c
}

func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func wantKey(t *testing.T, err error, code appliance.Code, key string) {
	t.Helper()
	if e, ok := errors.AsType[*appliance.Error](err); !ok || e.Code != code || e.Key != key {
		t.Fatalf("got error %v, want %s %s", err, code, key)
	}
}

// waitState waits for a state and gives it.
func waitState(t *testing.T, c *inference.Client, ok func(inference.State) bool) inference.State {
	t.Helper()
	ctx := within(t)
	for ctx.Err() == nil {
		if s := c.State(); ok(s) {
			return s
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("the state stays %+v", c.State())
	panic("unreachable")
}

func TestAssess(t *testing.T) {
	c := serve(t, options(t, "good"))
	scores, err := c.Assess(within(t), grey(102))
	if err != nil {
		t.Fatal(err)
	}
	if p := scores.Probabilities; math.Abs(p[0]-0.6) > 1e-6 || math.Abs(p[1]-0.4) > 1e-6 || scores.Labels[1] != "mel" {
		t.Fatalf("%+v", scores)
	}
	want := appliance.ModelRef{
		ID: "made-up", Version: "2", Digest: testPack(t).Digest, Status: "simulation", Engine: "made-up engine",
	}
	if scores.Model != want || scores.TookMS <= 0 {
		t.Fatalf("%+v", scores)
	}
	if ref, ok := c.Model(); !ok || ref != want {
		t.Fatalf("model %+v %v", ref, ok)
	}
	if s := c.State(); !s.Ready || s.Key != "" {
		t.Fatalf("state %+v", s)
	}
	if !c.OpticsAllowed(appliance.OpticsSimulatedScope) || c.OpticsAllowed(appliance.OpticsPublicISIC) || c.Manifest().ID != "made-up" {
		t.Fatal("manifest or optics")
	}
}

// A worker's name for its engine is shown and stored, so it may be neither long nor unprintable.
func TestEngineOfAnOddName(t *testing.T) {
	c := serve(t, options(t, "odd name"))
	s := waitState(t, c, func(s inference.State) bool { return s.Ready })
	if want := strings.Repeat("?[2J", 25); s.Engine != want {
		t.Errorf("shown as %q", s.Engine)
	}
	if scores, err := c.Assess(within(t), grey(102)); err != nil || scores.Model.Engine != s.Engine {
		t.Errorf("stored as %q, %v", scores.Model.Engine, err)
	}
}

func TestAssessRefuses(t *testing.T) {
	c := serve(t, options(t, "good"))
	other := grey(9)
	other.Optics = appliance.OpticsPublicISIC
	cut := grey(9)
	cut.JPEG = cut.JPEG[:40]
	tests := map[string]struct {
		in   inference.Input
		code appliance.Code
		key  string
	}{
		"other optics":   {other, appliance.Invalid, "inference.optics"},
		"no picture":     {cut, appliance.Invalid, "inference.picture"},
		"not a number":   {grey(nanAt), appliance.Internal, "inference.bad_output"},
		"sum is not one": {grey(sumAt), appliance.Internal, "inference.bad_output"},
		"too few":        {grey(cutAt), appliance.Internal, "inference.bad_output"},
		"worker dies":    {grey(dieAt), appliance.Unavailable, "inference.worker.crashed"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := c.Assess(within(t), test.in)
			wantKey(t, err, test.code, test.key)
		})
	}
}

func TestAnotherWorkerFollowsADeadOne(t *testing.T) {
	c := serve(t, options(t, "good"))
	_, err := c.Assess(within(t), grey(dieAt))
	wantKey(t, err, appliance.Unavailable, "inference.worker.crashed")
	if !c.Expected() {
		t.Error("a worker that had worked is not waited for after it died")
	}
	s := waitState(t, c, func(s inference.State) bool { return s.Ready && s.Restarts == 1 })
	if s.Key != "" {
		t.Fatalf("state %+v", s)
	}
	if _, err := c.Assess(within(t), grey(102)); err != nil {
		t.Fatal(err)
	}
}

// A model that hangs costs the lesion that met it, and not those that come later: its caller gives up at a deadline before the
// stall, and the worker is exchanged all the same.
func TestHungWorkerIsExchanged(t *testing.T) {
	o := options(t, "good")
	o.Stall = 500 * time.Millisecond
	c := serve(t, o)
	waitState(t, c, func(s inference.State) bool { return s.Ready })
	for range 2 {
		ctx, cancel := context.WithTimeout(t.Context(), o.Stall/10)
		_, err := c.Assess(ctx, grey(hangAt))
		cancel()
		wantKey(t, err, appliance.Unavailable, "inference.deadline")
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("the cause is lost: %v", err)
		}
	}
	waitState(t, c, func(s inference.State) bool { return s.Ready && s.Restarts == 1 })
	if _, err := c.Assess(within(t), grey(102)); err != nil {
		t.Fatalf("the next lesion has no answer: %v", err)
	}
}

// Loading may take longer than a run may hang: a model that is large for its box would never run.
func TestSlowLoadIsNoStall(t *testing.T) {
	o := options(t, "slow")
	o.Stall = slowStall
	c := serve(t, o)
	waitState(t, c, func(s inference.State) bool { return s.Ready })
	if _, err := c.Assess(within(t), grey(102)); err != nil {
		t.Fatal(err)
	}
}

// A model that never finishes loading is given up and tried again; no visit waits for it.
func TestHangInLoad(t *testing.T) {
	o := options(t, "hang at load")
	o.Load, o.Stall = 400*time.Millisecond, time.Minute
	c := serve(t, o)
	waitState(t, c, func(s inference.State) bool { return !s.Ready && s.Key == "inference.model.timeout" && s.Restarts > 1 })
	if c.Expected() {
		t.Error("a visit would wait for it")
	}
	_, err := inference.Try(within(t), o)
	wantKey(t, err, appliance.Unavailable, "inference.model.timeout")
}

// A model that plain Go can tell to be bad starts no worker at all.
func TestUnfitModelStartsNoWorker(t *testing.T) {
	o := options(t, "good")
	o.Pack.Model = o.Pack.Model[:len(o.Pack.Model)/2]
	o.WorkerPath = "/nonexistent"
	c := serve(t, o)
	_, err := c.Assess(within(t), grey(51))
	wantKey(t, err, appliance.Unverified, "inference.model.damaged")
	if s := c.State(); s.Ready || s.Key != "inference.model.damaged" || c.Expected() {
		t.Fatalf("%+v", s)
	}
	_, err = inference.Try(within(t), o)
	wantKey(t, err, appliance.Unverified, "inference.model.damaged")
}

func TestWrongKnownAnswersKeepTheModelOut(t *testing.T) {
	for mode, key := range map[string]string{"wrong": "inference.golden_mismatch", "refuse": "inference.model_refused"} {
		t.Run(mode, func(t *testing.T) {
			c := serve(t, options(t, mode))
			waitState(t, c, func(s inference.State) bool { return !s.Ready && s.Key == key && s.Restarts > 0 })
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			_, err := c.Assess(ctx, grey(51)) // at once: waiting would be vain
			wantKey(t, err, appliance.Unverified, key)
			if ctx.Err() != nil {
				t.Fatal("Assess waited for the deadline")
			}
			if c.Expected() {
				t.Fatal("a visit would wait for it")
			}
		})
	}
}

func TestWithoutAModel(t *testing.T) {
	o := options(t, "good")
	o.Pack = nil
	c := serve(t, o)
	_, err := c.Assess(within(t), grey(51))
	wantKey(t, err, appliance.NotFound, "inference.no_model")
	if s := c.State(); s.Ready || s.Key != "inference.no_model" {
		t.Fatalf("state %+v", s)
	}
	if _, ok := c.Model(); ok || c.Manifest() != nil || c.OpticsAllowed(appliance.OpticsSimulatedScope) {
		t.Fatal("there is a model")
	}

	o.Refused = appliance.E(appliance.Unverified, "pack.member_changed", nil, "member", "model.tflite")
	c = serve(t, o)
	_, err = c.Assess(within(t), grey(51))
	wantKey(t, err, appliance.Unverified, "pack.member_changed")
	if s := c.State(); s.Key != "pack.member_changed" || s.Params["member"] != "model.tflite" {
		t.Fatalf("state %+v", s)
	}
}

func TestExpiredModel(t *testing.T) {
	expired := time.Unix(1.95e9, 0)
	for name, clock := range map[string]appliance.BoundedClock{
		"by its clock": clock(expired), "clock fell back": fellBack{clock(time.Unix(1.8e9, 0)), expired},
	} {
		t.Run(name, func(t *testing.T) {
			o := options(t, "good")
			o.Clock = clock
			c := serve(t, o)
			_, err := c.Assess(within(t), grey(51))
			wantKey(t, err, appliance.Unverified, "signed.expired")
			if s := c.State(); s.Ready || s.Key != "signed.expired" {
				t.Fatalf("state %+v", s)
			}
			if c.Expected() {
				t.Error("a visit would wait for it")
			}
		})
	}
}

func TestMissingWorker(t *testing.T) {
	o := options(t, "good")
	o.WorkerPath = "/nonexistent/dermbox-inference"
	c := serve(t, o)
	waitState(t, c, func(s inference.State) bool { return s.Key == worker.KeyStart && s.Restarts > 0 })
	if c.Expected() {
		t.Error("a visit would wait for a worker that does not exist")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	_, err := c.Assess(ctx, grey(51))
	wantKey(t, err, appliance.Unavailable, "inference.not_ready")
}

var _ inference.Classifier = (*inference.Client)(nil)

func TestProbabilities(t *testing.T) {
	nan := float32(math.NaN())
	tests := map[string]struct {
		activation  pack.Activation
		temperature float64
		raw         []float32
		want        []float64 // nil: refused
	}{
		"softmax":          {pack.Softmax, 0, []float32{0.25, 0.75}, []float64{0.25, 0.75}},
		"softmax rounding": {pack.Softmax, 0, []float32{-1e-6, 1}, []float64{0, 1}},
		"softmax sum":      {pack.Softmax, 0, []float32{0.25, 0.5}, nil},
		"above one":        {pack.Softmax, 0, []float32{-0.5, 1.5}, nil},
		"not a number":     {pack.Softmax, 0, []float32{nan, 1}, nil},
		"infinite":         {pack.LogitsSoftmax, 0, []float32{float32(math.Inf(1)), 0}, nil},
		"count":            {pack.Softmax, 0, []float32{1}, nil},
		"sigmoid":          {pack.Sigmoid, 0, []float32{0.9, 0.8}, []float64{0.9, 0.8}},
		"sigmoid above":    {pack.Sigmoid, 0, []float32{0.9, 1.1}, nil},
		"logits":           {pack.LogitsSoftmax, 0, []float32{1000, 1000}, []float64{0.5, 0.5}},
		"logits warm":      {pack.LogitsSoftmax, 2, []float32{0, float32(2 * math.Log(3))}, []float64{0.25, 0.75}},
		"logits sigmoid":   {pack.LogitsSigmoid, 0, []float32{0, float32(math.Log(3))}, []float64{0.5, 0.75}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			o := pack.Output{Labels: []string{"a", "b"}, Activation: test.activation, Temperature: test.temperature}
			got, err := inference.Probabilities(o, test.raw)
			if test.want == nil {
				wantKey(t, err, appliance.Internal, "inference.bad_output")
				return
			}
			if err != nil || math.Abs(got[0]-test.want[0]) > 1e-6 || math.Abs(got[1]-test.want[1]) > 1e-6 {
				t.Fatalf("got %v %v, want %v", got, err, test.want)
			}
		})
	}
}
