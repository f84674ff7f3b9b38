package shutter

import (
	"errors"
	"io/fs"
	"log/slog"
	"maps"

	"golang.org/x/sys/unix"

	"dermbox/camera/usb"
)

// The states of the shutter, as keys of the catalogue; the worst of its devices counts.
const (
	StateReady  = "shutter.state.ready"  // each device is there and is ours alone
	StateAbsent = "shutter.state.absent" // a device is not plugged in
	StateBusy   = "shutter.state.busy"   // another program has it for itself
	StateDenied = "shutter.state.denied" // we may not open it
	StateFailed = "shutter.state.failed" // it cannot be used, for another reason
)

// order of the states, worst first.
var order = []string{StateDenied, StateFailed, StateBusy, StateAbsent, StateReady}

// Status is how the shutter stands.
type Status struct {
	Key    string            // one of the State constants, "" when no device is configured
	Params map[string]string // "device": which it is about
}

// Status tells how the shutter stood at the last look.
func (s *Service) Status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	return Status{s.status.Key, maps.Clone(s.status.Params)}
}

// stateOf gives the state for what came of taking a device.
func stateOf(err error) string {
	switch {
	case err == nil:
		return StateReady
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ENODEV), errors.Is(err, unix.ENXIO), errors.Is(err, errExchanged):
		return StateAbsent // it has just gone, or its file is not there yet
	case errors.Is(err, fs.ErrPermission):
		return StateDenied
	case errors.Is(err, unix.EBUSY):
		return StateBusy
	}
	return StateFailed
}

// report keeps the worst state of all devices and logs when it changes.
func (s *Service) report(states map[usb.Binding]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, key := range order {
		for _, b := range s.bindings {
			if states[b] != key {
				continue
			}
			if s.status.Key != key {
				s.o.Log.Info("shutter state", slog.String("from", s.status.Key), slog.String("to", key), slog.String("device", b.String()))
			}
			s.status = Status{Key: key, Params: map[string]string{"device": s.labelLocked(b)}}
			return
		}
	}
}

// labelLocked names a device for people: by its own name if it was ever seen, and its ids.
func (s *Service) labelLocked(b usb.Binding) string {
	if name := s.named[b]; name != "" {
		return name + " (" + b.String() + ")"
	}
	return b.String()
}
