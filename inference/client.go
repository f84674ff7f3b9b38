package inference

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/worker"
	"dermbox/inference/graph"
	"dermbox/inference/pack"
	"dermbox/inference/preprocess"
)

// ClientOptions are what a Client is made of.
type ClientOptions struct {
	WorkerPath string     // the executable dermbox-inference
	TFLite     string     // absolute path of the TensorFlow Lite library
	Pins       []string   // SHA-256 in hex that the library may have; none: any
	Pack       *pack.Pack // the verified model; nil: none, and Refused may say why
	Refused    error      // why there is no model
	Env        []string   // environment of the worker; usually empty
	Restart    worker.Restart
	Stall      time.Duration // silence after which a worker that owes an answer to a run is killed; 0: five seconds
	Load       time.Duration // what loading and self-test of a new worker may take; 0: a minute
	Look       time.Duration // how often it is looked whether the daily self-test is due; 0: a minute
	Clock      appliance.BoundedClock
	Log        *slog.Logger // nil: no log

	doubts *doubts // of the Desk; nil: the Client's own
}

// Client is the Classifier of the appliance: it keeps an inference worker running and asks it.
type Client struct {
	o      ClientOptions
	keeper *worker.Keeper

	unfit error // why the model can never run here; nil: nothing is known against it

	mu      sync.Mutex
	engine  string           // of the worker that is ready
	period  string           // began with its last good self-test
	ended   bool             // a worker has ended
	worked  bool             // the last one that ended had passed its self-test
	died    int64            // when it ended, on the clock's Mono
	busy    int              // stills that are with the model
	testing *check           // the self-test that runs; nil: none does
	process *worker.Process  // that passed it last
	serving context.Context  // of Serve; nil while it is not running
	breakUp func(error)      // ends Serve with an error
	running sync.WaitGroup   // what Serve must wait for
	tested  appliance.Stamp  // of the last good self-test
	judged  int              // answers that were used since then
	failed  error            // why the last self-test failed, until one is good
	trouble *appliance.Error // why the last answer was none
	same    sameness
	stuck   *stuck
}

// NewClient makes a Client; Serve starts its worker.
func NewClient(o ClientOptions) *Client {
	c := &Client{o: o.withDefaults(), stuck: &stuck{}}
	if o.Pack != nil {
		c.unfit = Fits(&o.Pack.Manifest, o.Pack.Model)
	}
	c.keeper = worker.NewKeeper(c.o.spec(), worker.Hooks{Before: c.hold, OnStart: c.load, OnStop: c.stopped})
	return c
}

func (o ClientOptions) withDefaults() ClientOptions {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Stall <= 0 {
		o.Stall = stall
	}
	if o.Load <= 0 {
		o.Load = loadPatience
	}
	if o.Look <= 0 {
		o.Look = time.Minute
	}
	if o.doubts == nil {
		o.doubts = &doubts{}
	}
	return o
}

// Fits refuses a model that cannot run here or is not what its manifest says, before any native code sees it: Unverified
// "inference.model. ...".
func Fits(m *pack.Manifest, model []byte) error {
	return graph.Check(model, graph.Want{InputDims: m.Input.Dims(), InputType: m.Input.DType, Outputs: len(m.Output.Labels), Features: m.FeatureCount()})
}

// Serve keeps the worker running and tested until ctx ends, and returns ctx's error, or an *appliance.PanicError before that: then it
// cannot go on, and its worker is gone. Without a model that can run it only waits.
func (c *Client) Serve(ctx context.Context) (err error) {
	if c.o.Pack == nil || c.unfit != nil {
		<-ctx.Done()
		return ctx.Err()
	}
	ctx, end := context.WithCancelCause(ctx)
	defer func() { err = context.Cause(ctx) }()
	defer c.running.Wait()
	defer end(context.Canceled)
	defer c.unserved()
	defer c.caught(end)
	c.mu.Lock()
	c.serving, c.breakUp = ctx, end
	c.mu.Unlock()
	c.spawn(end, func() { c.daily(ctx) })
	return c.keeper.Serve(ctx)
}

// unserved has no check started from now on.
func (c *Client) unserved() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.serving, c.breakUp = nil, nil
}

// hold keeps workers from being started for a model that stays out of use.
func (c *Client) hold(ctx context.Context) error {
	c.mu.Lock()
	out := c.stuck.out
	c.mu.Unlock()
	if out == nil {
		return nil
	}
	<-ctx.Done()
	return ctx.Err()
}

// Assess prepares the picture, runs the model and checks its answer. See Classifier; the keys of its errors are
// inference.no_model or the pack's own refusal, signed.expired, inference.optics, inference.picture, inference.deadline,
// inference.not_ready, inference.worker (.cpu, .memory, .crashed), inference.bad_output, inference.golden_mismatch, inference.set_aside and, of a model
// that cannot be loaded, inference.model. ...
func (c *Client) Assess(ctx context.Context, in Input) (Scores, error) {
	began := time.Now()
	if err := c.usable(); err != nil {
		return Scores{}, err
	}
	m := &c.o.Pack.Manifest
	optics, ok := m.OpticsFor(in.Optics)
	if !ok {
		return Scores{}, appliance.E(appliance.Invalid, "inference.optics", nil, "optics", string(in.Optics), "model", m.ID)
	}
	tensor, err := prepare(m.Input, in, optics.FieldFraction)
	if err != nil {
		return Scores{}, appliance.E(appliance.Invalid, "inference.picture", err)
	}
	scores, err := c.ask(ctx, EncodeTensor(tensor))
	if err != nil {
		return Scores{}, err
	}
	scores.TookMS = float64(time.Since(began).Microseconds()) / 1000
	return scores, nil
}

// ask has the worker judge a tensor.
func (c *Client) ask(ctx context.Context, tensor []byte) (Scores, error) {
	if err := c.enter(ctx); err != nil {
		return Scores{}, err
	}
	defer c.leave()
	if err := c.refusal(); err != nil {
		return Scores{}, err
	}
	p, err := c.keeper.Get(ctx)
	if err != nil {
		return Scores{}, explain(err)
	}
	scores, own := c.unanswered(p)
	if !own {
		return Scores{}, notReady(p.Err())
	}
	answer, _, err := runner{c.o.Pack, p}.run(ctx, tensor)
	scores.Probabilities, scores.Unlikeness = answer.Probabilities, answer.Unlikeness
	if err == nil {
		err = c.trust(ctx, p, tensor, answer)
	}
	if err == nil && c.Doubted(scores.Period) { // it was on its way while another still had the model tested
		err = c.refusal()
		if err == nil {
			err = notReady(errBroken)
		}
	}
	err = explain(err)
	c.note(err)
	return scores, err
}

// unanswered is an answer without probabilities: who gives it, and in which self-test period. It is false if the worker is not
// the one that passed last.
func (c *Client) unanswered(p *worker.Process) (s Scores, own bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.process != p {
		return Scores{}, false
	}
	return Scores{Labels: c.o.Pack.Manifest.Output.Labels, Model: c.o.Pack.Ref(c.engine), Period: c.period}, true
}

// prepare makes the input tensor of an original still.
func prepare(spec preprocess.Spec, in Input, fraction float64) ([]float32, error) {
	rgb, w, h, err := preprocess.Decode(in.JPEG)
	if err != nil {
		return nil, err
	}
	return spec.Tensor(rgb, w, h, preprocess.Field(w, h, in.Field, fraction))
}

// usable says why no picture can be judged whatever it shows.
func (c *Client) usable() error {
	if c.unfit != nil {
		return c.unfit
	}
	if c.o.Pack != nil {
		return c.o.Pack.CheckExpiry(c.o.Clock.Bounded())
	}
	if e, ok := errors.AsType[*appliance.Error](c.o.Refused); ok {
		return e
	}
	return appliance.E(appliance.NotFound, "inference.no_model", c.o.Refused)
}

// refusal says whether waiting for a worker is vain: the last one could not load the model, or answered wrongly. Another
// is started all the same, after a wait, because IT may have mended the cause. A model that failed self-tests while it was in use
// again and again stays out of use.
func (c *Client) refusal() error {
	c.mu.Lock()
	failed := c.failed
	if c.stuck.out != nil {
		failed = c.stuck.out
	}
	c.mu.Unlock()
	if failed != nil {
		return failed
	}
	s := c.keeper.State()
	e, ok := errors.AsType[*appliance.Error](s.Err)
	if !ok || s.Phase == worker.Ready || !strings.HasPrefix(e.Key, "inference.") || passing(e.Key) {
		return nil
	}
	return e
}
