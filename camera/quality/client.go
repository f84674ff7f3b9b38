package quality

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/worker"
	"dermbox/camera"
	"dermbox/camera/quality/card"
)

// The states of the judge, as keys of the catalogue.
const (
	StateStarting = "quality.state.starting"
	StateReady    = "quality.state.ready"
	StateDown     = "quality.state.down" // it crashed or does not start; another is being started
	StateStopped  = "quality.state.stopped"
)

// ClientOptions is what a Client needs. All but WorkerArgs, WorkerEnv and Stall must be set.
type ClientOptions struct {
	WorkerPath string        // the dermbox-imaging binary
	WorkerArgs []string      // nil: "judge"
	WorkerEnv  []string      // added to the worker's environment, which inherits nothing
	Stall      time.Duration // silence after which a judge that owes an answer is killed; 0: three seconds
	Log        *slog.Logger
	Clock      appliance.Clock
}

// Client keeps the judge worker alive and asks it. It is safe for concurrent use.
type Client struct {
	o      ClientOptions
	keeper *worker.Keeper

	mu    sync.Mutex
	key   string
	since appliance.Stamp
}

// maxBody is the largest message of the judge: the pixels of the largest picture.
const maxBody = 3*camera.MaxPixels + 1<<20

// stall is how long the judge may think about one still; a decode takes some 20 ms. It is shorter than a press of Capture
// waits for a verdict, five seconds, so that a hung judge is noticed and the next press has another.
const stall = 3 * time.Second

// NewClient gives a client that answers Unavailable until Serve runs.
func NewClient(o ClientOptions) *Client {
	if o.WorkerArgs == nil {
		o.WorkerArgs = []string{"judge"}
	}
	if o.Stall <= 0 {
		o.Stall = stall
	}
	c := &Client{o: o, key: StateStopped, since: o.Clock.Now()}
	spec := worker.Spec{
		Name: "judge", Path: o.WorkerPath, Args: o.WorkerArgs,
		Env:    append([]string{"OPENCV_LOG_LEVEL=ERROR", "OPENCV_IO_MAX_IMAGE_PIXELS=50000000"}, o.WorkerEnv...),
		Limits: worker.Limits{AddressSpace: 8 << 30, OpenFiles: 256, FileSize: 4096}, MaxBody: maxBody, Stall: o.Stall,
		Restart: worker.Restart{Min: 100 * time.Millisecond, Max: 5 * time.Second, Settled: 5 * time.Second}, Log: o.Log,
	}
	c.keeper = worker.NewKeeper(spec, worker.Hooks{
		OnStart: func(context.Context, *worker.Process) error { c.set(StateReady); return nil },
		OnStop:  func(error) { c.set(StateDown) },
	})
	return c
}

// Serve runs the worker until ctx ends and returns its error; a crashed worker is replaced.
func (c *Client) Serve(ctx context.Context) error {
	c.set(StateStarting)
	defer c.set(StateStopped)
	return c.keeper.Serve(ctx)
}

// State tells how the judge stands, as one of the State constants, and since when.
func (c *Client) State() (key string, since appliance.Stamp) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.key, c.since
}

func (c *Client) set(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.key != key {
		c.key, c.since = key, c.o.Clock.Now()
	}
}

// Measure has a still decoded and measured in the worker and judges it by the profile. The error is Invalid
// "camera.error.damaged" for a picture that cannot be decoded, Unavailable "quality.error.unavailable" when the judge does
// not answer before ctx ends.
func (c *Client) Measure(ctx context.Context, jpeg []byte, p *Profile) (appliance.Verdict, error) {
	m, err := c.Metrics(ctx, jpeg, p.Part)
	if err != nil {
		return appliance.Verdict{}, err
	}
	return Judge(p, m), nil
}

// Metrics has a part of a still decoded and measured in the worker; errors are Measure's.
func (c *Client) Metrics(ctx context.Context, jpeg []byte, part Part) (m Metrics, err error) {
	_, err = c.call(ctx, CallMeasure, Look{part}, jpeg, &m)
	return m, err
}

// Live has a part of a frame of the live picture decoded at a reduced size and measured in the worker, which takes a third of the time:
// Metrics.Live is set, and what needs every pixel is left out. Errors are Measure's.
func (c *Client) Live(ctx context.Context, jpeg []byte, part Part) (m Metrics, err error) {
	_, err = c.call(ctx, CallLive, Look{part}, jpeg, &m)
	return m, err
}

// Lesion gives the lesion's mask in a still, all 0 where none was found; Mask says what its bytes are. Errors are Measure's.
func (c *Client) Lesion(ctx context.Context, jpeg []byte) (m Mask, mask []byte, err error) {
	mask, err = c.call(ctx, CallLesion, nil, jpeg, &m)
	if err != nil {
		return Mask{}, nil, err
	}
	if m.Width < 1 || m.Height < 1 || m.Width > camera.MaxPixels || len(mask) != m.Width*m.Height || !(m.Scale > 0 && m.Scale <= 1) {
		return Mask{}, nil, appliance.E(appliance.Internal, "quality.error.unavailable", errors.New("mask does not fit its size"))
	}
	return m, mask, nil
}

// Card has a still looked through for a reference card; errors are Measure's. A still without a card is no error: the reading
// says so.
func (c *Client) Card(ctx context.Context, jpeg []byte) (r card.Reading, err error) {
	_, err = c.call(ctx, CallCard, nil, jpeg, &r)
	return r, err
}

func (c *Client) call(ctx context.Context, typ string, asked any, jpeg []byte, resp any) ([]byte, error) {
	if len(jpeg) == 0 || len(jpeg) > camera.MaxJPEG {
		return nil, appliance.E(appliance.Invalid, "camera.error.damaged", errors.New("empty or too large"))
	}
	p, err := c.keeper.Get(ctx)
	if err != nil {
		return nil, appliance.E(appliance.Unavailable, "quality.error.unavailable", err)
	}
	body, err := p.Call(ctx, typ, asked, jpeg, resp)
	if err != nil && appliance.CodeOf(err) != appliance.Invalid {
		return nil, appliance.E(appliance.Unavailable, "quality.error.unavailable", err)
	}
	return body, err
}
