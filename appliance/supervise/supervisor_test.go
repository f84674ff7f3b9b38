package supervise_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"dermbox/appliance"
	"dermbox/appliance/supervise"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// journal is a log that tests read while services write it.
type journal struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.String()
}

func options(j *journal) supervise.Options {
	return supervise.Options{Log: slog.New(slog.NewTextHandler(j, nil)), Failures: 100, Backoff: time.Millisecond, Close: 5 * time.Second}
}

// untilDone waits for ctx, as a well-behaved service does.
func untilDone(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }

func TestRestartAfterErrorNilAndPanic(t *testing.T) {
	j := &journal{}
	ctx, cancel := context.WithCancel(t.Context())
	runs := 0
	s := supervise.New(options(j))
	s.Add("camera", supervise.Func(func(ctx context.Context) error {
		runs++
		switch runs {
		case 1:
			return errors.New("unplugged")
		case 2:
			return nil
		case 3:
			panic("Mrs Example, 999 000 0018")
		case 4:
			var empty []int
			_ = empty[runs]
		}
		cancel()
		return untilDone(ctx)
	}), supervise.Restart)
	if err := s.Serve(ctx); err != nil {
		t.Fatal(err)
	}
	if runs != 5 {
		t.Errorf("%d runs, want 5", runs)
	}
	if log := j.String(); strings.Contains(log, "Example") || strings.Contains(log, "out of range") ||
		!strings.Contains(log, "type=string") || !strings.Contains(log, "type=runtime.boundsError") || !strings.Contains(log, "supervisor_test.go:") {
		t.Errorf("log of panics:\n%s", log)
	}
}

func TestDoneIsNotRestarted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var mu sync.Mutex
	var order []string
	note := func(name string) int {
		mu.Lock()
		defer mu.Unlock()
		order = append(order, name)
		return len(order)
	}
	s := supervise.New(options(&journal{}))
	s.Add("once", supervise.Func(func(context.Context) error { note("once"); return nil }), supervise.Once)
	s.Add("done", supervise.Func(func(context.Context) error { note("done"); return supervise.ErrDone }), supervise.Restart)
	s.Add("critical", supervise.Func(func(context.Context) error { note("critical"); return nil }), supervise.Critical)
	tries := 0
	s.Add("again", supervise.Func(func(ctx context.Context) error {
		if tries++; tries < 50 {
			return errors.New("not yet")
		}
		note("again")
		cancel()
		return untilDone(ctx)
	}), supervise.Once)
	if err := s.Serve(ctx); err != nil {
		t.Fatal(err)
	}
	slices.Sort(order)
	if want := []string{"again", "critical", "done", "once"}; !slices.Equal(order, want) {
		t.Errorf("ran %v", order)
	}
}

func TestFatalEndsEverythingInReverseOrder(t *testing.T) {
	cause := errors.New("schema is newer than the program")
	for name, policy := range map[string]supervise.Policy{"critical": supervise.Critical, "wrapped": supervise.Restart} {
		t.Run(name, func(t *testing.T) {
			var mu sync.Mutex
			var closed []string
			ready := make(chan struct{}, 3)
			s := supervise.New(options(&journal{}))
			for _, name := range []string{"store", "sync", "kiosk"} {
				s.Add(name, supervise.Func(func(ctx context.Context) error {
					ready <- struct{}{}
					<-ctx.Done()
					mu.Lock()
					defer mu.Unlock()
					closed = append(closed, name)
					return nil
				}), supervise.Restart)
			}
			s.Add("last", supervise.Func(func(context.Context) error {
				for range 3 {
					<-ready
				}
				if policy == supervise.Critical {
					return cause
				}
				return supervise.Fatal(cause)
			}), policy)
			err := s.Serve(t.Context())
			if !errors.Is(err, cause) || !strings.HasPrefix(err.Error(), "last: ") {
				t.Errorf("error %v", err)
			}
			if want := []string{"kiosk", "sync", "store"}; !slices.Equal(closed, want) {
				t.Errorf("closed %v, want %v", closed, want)
			}
		})
	}
}

func TestCriticalPanicIsFatalAndNamesNoValue(t *testing.T) {
	s := supervise.New(options(&journal{}))
	s.Add("store", supervise.Func(func(context.Context) error { panic("Mrs Example") }), supervise.Critical)
	err := s.Serve(t.Context())
	p, ok := errors.AsType[*appliance.PanicError](err)
	if !ok || p.Type != "string" || strings.Contains(err.Error(), "Example") {
		t.Errorf("error %v", err)
	}
}

func TestBackoffAndNews(t *testing.T) {
	j := &journal{}
	o := options(j)
	o.Failures = 1
	ctx, cancel := context.WithCancel(t.Context())
	var mu sync.Mutex
	news := 0
	o.Changed = func(name string, err error) {
		mu.Lock()
		defer mu.Unlock()
		if news++; name != "sync" || err == nil {
			t.Errorf("news of %q: %v", name, err)
		}
		if news == 4 {
			cancel()
		}
	}
	s := supervise.New(o)
	s.Add("sync", supervise.Func(func(context.Context) error { return errors.New("no") }), supervise.Restart)
	if err := s.Serve(ctx); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(j.String(), "restarts wait") {
		t.Errorf("no back-off in:\n%s", j.String())
	}
}

func TestServiceThatDoesNotEndIsNamed(t *testing.T) {
	o := options(&journal{})
	o.Close = 20 * time.Millisecond
	ctx, cancel := context.WithCancel(t.Context())
	release, ended := make(chan struct{}), make(chan struct{})
	s := supervise.New(o)
	s.Add("stuck", supervise.Func(func(context.Context) error {
		defer close(ended)
		cancel()
		<-release
		return nil
	}), supervise.Restart)
	err := s.Serve(ctx)
	if err == nil || !strings.Contains(err.Error(), `service="stuck"`) {
		t.Errorf("error %v", err)
	}
	close(release)
	<-ended
}
