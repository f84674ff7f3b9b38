package camera

import (
	"context"
	"errors"

	"dermbox/appliance"
)

// NextAfter waits for the first frame that was surely exposed after the press: by the stream's or the driver's clock, or,
// where neither is known, the second frame that arrived after it. Where the source has a still mode, the frame is of that
// mode. A frame that came before in this stream, to the bit or by its number or time, is refused as "camera.error.frozen", one
// of another size as "camera.error.wrong_size", a third damaged one as "camera.error.damaged", one that may have been taken
// with other settings than the profile's as "camera.error.settings". The first frame after the camera was opened is not given,
// because nobody can know that it moves. The frame that is given has passed CheckScan. When none comes within Patience, or the
// camera is away, the error is Unavailable and its key says how the camera stands. All of them are worth another press.
func (c *Client) NextAfter(ctx context.Context, pressed appliance.Stamp) (Frame, error) {
	if err := c.away(); err != nil {
		return Frame{}, err
	}
	limit, cancel := context.WithTimeout(ctx, c.Patience())
	defer cancel()
	if c.o.Source.Still != nil {
		return c.still(limit, pressed)
	}
	f, err := c.preview(limit, pressed)
	if err != nil {
		if errors.Is(ctx.Err(), context.Canceled) {
			err = ctx.Err()
		}
		return Frame{}, err
	}
	return f, nil
}

// preview waits for a frame of the preview that was taken with the profile's settings.
func (c *Client) preview(ctx context.Context, pressed appliance.Stamp) (Frame, error) {
	for {
		f, err := c.await(ctx, pressed)
		if err != nil {
			return Frame{}, err
		}
		if err = c.confirm(ctx, f); !errors.Is(err, errUnsettled) {
			return f, err
		}
	}
}

// await waits for a whole frame of the preview.
func (c *Client) await(ctx context.Context, pressed appliance.Stamp) (Frame, error) {
	w := &waiter{pressed: pressed, done: make(chan outcome, 1)}
	c.enlist(w)
	defer func() {
		c.mu.Lock()
		delete(c.waiters, w)
		c.mu.Unlock()
	}()
	for {
		select {
		case o := <-w.done:
			wait := w.whole(&o)
			if o.state == StateDamaged {
				c.suspect()
			}
			if wait {
				c.enlist(w)
				continue
			}
			return o.frame, o.err
		case <-ctx.Done():
			return Frame{}, c.noFrame(ctx.Err())
		}
	}
}

// enlist has the pump show the waiter each frame until one is answered.
func (c *Client) enlist(w *waiter) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waiters[w] = struct{}{}
}

// away refuses at once where waiting a moment cannot help.
func (c *Client) away() error {
	switch s := c.State(); s.Key {
	case StateUnreachable, StateNoWorker, StateStopped, StateUnplugged, StateAmbiguous, StateUnseen, StateDenied, StateBusy,
		StateWrongFormat:
		return c.noFrame(nil)
	}
	return nil
}
