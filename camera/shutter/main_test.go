package shutter_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"dermbox/appliance"
	"dermbox/camera/shutter"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must come; no test measures it.
const patience = 30 * time.Second

// Codes of linux/input-event-codes.h.
const (
	evSyn, evKey, evRel     = 0, 1, 2
	keyA, keyF9, pageDown   = 30, 67, 109
	released, pressed, held = 0, 1, 2
)

// clock stands still until it is moved.
type clock struct {
	mu   sync.Mutex
	mono int64
}

func (c *clock) Now() appliance.Stamp {
	c.mu.Lock()
	defer c.mu.Unlock()
	return appliance.Stamp{Wall: time.Unix(1_800_000_000, c.mono).UTC(), Mono: c.mono, Boot: "boot", Quality: appliance.ClockSynchronised}
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mono += int64(d)
}

// rig is a sysfs and a folder of devices of its own; devices are FIFOs.
type rig struct {
	*testing.T
	sys, dev string
	clock    *clock
	mu       sync.Mutex
	grab     error // what grabbing fails with
	grabbed  []string
}

func newRig(t *testing.T) *rig {
	r := &rig{T: t, sys: t.TempDir(), dev: t.TempDir(), clock: &clock{mono: int64(time.Hour)}}
	r.must(os.MkdirAll(filepath.Join(r.dev, "input"), 0o700))
	r.must(os.MkdirAll(filepath.Join(r.sys, "class", "input"), 0o700))
	return r
}

func (r *rig) must(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

// pedal is a device that is plugged in.
type pedal struct {
	r     *rig
	event string
	file  *os.File
}

// plug plugs a device in under a number, with its USB device above it as the kernel has it.
func (r *rig) plug(number int, vendor, product, serial, name string) *pedal {
	r.Helper()
	p := &pedal{r: r, event: fmt.Sprintf("event%d", number)}
	usb := filepath.Join(r.sys, "devices", "usb1", fmt.Sprintf("1-%d", number))
	input := filepath.Join(usb, "1-1:1.0", "input", fmt.Sprintf("input%d", number))
	r.must(os.MkdirAll(filepath.Join(input, "id"), 0o700))
	for path, text := range map[string]string{
		filepath.Join(usb, "idVendor"): vendor, filepath.Join(usb, "serial"): serial, filepath.Join(input, "name"): name,
		filepath.Join(input, "id", "vendor"): vendor, filepath.Join(input, "id", "product"): product, filepath.Join(input, "uniq"): "",
	} {
		r.must(os.WriteFile(path, []byte(text+"\n"), 0o600))
	}
	node := filepath.Join(r.dev, "input", p.event)
	r.must(unix.Mkfifo(node, 0o600))
	var err error
	p.file, err = os.OpenFile(node, os.O_RDWR, 0)
	r.must(err)
	r.Cleanup(func() { p.file.Close() })
	class := filepath.Join(r.sys, "class", "input", p.event)
	r.must(os.MkdirAll(class, 0o700))
	r.must(os.Symlink(input, filepath.Join(class, "device")))
	return p
}

// unplug takes the device away: its entries go, and its reader gets an end.
func (p *pedal) unplug() {
	p.r.must(os.RemoveAll(filepath.Join(p.r.sys, "class", "input", p.event)))
	p.r.must(os.Remove(filepath.Join(p.r.dev, "input", p.event)))
	p.file.Close()
}

// send has the device send events, each followed by a report's end as the kernel does it.
func (p *pedal) send(events ...shutter.Event) {
	p.r.Helper()
	var b []byte
	for _, e := range events {
		b = e.Append(b)
		b = shutter.Event{Time: e.Time, Type: evSyn}.Append(b)
	}
	_, err := p.file.Write(b)
	p.r.must(err)
}

// tap presses and releases a key now.
func (p *pedal) tap(code uint16) {
	p.r.Helper()
	now := p.r.clock.Now().Mono
	p.send(shutter.Event{Time: now, Type: evKey, Code: code, Value: pressed}, shutter.Event{Time: now, Type: evKey, Code: code, Value: released})
}

// serve runs a service on the rig and stops it with the test.
func (r *rig) serve(change func(*shutter.Options)) *shutter.Service {
	r.Helper()
	o := shutter.Options{
		Devices: []string{"05f3:00ff"}, Clock: r.clock, Log: slog.New(slog.DiscardHandler), SysRoot: r.sys, DevRoot: r.dev,
		Every: time.Millisecond, Grab: r.grabs,
	}
	if change != nil {
		change(&o)
	}
	s, err := shutter.New(o)
	r.must(err)
	ctx, cancel := context.WithCancel(r.Context())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx) }()
	r.Cleanup(func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			r.Errorf("Serve ended with %v", err)
		}
	})
	return s
}

func (r *rig) grabs(f *os.File) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.grab == nil {
		r.grabbed = append(r.grabbed, filepath.Base(f.Name()))
	}
	return r.grab
}

func (r *rig) grabFails(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.grab = err
}

// until waits for what must come.
func (r *rig) until(what string, is func() bool) {
	r.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			r.Fatalf("never: %s", what)
		}
	}
}

func (r *rig) await(s *shutter.Service, key string) shutter.Status {
	r.Helper()
	r.until(key, func() bool { return s.Status().Key == key })
	return s.Status()
}

// seen waits until so many presses were noticed.
func (r *rig) seen(s *shutter.Service, n uint64) {
	r.Helper()
	r.until(fmt.Sprintf("%d presses", n), func() bool { got, _ := s.Counts(); return got >= n })
}

// next takes the press that must come.
func (r *rig) next(sub *shutter.Subscription) shutter.Press {
	r.Helper()
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	p, err := sub.Next(ctx)
	r.must(err)
	return p
}
