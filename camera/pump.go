package camera

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/worker"
)

// start opens the camera in a new worker and begins to take its frames.
func (c *Client) start(ctx context.Context, p *worker.Process) error {
	ctx, cancel := context.WithTimeout(ctx, c.o.Open)
	defer cancel()
	var opened Opened
	if _, err := p.Call(ctx, CallOpen, OpenRequest{c.o.Source}, nil, &opened); err != nil {
		return err
	}
	c.mu.Lock()
	c.opened, c.rate, c.first, c.bad = &opened, rate{}, [2]int{}, 0
	c.mu.Unlock()
	c.pumps.Go(func() { c.pump(p) })
	return nil
}

// stopped is told why the worker ended or would not start.
func (c *Client) stopped(err error) {
	key := StateUnreachable
	e, ok := errors.AsType[*appliance.Error](err)
	switch {
	case ok && (e.Key == worker.KeyStart || e.Key == "camera.error.no_opencv"):
		key = StateNoWorker
	case ok && e.Key == worker.KeyClosed && c.State().Key == StateStalled: // by pump
		key = StateStalled
	}
	c.setState(key)
}

// pump takes the worker's events until it is over, and ends a worker that gives no frame for too long: its read from the
// camera cannot be cancelled in any other way.
func (c *Client) pump(p *worker.Process) {
	silence := time.NewTimer(c.o.Stall)
	defer silence.Stop()
	for {
		select {
		case e, ok := <-p.Events():
			if !ok {
				return
			}
			silence.Reset(c.o.Stall)
			if !c.take(e) {
				_ = p.Close() // always nil
				return
			}
		case <-silence.C:
			c.setState(StateStalled)
			_ = p.Close() // always nil
			return
		}
	}
}

// take handles one event; false ends the worker.
func (c *Client) take(e worker.Event) bool {
	switch e.Type {
	case EventFrame:
		var h FrameHeader
		if json.Unmarshal(e.Data, &h) != nil {
			return false
		}
		c.frame(h, e.Body)
		return true
	case EventEnded:
		return false
	}
	return true
}

// frame judges one frame, shows it if it is good, and answers those who wait for one.
func (c *Client) frame(h FrameHeader, jpeg []byte) {
	f := Frame{Seq: h.Seq, JPEG: jpeg, Arrived: c.stamper.arrived(h)}
	if f.Seq == 0 {
		f.Seq = h.Count
	}
	f.Exposed, f.ExposureClock = c.stamper.exposed(h, f.Arrived)
	var err error
	f.ScanSHA256, f.Width, f.Height, err = ScanHash(jpeg)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rate.add(h.Count, f.Arrived.Mono)
	o := c.judgeLocked(f, err)
	c.noteLocked(o)
	for w := range c.waiters {
		if w.consider(o) {
			delete(c.waiters, w)
		}
	}
	if o.err == nil && !o.repeated {
		c.hub.Publish(f)
	}
}

// judgeLocked says whether a frame can be used.
func (c *Client) judgeLocked(f Frame, err error) outcome {
	if err != nil {
		return outcome{frame: f, err: err, state: StateDamaged}
	}
	if err := c.sizeLocked(f); err != nil {
		return outcome{frame: f, err: err, state: StateWrongSize}
	}
	if c.recent.seen(f.ScanSHA256) {
		return outcome{frame: f, repeated: true, state: StateFrozen}
	}
	return outcome{frame: f, state: StateReady}
}

// sizeLocked refuses a frame that is not of the size asked for, or, where none was asked for, of the stream's first frame.
func (c *Client) sizeLocked(f Frame) error {
	w, h := c.o.Source.Settings.Width, c.o.Source.Settings.Height
	if w == 0 || h == 0 {
		if c.first == [2]int{} {
			c.first = [2]int{f.Width, f.Height}
		}
		w, h = c.first[0], c.first[1]
	}
	if f.Width == w && f.Height == h {
		return nil
	}
	cause := fmt.Errorf("frame of %d x %d", f.Width, f.Height)
	return appliance.E(appliance.Unavailable, "camera.error.wrong_size", cause, "width", strconv.Itoa(f.Width),
		"height", strconv.Itoa(f.Height), "want_width", strconv.Itoa(w), "want_height", strconv.Itoa(h))
}

// noteLocked moves the camera's state: at once for the better, for the worse after more than a few bad frames in a row.
func (c *Client) noteLocked(o outcome) {
	if o.state == StateReady {
		c.bad = 0
		c.setStateLocked(StateReady)
		return
	}
	c.bad++
	if c.bad > tolerated {
		c.setStateLocked(o.state)
	}
}
