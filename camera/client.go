package camera

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/worker"
	"dermbox/camera/usb"
)

// ClientOptions is what a Client needs. All but WorkerEnv and the times must be set.
type ClientOptions struct {
	WorkerPath string   // the dermbox-imaging binary
	WorkerArgs []string // nil: "camera"
	WorkerEnv  []string // added to the worker's environment, which inherits nothing
	Source     Source
	Log        *slog.Logger
	Clock      appliance.Clock
	Stall      time.Duration // without a frame for so long the worker is killed; 0: one second
	Open       time.Duration // how long opening may take; 0: fifteen seconds
	Wait       time.Duration // how long NextAfter waits at most; 0: three seconds
	Switch     time.Duration // how much longer where the source has a still mode, and how long its switch may take; 0: five seconds
	SysRoot    string        // where USB cameras are looked for; "": /sys
	DevRoot    string        // where their devices lie; "": /dev

	Probe func(node string) error // tries whether a camera's device may be opened; nil: OpenNode
}

// Client keeps the camera worker alive and has its newest frames. It is safe for concurrent use.
type Client struct {
	o       ClientOptions
	keeper  *worker.Keeper
	hub     *Hub
	stamper stamper
	pumps   sync.WaitGroup
	scrutiny

	mu      sync.Mutex
	state   State
	current *worker.Process // whose frames count; nil while no camera is open
	found   usb.Device      // the USB camera that the next worker opens
	changed chan struct{}   // closed and replaced with each change of state
	opened  *Opened
	forgot  ControlReading // the last setting that was found to differ
	past    struct{ previews, stills order }
	moving  bool   // a good frame has come since the camera was opened
	first   [2]int // width and height of the stream's first good frame
	bad     int    // frames in a row that could not be used
	recent  *recent
	rate    rate
	waiters map[*waiter]struct{}
	surveys map[*surveyor]struct{}
}

// NewClient gives a client that does nothing until Serve. It fails when the source is not a possible one.
func NewClient(o ClientOptions) (*Client, error) {
	if err := o.Source.Check(); err != nil {
		return nil, err
	}
	o = o.withDefaults()
	c := &Client{
		o: o, hub: NewHub(), stamper: stamper{o.Clock}, recent: newRecent(), waiters: map[*waiter]struct{}{}, surveys: map[*surveyor]struct{}{},
		state: State{Key: StateStopped, Since: o.Clock.Now()}, changed: make(chan struct{}),
	}
	c.keeper = worker.NewKeeper(o.spec(), worker.Hooks{Before: c.before, OnStart: c.start, OnStop: c.stopped, Pause: pause})
	return c, nil
}

func (o ClientOptions) withDefaults() ClientOptions {
	if o.WorkerArgs == nil {
		o.WorkerArgs = []string{"camera"}
	}
	if o.Stall <= 0 {
		o.Stall = time.Second
	}
	if o.Open <= 0 {
		o.Open = 15 * time.Second
	}
	if o.Wait <= 0 {
		o.Wait = 3 * time.Second
	}
	if o.Switch <= 0 {
		o.Switch = 5 * time.Second
	}
	if o.SysRoot == "" {
		o.SysRoot = "/sys"
	}
	if o.DevRoot == "" {
		o.DevRoot = "/dev"
	}
	if o.Probe == nil {
		o.Probe = OpenNode
	}
	return o
}

// spec says how to run the worker. Address space is what OpenCV's libraries, FFmpeg's threads and Go's arenas reserve, not
// what they use.
func (o ClientOptions) spec() worker.Spec {
	return worker.Spec{
		Name: "camera", Path: o.WorkerPath, Args: o.WorkerArgs,
		Env:     append([]string{"OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT=2", "OPENCV_LOG_LEVEL=ERROR"}, o.WorkerEnv...),
		Limits:  worker.Limits{AddressSpace: 8 << 30, OpenFiles: 256, FileSize: 4096},
		MaxBody: MaxJPEG, Queue: 8, Grace: 500 * time.Millisecond,
		Restart: worker.Restart{Min: 200 * time.Millisecond, Max: 5 * time.Second, Settled: 5 * time.Second},
		Log:     o.Log,
	}
}

// camerasBack is the longest wait before a camera that failed is opened again, so that one that is well again is seen within
// five seconds.
const camerasBack = 2 * time.Second

// pause shortens the wait for a camera. A worker that dies is a fault of ours, and its waits grow as the Keeper plans.
func pause(err error, planned time.Duration) time.Duration {
	if e, ok := errors.AsType[*appliance.Error](err); ok && (e.Key == worker.KeyDied || e.Key == worker.KeyStart || e.Key == worker.KeyProtocol) {
		return planned
	}
	return min(planned, camerasBack)
}

// Serve runs the camera until ctx ends and returns its error; a stalled or crashed worker is killed and another is started.
// It may be called once.
func (c *Client) Serve(ctx context.Context) error {
	c.setState(StateOpening)
	err := c.keeper.Serve(ctx)
	c.pumps.Wait()
	c.lose(nil, StateStopped)
	c.hub.Close()
	return err
}

// Hub gives the hub that shows each good frame, for the preview. It is closed when Serve ends.
func (c *Client) Hub() *Hub { return c.hub }

// Patience gives how long NextAfter takes at most.
func (c *Client) Patience() time.Duration {
	if c.o.Source.Still != nil {
		return c.o.Wait + c.o.Switch
	}
	return c.o.Wait
}

// Opened tells how the camera was opened last and how its settings were last read back; ok is false before the first time.
func (c *Client) Opened() (o Opened, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.opened == nil {
		return Opened{}, false
	}
	o = *c.opened
	o.MeasuredFPS = c.rate.perSecond()
	return o, true
}
