//go:build v4l2guest

package v4l2guest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"dermbox/camera/shutter"
)

// The foot switch of these tests; its key is one that a browser would take as well.
const (
	pedalName    = "Guest foot switch"
	pedalVendor  = 0x05f3
	pedalProduct = 0x00ff
	pedalKey     = keyPageDown
)

func plugPedal(t *testing.T) *keyboard {
	t.Helper()
	return plugKeyboard(t, pedalName, pedalVendor, pedalProduct, pedalKey, keyA)
}

// serveShutter runs the shutter on the kernel's own sysfs and devices until the test ends.
func serveShutter(t *testing.T) *shutter.Service {
	t.Helper()
	s, err := shutter.New(shutter.Options{
		Devices: []string{fmt.Sprintf("%04x:%04x", pedalVendor, pedalProduct)}, Clock: boottime{}, Log: slog.New(slog.DiscardHandler),
		Every: 50 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := s.Serve(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("Serve ended with %v", err)
		}
	})
	t.Cleanup(func() { cancel(); wg.Wait() })
	return s
}

func awaitShutter(t *testing.T, s *shutter.Service, key string) {
	t.Helper()
	eventually(t, "the shutter's state is "+key, func() bool { return s.Status().Key == key })
}

// pressUntilTaken presses until a subscriber has a press: one is good for half a second, which an emulated machine under
// load may take.
func pressUntilTaken(t *testing.T, k *keyboard, sub *shutter.Subscription) shutter.Press {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); {
		k.press(pedalKey)
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		p, err := sub.Next(ctx)
		cancel()
		if err == nil {
			return p
		}
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
	}
	t.Fatal("no press was taken")
	return shutter.Press{}
}

// TestShutterIsOursAlone presses a foot switch while another program reads it, as the screen's server would.
func TestShutterIsOursAlone(t *testing.T) {
	k := plugPedal(t)
	other := eavesdrop(t, k.node)
	k.press(pedalKey)
	if !other.hears(patience) {
		t.Fatal("nobody hears a foot switch that is not taken")
	}
	s := serveShutter(t)
	awaitShutter(t, s, shutter.StateReady)
	sub := s.Subscribe()
	defer sub.Close()
	before := boottime{}.Now()
	p := pressUntilTaken(t, k, sub)
	if now := (boottime{}).Now(); p.At.Boot != now.Boot || p.At.Mono < before.Mono || p.At.Mono > now.Mono {
		t.Errorf("pressed at %d, by the clock between %d and %d", p.At.Mono, before.Mono, now.Mono)
	}
	if want := fmt.Sprintf("%s (%04x:%04x)", pedalName, pedalVendor, pedalProduct); p.Device != want {
		t.Errorf("pressed on %q, not %q", p.Device, want)
	}
	if other.hears(time.Second) {
		t.Error("another program heard the foot switch that was taken")
	}
}

// TestOtherKeysDoNotPress has the foot switch send a key that is none of the shutter's; it is kept from others all the same.
func TestOtherKeysDoNotPress(t *testing.T) {
	k := plugPedal(t)
	s := serveShutter(t)
	awaitShutter(t, s, shutter.StateReady)
	other := eavesdrop(t, k.node)
	k.press(keyA)
	time.Sleep(500 * time.Millisecond) // longer than two presses count as one
	k.press(pedalKey)
	eventually(t, "the press is counted", func() bool { n, _ := s.Counts(); return n > 0 })
	if other.hears(time.Second) {
		t.Error("another program heard a key of the foot switch")
	}
	if n, _ := s.Counts(); n != 1 {
		t.Errorf("%d presses", n)
	}
}

// TestShutterComesBackUnderAnotherNumber unplugs the foot switch and plugs it in again after another keyboard.
func TestShutterComesBackUnderAnotherNumber(t *testing.T) {
	k := plugPedal(t)
	was := k.node
	s := serveShutter(t)
	awaitShutter(t, s, shutter.StateReady)
	k.unplug()
	awaitShutter(t, s, shutter.StateAbsent)
	desk := plugKeyboard(t, "Guest keyboard", 0x046d, 0xc31c, pedalKey)
	k = plugPedal(t)
	if k.node == was {
		t.Fatalf("the foot switch is %s again", was)
	}
	awaitShutter(t, s, shutter.StateReady)
	sub := s.Subscribe()
	defer sub.Close()
	pressUntilTaken(t, k, sub)
	reader := eavesdrop(t, desk.node)
	desk.press(pedalKey)
	if !reader.hears(patience) {
		t.Error("the desk's keyboard was taken as well")
	}
}
