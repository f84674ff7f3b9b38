package supervise

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/thejerf/suture/v4"

	"dermbox/appliance"
)

// Options tune a Supervisor; zero values take the defaults named here.
type Options struct {
	Log      *slog.Logger  // required
	Failures float64       // failures in quick succession after which restarts wait (3); they decay by half each Decay
	Decay    time.Duration // 30 s
	Backoff  time.Duration // how long they then wait, with jitter (5 s)
	Close    time.Duration // longest wait for one service to end (20 s)
	// Changed is told of each end of a service that was not asked for; health is fed from it. It must return at once.
	Changed func(name string, err error)
}

// Supervisor runs services. Add all of them, then call Serve once.
type Supervisor struct {
	o       Options
	members []*member
}

// member is one service under supervision.
type member struct {
	name    string
	service Service
	policy  Policy
	starts  atomic.Int64
	stuck   atomic.Bool
	o       *Options
	fatal   chan<- error
}

// New makes a Supervisor.
func New(o Options) *Supervisor {
	if o.Failures == 0 {
		o.Failures = 3
	}
	if o.Decay == 0 {
		o.Decay = 30 * time.Second
	}
	if o.Backoff == 0 {
		o.Backoff = 5 * time.Second
	}
	if o.Close == 0 {
		o.Close = 20 * time.Second
	}
	return &Supervisor{o: o}
}

// Add appends a service. Services start in the order they were added and are closed in the reverse.
func (s *Supervisor) Add(name string, service Service, policy Policy) {
	s.members = append(s.members, &member{name: name, service: service, policy: policy, o: &s.o})
}

// Serve runs the services until ctx ends or one fails fatally, then closes them and waits for each. It returns the first
// fatal error with the service's name, nil when ctx ended, and in either case joined with an error Internal
// "health.service.stuck" for each service that did not end in time.
func (s *Supervisor) Serve(ctx context.Context) error {
	fatal := make(chan error, len(s.members)+1)
	closers := make([]func(), len(s.members))
	for i, m := range s.members {
		m.fatal = fatal
		closers[i] = m.start(context.WithoutCancel(ctx))
	}
	var failures []error
	select {
	case <-ctx.Done():
	case err := <-fatal:
		failures = append(failures, err)
	}
	for i := len(closers) - 1; i >= 0; i-- {
		closers[i]()
		if m := s.members[i]; m.stuck.Load() {
			failures = append(failures, appliance.E(appliance.Internal, "health.service.stuck", nil, "service", m.name))
		}
	}
	return errors.Join(failures...)
}

// start runs the member under a suture supervisor of its own and gives the function that ends it and waits.
func (m *member) start(ctx context.Context) (closer func()) {
	ctx, cancel := context.WithCancel(ctx)
	supervisor := suture.New(m.name, suture.Spec{
		EventHook:         m.event,
		FailureDecay:      max(1, m.o.Decay.Seconds()),
		FailureThreshold:  m.o.Failures,
		FailureBackoff:    m.o.Backoff,
		Timeout:           m.o.Close,
		PassThroughPanics: true, // member.Serve has caught them: suture would log the value
	})
	supervisor.Add(m)
	done := supervisor.ServeBackground(ctx)
	return func() {
		cancel()
		m.o.Log.Debug("service closed", "service", m.name, "reason", <-done)
	}
}

// Serve runs the service once and translates its end for suture.
func (m *member) Serve(ctx context.Context) error {
	if n := m.starts.Add(1); n > 1 {
		m.o.Log.Info("service restarted", "service", m.name, "start", n)
	}
	err := m.run(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	_, isFatal := errors.AsType[*fatalError](err)
	switch {
	case errors.Is(err, ErrDone), err == nil && m.policy != Restart:
		m.o.Log.Info("service done", "service", m.name)
		return suture.ErrDoNotRestart
	case isFatal, m.policy == Critical:
		m.o.Log.Error("service failed, the program ends", "service", m.name, "err", err)
		m.changed(err)
		m.fatal <- fmt.Errorf("%s: %w", m.name, err)
		return suture.ErrDoNotRestart
	case err == nil:
		err = errors.New("service ended without being asked")
	}
	m.o.Log.Warn("service failed", "service", m.name, "err", err)
	m.changed(err)
	return err
}

// run calls the service and turns a panic into an error that names its type and place only.
func (m *member) run(ctx context.Context) (err error) {
	defer func() {
		if failure := appliance.Caught(recover()); failure != nil {
			m.o.Log.Error("service panicked", "service", m.name, "type", failure.Type, "where", failure.Where)
			err = failure
		}
	}()
	return m.service.Serve(ctx)
}

func (m *member) changed(err error) {
	if m.o.Changed != nil {
		m.o.Changed(m.name, err)
	}
}

// event logs what suture does beyond restarting, without its own text.
func (m *member) event(e suture.Event) {
	switch e.(type) {
	case suture.EventBackoff:
		m.o.Log.Warn("service fails again and again, restarts wait", "service", m.name, "wait", m.o.Backoff)
	case suture.EventStopTimeout:
		m.stuck.Store(true)
		m.o.Log.Error("service did not end in time", "service", m.name, "limit", m.o.Close)
	}
}
