package kiosk

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"dermbox/appliance"
	"dermbox/appliance/text"
)

// viewer is one browser that watches.
type viewer struct {
	conn     *websocket.Conn
	captures bool                    // its page has the button
	hints    func() HintSubscription // nil: it is told none
	slots    chan struct{}           // holds one token for each frame on its way
	writing  chan struct{}           // holds one token: who has it may write

	mu    sync.Mutex
	onWay []uint32 // sequences of the frames on their way
	gone  uint64   // frames dropped by earlier subscriptions, or withheld
	now   Subscription

	sent, stray atomic.Uint64
}

func newViewer(conn *websocket.Conn, captures bool) *viewer {
	return &viewer{conn: conn, captures: captures, slots: make(chan struct{}, inFlight), writing: make(chan struct{}, 1)}
}

// errLost ends a viewer who no longer answers.
var errLost = errors.New("viewer does not answer")

// show tells how the camera stands and passes its frames on while it is ready, until the viewer leaves. Each change of the
// camera begins with a new subscription, so that no frame from before it comes after it.
func (v *viewer) show(ctx context.Context, p Preview) {
	for {
		state := p.State()
		if v.say(ctx, state) != nil {
			return
		}
		if state.Ready {
			if v.stream(ctx, p, state.Changed) != nil {
				return
			}
			continue
		}
		select {
		case <-state.Changed:
		case <-ctx.Done():
			return
		}
	}
}

// say sends the camera's state, with its sentence while there is no picture.
func (v *viewer) say(ctx context.Context, s PreviewState) error {
	message := map[string]any{"type": "state", "ready": s.Ready, "key": s.Key}
	if !s.Ready {
		message["sentence"] = text.T(s.Key, s.Params)
	}
	return v.sendJSON(ctx, patience, message)
}

// stream passes frames on until the camera changes (nil) or the viewer is lost. It waits for a free slot before it asks for a
// frame, so that the frame is the newest when it goes.
func (v *viewer) stream(ctx context.Context, p Preview, changed <-chan struct{}) error {
	frames := v.subscribe(p)
	defer v.unsubscribe(frames)
	steady, stop := context.WithCancel(ctx)
	var watch sync.WaitGroup
	defer watch.Wait()
	defer stop()
	watch.Go(func() {
		defer stop()
		select {
		case <-changed:
		case <-steady.Done():
		}
	})
	if v.hints != nil {
		watch.Go(func() { v.passHints(steady) })
	}
	for {
		if err := v.slot(steady); errors.Is(err, errLost) {
			return err
		} else if err != nil {
			return ctx.Err() // nil if only the camera changed
		}
		seq, exposedMS, jpeg, err := frames.Next(steady)
		if past(changed) || steady.Err() != nil {
			v.withhold(err == nil)
			return ctx.Err()
		}
		if err != nil {
			return err
		}
		if err := v.sendFrame(ctx, uint32(seq), exposedMS, jpeg); err != nil {
			return err
		}
	}
}

// past says whether the camera has changed since a frame was asked for.
func past(changed <-chan struct{}) bool {
	select {
	case <-changed:
		return true
	default:
		return false
	}
}

// withhold gives back the slot of a frame that does not go, and counts it if there was one.
func (v *viewer) withhold(frame bool) {
	v.free()
	if frame {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.gone++
	}
}

// slot waits until a frame may go.
func (v *viewer) slot(ctx context.Context) error {
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case v.slots <- struct{}{}:
		return nil
	case <-late.C:
		return errLost
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (v *viewer) free() { <-v.slots }

func (v *viewer) sendFrame(ctx context.Context, seq uint32, exposedMS float64, jpeg []byte) error {
	var head [headSize]byte
	binary.BigEndian.PutUint32(head[0:], seq)
	binary.BigEndian.PutUint64(head[8:], math.Float64bits(exposedMS))
	v.mu.Lock()
	v.onWay = append(v.onWay, seq) // before it goes: the answer may be quick
	v.mu.Unlock()
	if err := v.send(ctx, patience, websocket.BinaryMessage, head[:], jpeg); err != nil {
		return err
	}
	v.sent.Add(1)
	return nil
}

// subscribe and unsubscribe keep the count of dropped frames over all subscriptions.
func (v *viewer) subscribe(p Preview) Subscription {
	frames := p.Subscribe()
	v.mu.Lock()
	defer v.mu.Unlock()
	v.now = frames
	return frames
}

func (v *viewer) unsubscribe(frames Subscription) {
	frames.Close()
	v.mu.Lock()
	defer v.mu.Unlock()
	v.gone += frames.Dropped()
	v.now = nil
}

func (v *viewer) status() appliance.ViewerStatus {
	v.mu.Lock()
	defer v.mu.Unlock()
	dropped := v.gone
	if v.now != nil {
		dropped += v.now.Dropped()
	}
	return appliance.ViewerStatus{Sent: v.sent.Load(), Dropped: dropped, Stray: v.stray.Load()}
}
