package e2e

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/jpeg"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/camera"
	"dermbox/ui/kiosk"
)

const pin = "482913"

var hca = appliance.Operator{ID: "hca-1", Name: "Joy Okafor", Role: "hca"}

// staff has one member.
type staff struct{}

func (staff) List(context.Context) ([]appliance.Operator, error) {
	return []appliance.Operator{hca}, nil
}

func (staff) Authenticate(_ context.Context, _, given string) (appliance.Operator, error) {
	if given != pin {
		return appliance.Operator{}, appliance.E(appliance.Unauthorised, "staff.sign_in.refused", nil)
	}
	return hca, nil
}

// still is a clock that stands still.
type still struct{}

func (still) Now() appliance.Stamp {
	return appliance.Stamp{Wall: time.Date(2026, 11, 22, 11, 46, 0, 0, time.UTC), Mono: 1, Boot: "b"}
}

type nothing struct{}

func (nothing) Checks() []kiosk.HealthLine                              { return nil }
func (nothing) Status() appliance.SendingStatus                         { return appliance.SendingStatus{} }
func (nothing) Drafts(context.Context) ([]appliance.CaseSummary, error) { return nil, nil }
func (nothing) List(context.Context) ([]appliance.CaseSummary, error)   { return nil, nil }
func (nothing) TryNow()                                                 {}

const caseID, lesionID, banner = "3a54a6f0-7f5e-4b57-9d0a-2f4b8c1d6e01", "5b54a6f0-7f5e-4b57-9d0a-2f4b8c1d6e02", "token-of-this-patient"

// visits has one case in its capture step. A press of Capture waits for hold, if there is one.
type visits struct {
	kiosk.Visits
	mu      sync.Mutex
	banners []string // what each press of Capture came with
	hold    chan struct{}
}

func (v *visits) View(context.Context, appliance.CaseID) (*appliance.VisitView, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	c := appliance.Case{ID: caseID, State: appliance.HistoryDone, Consent: appliance.Consent{Photography: appliance.Yes},
		Lesions: []appliance.Lesion{{ID: lesionID, Label: "L1", Site: "chest"}}}
	for range v.banners {
		c.State = appliance.Capturing
		c.Captures = append(c.Captures, appliance.Capture{ID: "7c54a6f0-7f5e-4b57-9d0a-2f4b8c1d6e03", LesionID: lesionID, View: appliance.Dermoscopic})
	}
	return &appliance.VisitView{Case: c, Banner: banner, Step: appliance.StepImages, Attempts: map[appliance.LesionID]int{}}, nil
}

func (v *visits) Capture(ctx context.Context, _ appliance.CaseID, banner string, _ appliance.Operator, _ appliance.LesionID, _ appliance.View) (*appliance.CaptureResult, error) {
	v.mu.Lock()
	v.banners = append(v.banners, banner)
	n, hold := len(v.banners), v.hold
	v.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
		}
	}
	return &appliance.CaptureResult{AttemptID: "attempt", Kept: n > 0}, nil
}

func (v *visits) Image(context.Context, appliance.CaseID, appliance.CaptureID) ([]byte, error) {
	return red(), nil
}

// taken gives what each still so far was taken under.
func (v *visits) taken() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return append([]string{}, v.banners...)
}

// scope is a camera of red frames, thirty a second while it is ready.
type scope struct {
	hub *camera.Hub

	mu      sync.Mutex
	state   kiosk.PreviewState
	changed chan struct{}
	silent  atomic.Bool
	blurs   atomic.Bool
}

func newScope(t *testing.T) *scope {
	t.Helper()
	s := &scope{hub: camera.NewHub()}
	s.becomes(camera.StateReady)
	ctx, cancel := context.WithCancel(context.Background())
	var frames sync.WaitGroup
	frames.Go(func() {
		tick := time.NewTicker(time.Second / 30)
		defer tick.Stop()
		for seq := uint64(1); ; seq++ {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
			if s.State().Ready && !s.silent.Load() {
				s.hub.Publish(camera.Frame{Seq: seq, JPEG: s.sees(), Exposed: appliance.Stamp{Wall: time.Now()}})
			}
		}
	})
	t.Cleanup(func() { cancel(); frames.Wait() })
	return s
}

func (s *scope) becomes(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.changed != nil {
		close(s.changed)
	}
	if key != camera.StateReady {
		s.hub.Clear() // as the camera client does
	}
	s.changed = make(chan struct{})
	s.state = kiosk.PreviewState{Ready: key == camera.StateReady, Key: key, Changed: s.changed}
}

// sees gives the next frame.
func (s *scope) sees() []byte {
	if s.blurs.Load() {
		return blurred()
	}
	return red()
}

// blur turns the focus away.
func (s *scope) blur(on bool) { s.blurs.Store(on) }

// silence stops the frames and leaves the state as it is.
func (s *scope) silence(on bool) { s.silent.Store(on) }

func (s *scope) State() kiosk.PreviewState {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

func (s *scope) Subscribe() kiosk.Subscription { return frames{s.hub.Subscribe()} }

type frames struct{ *camera.Subscription }

func (f frames) Next(ctx context.Context) (uint64, float64, []byte, error) {
	one, err := f.Subscription.Next(ctx)
	return one.Seq, float64(one.Exposed.Wall.UnixMicro()) / 1000, one.JPEG, err
}

// red gives a small red JPEG with a point of light; in blurred it is gone.
var (
	red     = sync.OnceValue(func() []byte { return encoded(color.White) })
	blurred = sync.OnceValue(func() []byte { return encoded(color.RGBA{200, 20, 20, 255}) })
)

func encoded(point color.Color) []byte {
	img := image.NewRGBA(image.Rect(0, 0, 160, 90))
	for i := range img.Pix {
		img.Pix[i] = []byte{200, 20, 20, 255}[i%4]
	}
	img.Set(0, 0, point)
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, nil); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// shutter is a button with at most one page that listens.
type shutter struct {
	ids  chan uint64
	mu   sync.Mutex
	last uint64
}

func newShutter() *shutter { return &shutter{ids: make(chan uint64)} }

// press returns once the page's viewer has taken the press.
// heard presses and says whether a page took it; it does not wait for one.
func (s *shutter) heard() bool {
	s.mu.Lock()
	s.last++
	id := s.last
	s.mu.Unlock()
	select {
	case s.ids <- id:
		return true
	case <-time.After(200 * time.Millisecond):
		return false
	}
}

func (s *shutter) press(t testing.TB) {
	t.Helper()
	s.mu.Lock()
	s.last++
	id := s.last
	s.mu.Unlock()
	select {
	case s.ids <- id:
	case <-time.After(patience):
		t.Fatal("no page listens for presses")
	}
}

func (s *shutter) Subscribe() kiosk.PressSubscription { return s }
func (s *shutter) Close()                             {}

func (s *shutter) Next(ctx context.Context) (uint64, error) {
	select {
	case id := <-s.ids:
		return id, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}
