package shutter

import (
	"context"
	"log/slog"
	"os"
	"sync"
	"time"

	"dermbox/appliance"
	"dermbox/camera/usb"
)

// How presses are told apart and how long one holds.
const (
	bounce = 300 * time.Millisecond // a press so soon after the last is the same one
	holds  = 500 * time.Millisecond // a press that is not taken by then takes no picture
)

// lookEvery is how long a device that was plugged in may type into the browser before it is taken.
const lookEvery = 200 * time.Millisecond

// Options is what a Service needs. Devices, Clock and Log must be set for one that is to do anything.
type Options struct {
	Devices []string // as usb.ParseBinding reads them; none: there is no shutter
	Keys    []string // names as KeyCode knows them; none: DefaultKeys
	Clock   appliance.Clock
	Log     *slog.Logger
	SysRoot string               // "": /sys
	DevRoot string               // "": /dev
	Grab    func(*os.File) error // nil: GrabInput
	Every   time.Duration        // how often to look for devices; 0: each 200 ms
}

// Service reads the shutter's devices and hands each press to the newest subscriber. It is safe for concurrent use.
type Service struct {
	o        Options
	bindings []usb.Binding
	keys     map[uint16]bool
	readers  sync.WaitGroup

	mu      sync.Mutex
	held    map[string]*device // by event name
	status  Status
	named   map[usb.Binding]string // what the device called itself when it was last there
	subs    []*Subscription        // the newest last
	last    appliance.Stamp        // when the last press was
	count   uint64
	dropped uint64
}

// New gives a Service that does nothing until Serve. A device or key that cannot be is an Invalid error.
func New(o Options) (*Service, error) {
	if o.SysRoot == "" {
		o.SysRoot = "/sys"
	}
	if o.DevRoot == "" {
		o.DevRoot = "/dev"
	}
	if o.Grab == nil {
		o.Grab = GrabInput
	}
	if o.Every <= 0 {
		o.Every = lookEvery
	}
	s := &Service{o: o, held: map[string]*device{}, named: map[usb.Binding]string{}}
	var err error
	if s.keys, err = codes(o.Keys); err != nil {
		return nil, err
	}
	for _, d := range o.Devices {
		b, err := usb.ParseBinding(d)
		if err != nil {
			return nil, appliance.FieldError("shutter.devices", "shutter.error.device", "value", d)
		}
		s.bindings = append(s.bindings, b)
	}
	if len(s.bindings) > 0 {
		s.status = Status{Key: StateAbsent, Params: map[string]string{"device": s.bindings[0].String()}}
	}
	return s, nil
}

// Configured says whether there is any device to look for.
func (s *Service) Configured() bool { return len(s.bindings) > 0 }

// Serve looks for the devices, takes and reads them until ctx ends, and gives them back. One that is not there yet, goes
// away or comes back under another number is found at the next look. It returns the context's error and may be called
// again.
func (s *Service) Serve(ctx context.Context) error {
	tick := time.NewTicker(s.o.Every)
	defer tick.Stop()
	defer s.readers.Wait()
	defer s.release()
	for {
		s.look()
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Counts gives how many presses there were and how many of them were dropped, since nobody took them in time.
func (s *Service) Counts() (presses, dropped uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count, s.dropped
}
