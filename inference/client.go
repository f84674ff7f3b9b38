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
	Clock      appliance.BoundedClock
	Log        *slog.Logger // nil: no log
}

// Client is the Classifier of the appliance: it keeps an inference worker running and asks it.
type Client struct {
	o      ClientOptions
	keeper *worker.Keeper

	mu     sync.Mutex
	engine string // of the worker that is ready
	ended  bool   // a worker has ended
	worked bool   // the last one that ended had passed its self-test
	died   int64  // when it ended, on the clock's Mono
}

// NewClient makes a Client; Serve starts its worker.
func NewClient(o ClientOptions) *Client {
	c := &Client{o: o.withDefaults()}
	c.keeper = worker.NewKeeper(c.o.spec(), worker.Hooks{OnStart: c.load, OnStop: c.stopped})
	return c
}

func (o ClientOptions) withDefaults() ClientOptions {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Stall <= 0 {
		o.Stall = stall
	}
	return o
}

// Serve keeps the worker running until ctx ends, and returns ctx's error. Without a model it only waits.
func (c *Client) Serve(ctx context.Context) error {
	if c.o.Pack == nil {
		<-ctx.Done()
		return ctx.Err()
	}
	return c.keeper.Serve(ctx)
}

// Assess prepares the picture, runs the model and checks its answer. See Classifier; the keys of its errors are
// inference.no_model or the pack's own refusal, signed.expired, inference.optics, inference.picture, inference.deadline,
// inference.not_ready, inference.worker, inference.bad_output.
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
	if err := c.refusal(); err != nil {
		return Scores{}, err
	}
	p, err := c.keeper.Get(ctx)
	if err != nil {
		return Scores{}, explain(err)
	}
	probabilities, _, err := runner{c.o.Pack, p}.run(ctx, tensor)
	if err != nil {
		return Scores{}, explain(err)
	}
	return Scores{
		Labels: m.Output.Labels, Probabilities: probabilities, Model: c.o.Pack.Ref(c.currentEngine()),
		TookMS: float64(time.Since(began).Microseconds()) / 1000,
	}, nil
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
	if c.o.Pack != nil {
		return c.o.Pack.CheckExpiry(c.o.Clock.Bounded())
	}
	if e, ok := errors.AsType[*appliance.Error](c.o.Refused); ok {
		return e
	}
	return appliance.E(appliance.NotFound, "inference.no_model", c.o.Refused)
}

// refusal says whether waiting for a worker is vain: the last one could not load the model, or answered wrongly. Another
// is started all the same, after a wait, because IT may have mended the cause.
func (c *Client) refusal() error {
	s := c.keeper.State()
	e, ok := errors.AsType[*appliance.Error](s.Err)
	if !ok || s.Phase == worker.Ready || !strings.HasPrefix(e.Key, "inference.") {
		return nil
	}
	switch e.Key {
	case "inference.worker", "inference.deadline":
		return nil // it died or was slow: the next one may do
	}
	return e
}

// explain gives a failure of the worker the key of what it means here.
func explain(err error) error {
	if err == nil {
		return nil
	}
	e, ok := errors.AsType[*appliance.Error](err)
	switch {
	case !ok:
		return appliance.E(appliance.Internal, "inference.worker", err)
	case strings.HasPrefix(e.Key, "inference."):
		return e
	case e.Key == worker.KeyNotReady:
		return appliance.E(appliance.Unavailable, "inference.not_ready", err)
	case e.Key == worker.KeyDeadline:
		return appliance.E(appliance.Unavailable, "inference.deadline", err)
	default:
		return appliance.E(appliance.Unavailable, "inference.worker", err)
	}
}
