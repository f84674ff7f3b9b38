package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/durable"
)

// SoakOptions say how long, and where the report goes.
type SoakOptions struct {
	Minutes float64
	Report  string // a file; "" for none
}

// The soak's rhythm: a sample each five seconds, a case at an interval, and after each second case a fault of the camera.
const (
	sampleEvery = 5 * time.Second
	caseEvery   = 10 * time.Second
	faultLasts  = 4 * time.Second
	recovery    = 30 * time.Second // how long the camera may take to be well again on a busy machine
	warmUpLeast = 30 * time.Second
)

// The faults are injected in turns. Those that end the camera's worker come in the first half only: what a worker loses with
// each frame adds up only while it lives.
var (
	faults        = []string{"stall", "drop", "freeze", "corrupt"}
	survivedFault = []string{"freeze", "corrupt"}
)

// Soak is `make soak`: the real programs, a viewer who watches all the time, cases one after the other, and a camera that fails
// now and then, while the use of memory, descriptors and goroutines is sampled. Growth over the bounds of trends is an error.
func Soak(ctx context.Context, o Options, s SoakOptions) (err error) {
	if s.Minutes <= 0 {
		return appliance.FieldError("minutes", "demo.soak_minutes")
	}
	table := o.Out
	o.Out, o.Network = io.Discard, true
	d, err := New(o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{{"setup", d.Setup}, {"camera", d.StartScope}, {"box", d.StartBox}, {"card", d.Calibrate}} {
		if err := step.do(ctx); err != nil {
			return &StepError{step.name, err}
		}
	}
	k := &soak{Demo: d, began: time.Now(), table: table, length: time.Duration(s.Minutes * float64(time.Minute))}
	if err := k.run(ctx); err != nil {
		return err
	}
	return k.conclude(s)
}

// soak is one run.
type soak struct {
	*Demo
	began  time.Time
	length time.Duration
	table  io.Writer

	signedIn atomic.Pointer[Browser] // that signed in last: a session ends when nothing is asked for some minutes

	mu      sync.Mutex
	samples []Sample
	tally   Tally
	fault   string // that is in force now
}

// Tally is what happened so far.
type Tally struct {
	Cases     int `json:"cases"`
	Faults    int `json:"faults"`
	Frames    int `json:"frames"` // that the viewer drew
	Stalls    int `json:"stalls"` // that the viewer was told of
	Reconnect int `json:"reconnects"`
}

// enough gives an error when nothing happened that could have lost something.
func (t Tally) enough() error {
	if t.Cases > 0 && t.Faults > 0 && t.Frames > 0 {
		return nil
	}
	return appliance.E(appliance.Internal, "demo.soak_idle", nil,
		"cases", strconv.Itoa(t.Cases), "faults", strconv.Itoa(t.Faults), "frames", strconv.Itoa(t.Frames))
}

// since gives what happened after an earlier tally.
func (t Tally) since(e Tally) Tally {
	return Tally{Cases: t.Cases - e.Cases, Faults: t.Faults - e.Faults, Frames: t.Frames - e.Frames, Stalls: t.Stalls - e.Stalls,
		Reconnect: t.Reconnect - e.Reconnect}
}

// half gives the tally at half time: a run whose second half stood still shows nothing of the first half's leaks.
func (k *soak) half() Tally {
	var last Tally
	for _, s := range k.samples {
		if s.At > k.length.Seconds()/2 {
			break
		}
		last = s.Tally
	}
	return last
}

// run keeps viewer, cases and samples going until the time is over or one of them fails.
func (k *soak) run(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, k.length, errOver)
	defer cancel()
	v, err := k.Begin(ctx)
	if err != nil {
		return err
	}
	var others sync.WaitGroup
	defer others.Wait()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	k.signedIn.Store(v.Browser)
	others.Go(func() { k.view(ctx) })
	others.Go(func() { stop(k.sample(ctx)) })
	err = k.cases(ctx, v)
	if ctx.Err() != nil { // the time is over, somebody wants to stop, or a sample failed
		if err = context.Cause(ctx); errors.Is(err, errOver) {
			return nil
		}
	}
	return err
}

var errOver = errors.New("the time is over")

// cases takes cases from the first photograph to sign-off; v is the first one.
func (k *soak) cases(ctx context.Context, v *Visit) (err error) {
	for n := 1; ; n++ {
		for _, step := range []func(context.Context) error{v.Capture, v.SignOff} {
			if err := step(ctx); err != nil {
				return &StepError{"case", err}
			}
		}
		k.count(func(t *Tally) { t.Cases++ })
		if n%2 == 0 {
			turn := faults
			if time.Since(k.began) > k.length/2 {
				turn = survivedFault
			}
			if err := k.fail(ctx, turn[n/2%len(turn)]); err != nil {
				return err
			}
		}
		if err := sleep(ctx, caseEvery); err != nil {
			return err
		}
		if v, err = k.Begin(ctx); err != nil {
			return err
		}
		k.signedIn.Store(v.Browser)
	}
}

// fail has the camera fail for a while, and waits until it is well again.
func (k *soak) fail(ctx context.Context, fault string) error {
	if err := k.ScopeFault(ctx, fault); err != nil {
		return &StepError{"fault", err}
	}
	k.count(func(t *Tally) { t.Faults++; k.fault = fault })
	if err := sleep(ctx, faultLasts); err != nil {
		return err
	}
	if err := k.ScopeFault(ctx, "none"); err != nil {
		return &StepError{"fault", err}
	}
	k.count(func(*Tally) { k.fault = "" })
	if err := k.box.WaitReady(ctx, recovery, func(ctx context.Context) error { return k.ready(ctx, "") }); err != nil {
		return &StepError{"recovery from " + fault, err}
	}
	return nil
}

// view watches the live picture, and opens it again when it was lost.
func (k *soak) view(ctx context.Context) {
	for ctx.Err() == nil {
		if live, err := k.signedIn.Load().Live(ctx); err == nil {
			stop := context.AfterFunc(ctx, func() { live.conn.Close() })
			k.watch(live)
			stop()
			live.conn.Close()
		}
		if sleep(ctx, time.Second) == nil {
			k.count(func(t *Tally) { t.Reconnect++ })
		}
	}
}

func (k *soak) watch(live *Live) {
	for {
		m, err := live.Next()
		switch {
		case err != nil:
			return
		case m.JPEG != nil:
			k.count(func(t *Tally) { t.Frames++ })
		case !m.Ready:
			k.count(func(t *Tally) { t.Stalls++ })
		}
	}
}

func (k *soak) count(change func(*Tally)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	change(&k.tally)
}

// conclude fits the trends, prints and reports them, and fails if something grew or the soak showed nothing.
func (k *soak) conclude(s SoakOptions) error {
	trends, short := Trends(k.samples, k.length)
	fmt.Fprintf(k.table, "\n%-28s %10s %10s %10s %10s\n", "after the warm-up", "first", "last", "growth", "bound")
	var grown []string
	for _, t := range trends {
		verdict := "ok"
		if t.Grew {
			verdict = "GREW"
			grown = append(grown, fmt.Sprintf("%s by %.1f %s (bound %g)", t.What, t.Growth, t.Unit, t.Bound))
		}
		fmt.Fprintf(k.table, "%-28s %10.1f %10.1f %+10.1f %10.1f %s\n", t.What+", "+t.Unit, t.First, t.Last, t.Growth, t.Bound, verdict)
	}
	if s.Report != "" {
		raw, err := json.MarshalIndent(map[string]any{
			"minutes": s.Minutes, "began": k.began.UTC(), "tally": k.tally, "trends": trends, "samples": k.samples,
		}, "", "  ")
		if err == nil {
			err = durable.WriteFile(s.Report, append(raw, '\n'), os.FileMode(0o644))
		}
		if err != nil {
			return &StepError{"report", err}
		}
	}
	if err := errors.Join(k.tally.since(k.half()).enough(), short); err != nil {
		return &StepError{"soak", err}
	}
	if len(grown) > 0 {
		return &StepError{"soak", appliance.E(appliance.Internal, "demo.soak_grew", nil, "what", strings.Join(grown, ", "))}
	}
	return nil
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
