package camera

import (
	"context"
	"errors"

	"dermbox/appliance"
)

// NextAfter waits for the first frame that was surely exposed after the press: by the stream's or the driver's clock, or,
// where neither is known, the second frame that arrived after it. A frame that came before in this stream, to the bit, is
// refused as "camera.error.frozen", one of another size as "camera.error.wrong_size", a third damaged one as
// "camera.error.damaged"; the frame that is given has passed CheckScan. When none comes within ClientOptions.Wait, or the camera is away, the error is Unavailable and
// its key says how the camera stands. All of them are worth another press.
func (c *Client) NextAfter(ctx context.Context, pressed appliance.Stamp) (Frame, error) {
	if err := c.away(); err != nil {
		return Frame{}, err
	}
	w := &waiter{pressed: pressed, done: make(chan outcome, 1)}
	c.await(w)
	defer func() {
		c.mu.Lock()
		delete(c.waiters, w)
		c.mu.Unlock()
	}()
	limit, cancel := context.WithTimeout(ctx, c.o.Wait)
	defer cancel()
	for {
		select {
		case o := <-w.done:
			if w.whole(&o) {
				c.await(w)
				continue
			}
			return o.frame, o.err
		case <-limit.Done():
			if errors.Is(ctx.Err(), context.Canceled) {
				return Frame{}, ctx.Err()
			}
			return Frame{}, c.noFrame(limit.Err())
		}
	}
}

// await has the pump show the waiter each frame until one is answered.
func (c *Client) await(w *waiter) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiters[w] = struct{}{}
}

// away refuses at once where waiting a moment cannot help.
func (c *Client) away() error {
	switch s := c.State(); s.Key {
	case StateUnreachable, StateNoWorker, StateStopped:
		return c.noFrame(nil)
	}
	return nil
}

// noFrame is the error for a camera that gave nothing, by its state.
func (c *Client) noFrame(cause error) error {
	key := "camera.error.no_frame"
	switch c.State().Key {
	case StateUnreachable, StateOpening:
		key = "camera.error.unreachable"
	case StateNoWorker, StateStopped:
		key = "camera.error.no_worker"
	case StateStalled:
		key = "camera.error.stalled"
	}
	return appliance.E(appliance.Unavailable, key, cause, "source", c.o.Source.Name())
}
