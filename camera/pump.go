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
	source := c.source()
	c.mu.Lock()
	found := c.found
	c.current = p
	c.mu.Unlock()
	if !source.USB.IsZero() {
		c.pumps.Go(func() { c.guard(p, found) })
	}
	var opened Opened
	if _, err := p.Call(ctx, CallOpen, OpenRequest{source}, nil, &opened); err != nil {
		return err
	}
	if !source.USB.IsZero() {
		opened.USB, opened.Port = found.ID(), found.Port
	}
	c.mu.Lock()
	c.opened, c.rate, c.first, c.bad = &opened, rate{}, [2]int{}, 0
	c.forgot, c.moving = ControlReading{}, false
	c.past.previews, c.past.stills = order{}, order{}
	c.mu.Unlock()
	c.pumps.Go(func() { c.pump(p) })
	return nil
}

// stopped is told why the worker ended or would not start.
func (c *Client) stopped(err error) {
	key, params := StateUnreachable, []string(nil)
	e, ok := errors.AsType[*appliance.Error](err)
	switch was := c.State().Key; {
	case ok && (e.Key == worker.KeyStart || e.Key == "camera.error.no_opencv"):
		key = StateNoWorker
	case ok && e.Key == "camera.error.wrong_format":
		key, params = StateWrongFormat, []string{"asked", e.Params["asked"], "got", e.Params["got"]}
	case was == StateUnplugged:
		return // by guard
	case ok && e.Key == worker.KeyClosed && was == StateStalled: // by pump
		key = StateStalled
	}
	if key == StateUnreachable && !c.o.Source.USB.IsZero() {
		if _, err := c.find(); err != nil { // the driver noticed first
			key, params = stateOf(err)
		}
	}
	c.stop(key, params...)
}

// stop moves to a state without a worker. Whoever waits for a frame goes on waiting where the next worker may give it in time.
func (c *Client) stop(key string, params ...string) {
	if key == StateUnplugged || key == StateAmbiguous {
		c.lose(nil, key, params...)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.current = nil
	c.setStateLocked(key, params...)
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
			silence.Reset(c.patienceAfter(e))
			if !c.take(p, e) {
				_ = p.Close() // always nil
				return
			}
		case <-silence.C:
			c.stalled(p)
			return
		}
	}
}

// patienceAfter gives how long a worker may be silent after an event: a stall's time, longer only while the camera changes its
// mode, and by one frame of the still mode, which may be a slow one.
func (c *Client) patienceAfter(e worker.Event) time.Duration {
	var p Progress
	if e.Type != EventProgress || json.Unmarshal(e.Data, &p) != nil || c.o.Source.Still == nil {
		return c.o.Stall
	}
	if p.Switching {
		return max(c.o.Stall, c.o.Switch)
	}
	frame := time.Duration(0)
	if fps := c.o.Source.Still.FPS; fps > 0 {
		frame = time.Duration(min(float64(time.Second)/fps, float64(c.o.Switch)))
	}
	return c.o.Stall + frame
}

// stalled ends a worker that is silent, unless it lost its camera in another way.
func (c *Client) stalled(p *worker.Process) {
	c.mu.Lock()
	if c.current == p {
		c.current = nil
		c.setStateLocked(StateStalled)
	}
	c.mu.Unlock()
	_ = p.Close() // always nil
}

// take handles one event; false ends the worker.
func (c *Client) take(p *worker.Process, e worker.Event) bool {
	switch e.Type {
	case EventFrame:
		var h FrameHeader
		if json.Unmarshal(e.Data, &h) != nil {
			return false
		}
		c.frame(p, h, e.Body)
	case EventSettings:
		var checked Checked
		if json.Unmarshal(e.Data, &checked) != nil {
			return false
		}
		c.reading(p, checked)
	case EventEnded:
		return false
	}
	return true
}

// framed gives a frame with the times that the worker's word is worth.
func (c *Client) framed(h FrameHeader, jpeg []byte) Frame {
	f := Frame{Seq: h.Seq, JPEG: jpeg, Arrived: c.stamper.arrived(h), Encoding: h.Encoding}
	if f.Seq == 0 {
		f.Seq = h.Count
	}
	f.Exposed, f.ExposureClock = c.stamper.exposed(h, f.Arrived)
	return f
}

// frame judges one frame, shows it if it is good, and answers those who wait for one. A frame of a worker that has lost its
// camera was on its way when that happened, and counts no more.
func (c *Client) frame(p *worker.Process, h FrameHeader, jpeg []byte) {
	f := c.framed(h, jpeg)
	var err error
	f.ScanSHA256, f.Width, f.Height, err = ScanHash(jpeg)
	closely := c.closely()
	if err == nil && closely {
		err = c.scrutinise(jpeg)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.current != p {
		return
	}
	c.rate.add(h.Count, f.Arrived.Mono)
	o := c.past.previews.judge(h, c.judgeLocked(f, err, c.previewLocked(f)))
	c.noteLocked(o)
	for s := range c.surveys {
		if closely { // else it came as the survey began
			s.add(o)
		}
	}
	good := o.err == nil && !o.repeated
	if !good || c.moving {
		c.answerLocked(o)
	}
	if good {
		c.moving = true
		c.hub.Publish(f)
	}
}

// answerLocked shows a frame to those who wait for one. An opening's first good frame is not: it has nothing to be held
// against, and a camera that stands still would look new by being opened again.
func (c *Client) answerLocked(o outcome) {
	for w := range c.waiters {
		if w.consider(o) {
			delete(c.waiters, w)
		}
	}
}

// previewLocked gives the size that a frame of the preview must have: the one asked for, or the stream's first.
func (c *Client) previewLocked(f Frame) Settings {
	want := c.o.Source.Settings
	if want.Width == 0 || want.Height == 0 {
		if c.first == [2]int{} {
			c.first = [2]int{f.Width, f.Height}
		}
		want.Width, want.Height = c.first[0], c.first[1]
	}
	return want
}

// judgeLocked says whether a frame can be used, which must be of the size of want; damage is what ScanHash said of it.
func (c *Client) judgeLocked(f Frame, damage error, want Settings) outcome {
	switch {
	case damage != nil:
		return outcome{frame: f, err: damage, state: StateDamaged}
	case f.Width != want.Width || f.Height != want.Height:
		return outcome{frame: f, err: wrongSize(f, want), state: StateWrongSize}
	case c.recent.seen(f.ScanSHA256):
		return outcome{frame: f, repeated: true, state: StateFrozen}
	}
	return outcome{frame: f, state: StateReady}
}

func wrongSize(f Frame, want Settings) error {
	cause := fmt.Errorf("frame of %d x %d", f.Width, f.Height)
	return appliance.E(appliance.Unavailable, "camera.error.wrong_size", cause, "width", strconv.Itoa(f.Width),
		"height", strconv.Itoa(f.Height), "want_width", strconv.Itoa(want.Width), "want_height", strconv.Itoa(want.Height))
}

// noteLocked moves the camera's state: at once for the better, for the worse after more than a few bad frames in a row.
func (c *Client) noteLocked(o outcome) {
	if o.state == StateReady {
		c.bad = 0
		c.readyLocked()
		return
	}
	c.bad++
	if c.bad <= tolerated {
		return
	}
	var params []string
	if e, ok := errors.AsType[*appliance.Error](o.err); ok && o.state == StateWrongSize {
		for name, value := range e.Params {
			params = append(params, name, value)
		}
	}
	c.setStateLocked(o.state, params...)
}
