package camera_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/camera"
)

// boottime is the machine's own clock, as the daemon has it.
type boottime struct{}

func (boottime) Now() appliance.Stamp {
	return appliance.Stamp{Wall: time.Now().UTC(), Mono: camera.Boottime(), Boot: camera.BootID(), Quality: appliance.ClockUnverified}
}

// patience is how long a test waits for what must come; no test measures it.
const patience = 30 * time.Second

// serve starts a client on a stand-in worker and stops both with the test.
func serve(t *testing.T, how string, change func(*camera.ClientOptions)) *camera.Client {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	o := camera.ClientOptions{
		WorkerPath: path, WorkerArgs: []string{}, WorkerEnv: []string{envWorker + "=" + how},
		Source: camera.Source{URL: "http://someone:secret@127.0.0.1:1/stream.mjpg?token=x"},
		Log:    slog.New(slog.DiscardHandler), Clock: boottime{}, Wait: patience, Open: patience,
	}
	if change != nil {
		change(&o)
	}
	c, err := camera.NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Serve ended with %v", err)
		}
		if got := c.State().Key; got != camera.StateStopped {
			t.Errorf("state after Serve is %s", got)
		}
	})
	return c
}

// await waits until the camera has a state.
func await(t *testing.T, c *camera.Client, key string) {
	t.Helper()
	for end := time.Now().Add(patience); c.State().Key != key; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("state is %s, not %s", c.State().Key, key)
		}
	}
}

func wantKey(t *testing.T, err error, key string) {
	t.Helper()
	if e, ok := errors.AsType[*appliance.Error](err); !ok || e.Key != key {
		t.Fatalf("error is %v, not %s", err, key)
	}
}

func TestNextAfterGivesAFrameExposedAfterThePress(t *testing.T) {
	for _, how := range []string{"good", "late"} {
		t.Run(how, func(t *testing.T) {
			c := serve(t, how, nil)
			await(t, c, camera.StateReady)
			for range 5 {
				pressed := boottime{}.Now()
				f, err := c.NextAfter(t.Context(), pressed)
				if err != nil {
					t.Fatal(err)
				}
				if f.ExposureClock != camera.ClockStream || f.Exposed.Mono <= pressed.Mono || f.Arrived.Mono < f.Exposed.Mono {
					t.Fatalf("clock %s, exposed %d after the press, arrived %d after exposure",
						f.ExposureClock, f.Exposed.Mono-pressed.Mono, f.Arrived.Mono-f.Exposed.Mono)
				}
				sum, w, h, err := camera.ScanHash(f.JPEG)
				if err != nil || sum != f.ScanSHA256 || w != f.Width || h != f.Height || f.Seq <= 1000 {
					t.Fatalf("frame %d of %dx%d does not fit its bytes: %v", f.Seq, f.Width, f.Height, err)
				}
			}
		})
	}
}

func TestArrivalClockTakesTheSecondFrame(t *testing.T) {
	c := serve(t, "arrival", nil)
	await(t, c, camera.StateReady)
	sub := c.Hub().Subscribe()
	defer sub.Close()
	pressed := boottime{}.Now()
	f, err := c.NextAfter(t.Context(), pressed)
	if err != nil {
		t.Fatal(err)
	}
	if f.ExposureClock != camera.ClockArrival || f.Arrived.Mono <= pressed.Mono {
		t.Fatalf("clock %s, arrived %d after the press", f.ExposureClock, f.Arrived.Mono-pressed.Mono)
	}
	first, err := sub.Next(t.Context())
	if err == nil && first.Arrived.Mono > pressed.Mono && sub.Dropped() == 0 && f.Seq == first.Seq {
		t.Fatalf("frame %d was the first to arrive after the press", f.Seq)
	}
}

// R18, as far as no picture needs to be decoded for it.
func TestR18FrozenAndWrongSizeAreRefused(t *testing.T) {
	for _, tt := range []struct{ how, state, key string }{
		{"frozen", camera.StateFrozen, "camera.error.frozen"},
		{"damaged", camera.StateDamaged, "camera.error.damaged"},
		{"size", camera.StateWrongSize, "camera.error.wrong_size"},
	} {
		t.Run(tt.how, func(t *testing.T) {
			c := serve(t, tt.how, nil)
			await(t, c, tt.state)
			_, err := c.NextAfter(t.Context(), boottime{}.Now())
			wantKey(t, err, tt.key)
		})
	}
}

// The first picture of an opening has nothing to be held against, so nobody can know that it moves.
func TestCameraThatIsFrozenWhenOpenedIsRefused(t *testing.T) {
	c := serve(t, "stuck", nil)
	for c.State().Key == camera.StateStopped {
		time.Sleep(time.Millisecond)
	}
	_, err := c.NextAfter(t.Context(), boottime{}.Now())
	wantKey(t, err, "camera.error.frozen")
}

func TestOtherSizeThanAskedIsRefused(t *testing.T) {
	c := serve(t, "good", func(o *camera.ClientOptions) { o.Source.Settings = camera.Settings{Width: 1920, Height: 1080} })
	await(t, c, camera.StateWrongSize)
	_, err := c.NextAfter(t.Context(), boottime{}.Now())
	wantKey(t, err, "camera.error.wrong_size")
}

func TestOneDamagedFrameIsPassedOver(t *testing.T) {
	c := serve(t, "once", nil)
	await(t, c, camera.StateReady)
	for range 30 { // over the twentieth frame
		if _, err := c.NextAfter(t.Context(), boottime{}.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if got := c.State().Key; got != camera.StateReady {
		t.Fatalf("state is %s", got)
	}
}

// The preview may show a frame whose data is damaged; a press takes the next, and three times is a fault.
func TestPressTakesOnlyWhatDecodes(t *testing.T) {
	if _, _, _, err := camera.ScanHash(rotten(64, 48, 1)); err != nil {
		t.Fatalf("the walk sees it already: %v", err)
	}
	c := serve(t, "halfrot", nil)
	await(t, c, camera.StateReady)
	for range 20 {
		f, err := c.NextAfter(t.Context(), boottime{}.Now())
		if err != nil {
			t.Fatal(err)
		}
		if err := camera.CheckScan(f.JPEG); err != nil {
			t.Fatal(err)
		}
	}
	c = serve(t, "rot", nil)
	await(t, c, camera.StateReady)
	for end := time.Now().Add(patience); ; {
		if _, err := c.NextAfter(t.Context(), boottime{}.Now()); err != nil {
			wantKey(t, err, "camera.error.damaged")
			break
		}
		if time.Now().After(end) {
			t.Fatal("rotten pictures pass")
		}
	}
	if got := c.State().Key; got != camera.StateReady {
		t.Fatalf("state is %s", got)
	}
}

// EXIF and the colour profile are the camera's own words: what it sent is what is kept, to the bit.
func TestTagsAreKept(t *testing.T) {
	c := serve(t, "tagged", nil)
	await(t, c, camera.StateReady)
	for range 3 {
		f, err := c.NextAfter(t.Context(), boottime{}.Now())
		if err != nil {
			t.Fatal(err)
		}
		if want := tagged(f.Seq); !bytes.Equal(f.JPEG, want) || !bytes.Contains(want, []byte("Exif\x00")) || !bytes.Contains(want, []byte("ICC_PROFILE\x00")) {
			t.Fatalf("frame %d is not what the camera sent", f.Seq)
		}
	}
}

func TestWorkerThatFailsIsReplaced(t *testing.T) {
	for _, tt := range []struct{ how, state string }{
		{"silent", camera.StateStalled}, {"crash", camera.StateUnreachable}, {"ended", camera.StateUnreachable},
	} {
		t.Run(tt.how, func(t *testing.T) {
			c := serve(t, tt.how, func(o *camera.ClientOptions) { o.Stall = 300 * time.Millisecond })
			for range 2 {
				await(t, c, tt.state)
				await(t, c, camera.StateReady)
			}
		})
	}
}

// TestWatchTellsEveryChange: a camera that stalls and comes back is seen to do so, however short the stall.
func TestWatchTellsEveryChange(t *testing.T) {
	c := serve(t, "silent", func(o *camera.ClientOptions) { o.Stall = 300 * time.Millisecond })
	late := time.NewTimer(patience)
	defer late.Stop()
	state, changed := c.Watch()
	for stalls := 0; stalls < 2; {
		select {
		case <-changed:
		case <-late.C:
			t.Fatalf("no change from %s was told", state.Key)
		}
		before := state.Key
		state, changed = c.Watch()
		if before == camera.StateReady && state.Key == camera.StateStalled {
			stalls++
		}
	}
}

func TestMissingWorker(t *testing.T) {
	c := serve(t, "good", func(o *camera.ClientOptions) { o.WorkerPath = "/nonexistent" })
	await(t, c, camera.StateNoWorker)
	_, err := c.NextAfter(t.Context(), boottime{}.Now())
	wantKey(t, err, "camera.error.no_worker")
}

func TestNextAfterObeysItsContext(t *testing.T) {
	c := serve(t, "silent", nil)
	await(t, c, camera.StateReady)
	future := boottime{}.Now()
	future.Mono += int64(time.Hour)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.NextAfter(ctx, future); !errors.Is(err, context.Canceled) {
		t.Fatalf("cancelled: %v", err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	_, err := c.NextAfter(ctx, future)
	if appliance.CodeOf(err) != appliance.Unavailable || !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("deadline: %v", err)
	}
}

func TestMeasuredRate(t *testing.T) {
	c := serve(t, "good", nil)
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		if o, ok := c.Opened(); ok && o.MeasuredFPS > 0 {
			if o.MeasuredFPS > 101 || o.Backend != "stand-in" {
				t.Fatalf("%+v", o)
			}
			return
		}
		if time.Now().After(end) {
			t.Fatal("no rate was measured")
		}
	}
}
