package shutter

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"

	"dermbox/camera/usb"
)

// device is an input device that is ours.
type device struct {
	node  Node
	label string
	file  *os.File
}

var errExchanged = errors.New("another device has this number now")

// look finds the devices that are there and takes those that are not ours yet. All nodes of a device are taken: a foot
// switch that is a keyboard and a mouse must reach the browser as neither.
func (s *Service) look() {
	nodes := Scan(s.o.SysRoot)
	states := map[usb.Binding]string{}
	for _, b := range s.bindings {
		states[b] = StateAbsent
		worst := len(order)
		for _, n := range nodes {
			if !b.Fits(n.Device) {
				continue
			}
			state := stateOf(s.take(b, n))
			if at := slices.Index(order, state); at < worst {
				worst, states[b] = at, state
			}
		}
	}
	s.report(states)
}

// take opens and grabs a node, if that is not done yet, and begins to read it. Which device the file belongs to is checked
// after it was opened: numbers are given again.
func (s *Service) take(b usb.Binding, n Node) error {
	s.mu.Lock()
	if s.named[b] == "" {
		s.named[b] = n.Device.Name
	}
	label := s.labelLocked(b)
	_, ours := s.held[n.Event]
	s.mu.Unlock()
	if ours {
		return nil
	}
	f, err := os.OpenFile(filepath.Join(s.o.DevRoot, "input", n.Event), os.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	if now, ok := readNode(filepath.Join(s.o.SysRoot, "class", "input"), n.Event); !ok || !b.Fits(now.Device) {
		return errors.Join(errExchanged, f.Close())
	}
	if err := s.o.Grab(f); err != nil {
		return errors.Join(fmt.Errorf("grab: %w", err), f.Close())
	}
	d := &device{node: n, label: label, file: f}
	s.mu.Lock()
	s.held[n.Event] = d
	s.mu.Unlock()
	s.readers.Go(func() { s.read(d) })
	return nil
}

// read takes the device's events until it goes away or is closed. The next look finds that it is gone.
func (s *Service) read(d *device) {
	buf, n := make([]byte, 64*eventSize), 0
	for {
		more, err := d.file.Read(buf[n:])
		n += more
		events, used := ParseEvents(buf[:n])
		for _, e := range events {
			s.event(e, d)
		}
		n = copy(buf, buf[used:n])
		if err != nil {
			break
		}
	}
	d.file.Close()
	s.mu.Lock()
	delete(s.held, d.node.Event)
	s.mu.Unlock()
}

// release gives all devices back, which ends their readers.
func (s *Service) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.held {
		d.file.Close()
	}
}
