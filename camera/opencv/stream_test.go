package opencv

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image"
	"image/jpeg"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dermbox/appliance"
	"dermbox/camera"
)

// begin opens the rig's camera, which must succeed.
func (r *rig) begin(t *testing.T) camera.Opened {
	t.Helper()
	var o camera.Opened
	if _, _, err := r.stream.begin(&o); err != nil {
		t.Fatal(err)
	}
	return o
}

func wantKey(t *testing.T, err error, key string) {
	t.Helper()
	if e, ok := errors.AsType[*appliance.Error](err); !ok || e.Key != key {
		t.Fatalf("error is %v, not %s", err, key)
	}
}

// R20 on this side of the pipe: whatever a camera has forgotten, opening it sets all in the profile's order before the first frame,
// and reads it back.
func TestR20OpeningSetsAndReadsBack(t *testing.T) {
	for range 2 { // a re-plug is another opening
		r := newRig(t, profiled(), nil)
		o := r.begin(t)
		want := []string{"mode MJPG", "set exposure_auto", "set exposure_time_absolute", "set gain", "read MJPG"}
		if d := cmp.Diff(want, r.fake.calls); d != "" {
			t.Fatal(d)
		}
		controls := []camera.ControlReading{{Name: "fps", Asked: 30, ReadBack: 30, OK: true}, {Name: "exposure_auto", Asked: 1, ReadBack: 1, OK: true},
			{Name: "exposure_time_absolute", Asked: 156, ReadBack: 156, OK: true}, {Name: "gain", Asked: 3, ReadBack: 3, OK: true}}
		if d := cmp.Diff(controls, o.Controls); d != "" || o.ReadBack != profiled().Settings {
			t.Fatal(d, o.ReadBack)
		}
		resp, _, err := r.ask(t, camera.CallCheck, struct{}{})
		if c := resp.(camera.Checked); err != nil || c.Since != opening+2*33_333_333 { // a frame from before may be of the camera's own settings
			t.Fatalf("%+v %v", c, err)
		}
	}
}

func TestDifferentReadBackIsTold(t *testing.T) {
	r := newRig(t, profiled(), func(f *fakeCamera) { f.clamp["exposure_time_absolute"] = 155; f.clamp["gain"] = 2 })
	differing := camera.Differing(r.begin(t).Controls)
	if d := cmp.Diff([]camera.ControlReading{{Name: "gain", Asked: 3, ReadBack: 2}}, differing); d != "" { // 155 is within the tolerance
		t.Fatal(d)
	}
}

func TestReplacedFormatIsRefused(t *testing.T) {
	for _, s := range []camera.Source{profiled(), {Device: "/made-up/video0"}} {
		r := newRig(t, s, func(f *fakeCamera) { f.replace = "BGR3" })
		var o camera.Opened
		_, _, err := r.stream.begin(&o)
		wantKey(t, err, "camera.error.wrong_format")
		if e, _ := errors.AsType[*appliance.Error](err); e.Params["asked"] != "MJPG" || e.Params["got"] != "BGR3" {
			t.Fatal(e.Params)
		}
	}
}

// drive lets the stream run from its first frame until the fake ends.
func (r *rig) drive(frames int) {
	r.fake.ends = frames
	r.run([]byte("first"), camera.FrameHeader{})
}

// The controls are read about once a second, between frames, and nothing is said while they are as asked.
func TestControlsAreReadEachSecond(t *testing.T) {
	r := newRig(t, profiled(), nil)
	r.begin(t)
	r.drive(35) // three and a half seconds
	if len(r.settings(t)) != 0 {
		t.Fatalf("%+v", r.settings(t))
	}
	last := r.sent[len(r.sent)-1]
	if last.typ != camera.EventEnded || !r.fake.closed {
		t.Fatalf("ended with %s, closed %v", last.typ, r.fake.closed)
	}
}

// A camera whose power dipped forgets its settings while frames go on.
func TestForgottenControlsAreSetAgain(t *testing.T) {
	r := newRig(t, profiled(), nil)
	r.begin(t)
	clear(r.fake.controls)
	r.fake.calls = nil
	r.drive(15)
	said := r.settings(t)
	if len(said) != 2 {
		t.Fatalf("%d events", len(said))
	}
	if n := len(camera.Differing(said[0].Controls)); n != 3 {
		t.Errorf("first event names %d differences", n)
	}
	if n := len(camera.Differing(said[1].Controls)); n != 0 || said[1].Since <= 1_000_000_000 || said[1].Boot != "boot" {
		t.Errorf("second event: %+v", said[1])
	}
	if r.fake.controls["exposure_time_absolute"] != 156 || r.fake.controls["gain"] != 3 {
		t.Errorf("%v", r.fake.controls)
	}
	at := slices.Index(r.fake.calls, "set exposure_auto")
	if at < 0 || r.fake.calls[at+1] != "set exposure_time_absolute" || !strings.HasPrefix(r.fake.calls[at-1], "read") {
		t.Errorf("%v", r.fake.calls)
	}
}

// What cannot be mended was told at the opening; it is tried again each second all the same, and when the camera yields that is
// told.
func TestStubbornControlIsTriedAgain(t *testing.T) {
	r := newRig(t, profiled(), func(f *fakeCamera) { f.clamp["gain"] = 2 })
	r.begin(t)
	r.fake.calls = nil
	for n := range 3 {
		r.look()
		if tries := strings.Count(strings.Join(r.fake.calls, ","), "set gain"); tries != n+1 || len(r.settings(t)) != 0 {
			t.Fatalf("%d tries, %+v", tries, r.settings(t))
		}
	}
	clear(r.fake.clamp)
	r.look()
	if said := r.settings(t); len(said) != 1 || len(camera.Differing(said[0].Controls)) != 0 {
		t.Fatalf("%+v", said)
	}
}

// A rate that is not kept is told, and costs no still: nothing is set again, and frames go on counting.
func TestRateAloneSpoilsNoStill(t *testing.T) {
	r := newRig(t, profiled(), nil)
	r.begin(t)
	opened := r.since
	r.fake.current.FPS, r.fake.calls = 15, nil
	resp, _, err := r.ask(t, camera.CallCheck, struct{}{})
	c := resp.(camera.Checked)
	if err != nil || c.Since != opened || len(camera.Lost(c.Controls)) != 0 || len(camera.Differing(c.Controls)) != 1 || len(r.fake.calls) != 0 {
		t.Fatalf("%+v, %v, %v", c, r.fake.calls, err)
	}
	if said := r.settings(t); len(said) != 1 || said[0].Controls[0] != (camera.ControlReading{Name: "fps", Asked: 30, ReadBack: 15}) {
		t.Fatalf("%+v", said)
	}
}

func (r *rig) ask(t *testing.T, typ string, q any) (any, []byte, error) {
	t.Helper()
	raw, err := json.Marshal(q)
	if err != nil {
		t.Fatal(err)
	}
	type answer struct {
		resp any
		body []byte
		err  error
	}
	done := make(chan answer, 1)
	go func() {
		resp, body, err := r.handle(t.Context(), typ, raw)
		done <- answer{resp, body, err}
	}()
	select {
	case f := <-r.requests:
		f()
	case a := <-done: // refused without asking the camera
		return a.resp, a.body, a.err
	}
	a := <-done
	return a.resp, a.body, a.err
}

// A check finds what was forgotten since the last look, says it, and mends it.
func TestCheckIsAnsweredBetweenReads(t *testing.T) {
	r := newRig(t, profiled(), nil)
	r.begin(t)
	opened := r.since
	resp, _, err := r.ask(t, camera.CallCheck, struct{}{})
	if c := resp.(camera.Checked); err != nil || len(camera.Differing(c.Controls)) != 0 || c.Since != opened {
		t.Fatalf("%+v %v", c, err)
	}
	r.fake.controls["gain"] = 0
	resp, _, err = r.ask(t, camera.CallCheck, struct{}{})
	if c := resp.(camera.Checked); err != nil || len(camera.Differing(c.Controls)) != 1 || r.fake.controls["gain"] != 3 {
		t.Fatalf("%+v %v", c, err)
	}
	resp, _, _ = r.ask(t, camera.CallCheck, struct{}{})
	if c := resp.(camera.Checked); len(camera.Differing(c.Controls)) != 0 || c.Since <= r.fake.now {
		t.Fatalf("after it was mended, frames from %d on count at %d: %+v", c.Since, r.fake.now, c)
	}
	if _, _, err := r.ask(t, "camera.dance", struct{}{}); err == nil {
		t.Fatal("an unknown request was served")
	}
}

func TestRequestsEndWithTheStream(t *testing.T) {
	r := newRig(t, profiled(), nil)
	r.begin(t)
	r.drive(3)
	_, _, err := r.handle(t.Context(), camera.CallCheck, nil)
	wantKey(t, err, "camera.error.closed")
	waiting := newRig(t, profiled(), nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := waiting.handle(ctx, camera.CallCheck, nil); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
}

func TestStill(t *testing.T) {
	r := newRig(t, profiled(), func(f *fakeCamera) { f.forget, f.late = true, 4 })
	r.begin(t)
	r.fake.calls = nil
	q := camera.StillRequest{After: r.fake.now, Boot: "boot"}
	resp, body, err := r.ask(t, camera.CallStill, q)
	if err != nil {
		t.Fatal(err)
	}
	taken := resp.(camera.StillTaken)
	if string(body) != "YUYV" || taken.Header.Exposed <= q.After || taken.SwitchMS != 100 || taken.Header.Boot != "boot" {
		t.Fatalf("%s %+v", body, taken)
	}
	set := []string{"set exposure_auto", "set exposure_time_absolute", "set gain"}
	want := append(append([]string{"mode YUYV"}, set...), "read YUYV", "read YUYV", "read YUYV", "read YUYV", "read YUYV", "mode MJPG")
	if d := cmp.Diff(append(want, set...), r.fake.calls); d != "" { // two to settle, two from before the press, one
		t.Fatal(d)
	}
	var progress []camera.Progress
	for _, e := range r.sent {
		progress = append(progress, e.data.(camera.Progress))
	}
	if d := cmp.Diff([]camera.Progress{{Switching: true}, {}, {}, {}, {}, {}, {Switching: true}}, progress); d != "" {
		t.Fatal(d)
	}
	r.drive(5)
	if len(r.settings(t)) != 0 {
		t.Fatalf("after the way back: %+v", r.settings(t))
	}
}

func TestStillIsRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*fakeCamera, *camera.Source)
		key    string
	}{
		"format replaced": {func(f *fakeCamera, _ *camera.Source) { f.replace = "MJPG" }, "camera.error.wrong_format"},
		"control differs": {func(f *fakeCamera, _ *camera.Source) { f.clamp["gain"] = 2 }, "camera.error.settings"},
		"never new":       {func(f *fakeCamera, _ *camera.Source) { f.late = 1000 }, "camera.error.no_frame"},
		"ended":           {func(f *fakeCamera, _ *camera.Source) { f.ends = 3 }, "camera.error.unreachable"},
	} {
		t.Run(name, func(t *testing.T) {
			s := profiled()
			r := newRig(t, s, func(f *fakeCamera) { tt.change(f, &s) })
			var o camera.Opened
			if _, _, err := r.stream.begin(&o); err != nil {
				t.Fatal(err)
			}
			_, _, err := r.ask(t, camera.CallStill, camera.StillRequest{After: r.fake.now, Boot: "boot"})
			wantKey(t, err, tt.key)
			if last := r.fake.calls[len(r.fake.calls)-4]; last != "mode MJPG" {
				t.Errorf("the preview's mode was not set again: %v", r.fake.calls)
			}
		})
	}
}

// A camera that stands still gives the same picture before the still and as the still, whatever its clock says.
func TestFrozenStillIsRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		late   int // frames from before the press
		settle int
		moves  bool
	}{"after the settling": {settle: 2}, "after old frames": {late: 3, settle: 2}, "without settling": {}, "moving": {settle: 2, moves: true}} {
		t.Run(name, func(t *testing.T) {
			s := profiled()
			s.Still.SettleFrames = tt.settle
			r := newRig(t, s, func(f *fakeCamera) {
				f.late = tt.late
				f.pictures = func(read int64) []byte {
					if !tt.moves {
						read = 1
					}
					return grey(t, uint8(8*read))
				}
			})
			r.begin(t)
			_, _, err := r.ask(t, camera.CallStill, camera.StillRequest{After: r.fake.now, Boot: "boot"})
			if tt.moves && err == nil {
				return
			}
			wantKey(t, err, "camera.error.frozen")
		})
	}
}

// grey gives a small JPEG of one shade.
func grey(t *testing.T, shade uint8) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 8, 8))
	for i := range img.Pix {
		img.Pix[i] = shade
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// A camera without a clock: the frames dropped after the switch, which came after the press, make the next one new.
func TestStillWithoutAClock(t *testing.T) {
	r := newRig(t, profiled(), func(f *fakeCamera) { f.arrival = true })
	r.begin(t)
	if _, body, err := r.ask(t, camera.CallStill, camera.StillRequest{After: r.fake.now, Boot: "boot"}); err != nil || string(body) != "YUYV" {
		t.Fatal(err)
	}
	plain := profiled()
	plain.Still = nil
	if _, _, err := newRig(t, plain, nil).ask(t, camera.CallStill, camera.StillRequest{}); err == nil {
		t.Fatal("a still without a still mode")
	}
}

func TestNoFrameIsBelievedNewerThanItIs(t *testing.T) {
	const second = 1_000_000_000
	for _, tt := range []struct {
		clock                          string
		buffer, previous, length, want int64
	}{
		{camera.BufferStart, 1000, 600, 100, 1000},
		{camera.BufferEnd, 1000, 900, 100, 900},
		{"", 1000, 900, 100, 900},
		{camera.BufferEnd, 1000, 950, 100, 900},                            // two came at once
		{camera.BufferEnd, 1000, 600, 100, 600},                            // it exposes longer than it says
		{camera.BufferEnd, 1000, 0, 100, 900},                              // the first
		{camera.BufferEnd, 9 * second, 2 * second, 100, 8 * second},        // it was silent for long
		{camera.BufferEnd, 9 * second, 2 * second, 2 * second, 7 * second}, // it is slow by its own word
	} {
		b := buffered{clock: tt.clock, last: tt.previous}
		if got := b.begun(tt.buffer, tt.length); got != tt.want || b.last != tt.buffer {
			t.Errorf("%+v: %d", tt, got)
		}
	}
}

// A camera that exposes longer than its rate says, as in the dark, may show the old settings for as much longer.
func TestSettlingFollowsWhatTheCameraDoes(t *testing.T) {
	r := newRig(t, profiled(), nil) // says thirty a second and gives ten
	r.begin(t)
	if _, _, err := r.read(); err != nil {
		t.Fatal(err)
	}
	clear(r.fake.controls)
	r.look()
	if want := r.fake.now + takeEffect*frameTime; r.since != want {
		t.Fatalf("%d ns early", want-r.since)
	}
}

func TestInterval(t *testing.T) {
	for _, tt := range []struct {
		said, asked float64
		want        int64
	}{{30, 15, 33_333_333}, {0, 15, 66_666_666}, {0, 0, 100_000_000}} {
		if got := interval(camera.Settings{FPS: tt.said}, camera.Settings{FPS: tt.asked}); got != tt.want {
			t.Errorf("%+v: %d", tt, got)
		}
	}
}
