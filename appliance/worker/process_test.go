package worker_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/worker"
)

func spec(kind string) worker.Spec {
	return worker.Spec{Name: "test", Path: "/proc/self/exe", Env: []string{envChild + "=" + kind, "GORACE=atexit_sleep_ms=0"}, Grace: 300 * time.Millisecond}
}

func start(t *testing.T, s worker.Spec) *worker.Process {
	t.Helper()
	p, err := worker.Start(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// within gives a context for what must not hang; its length is never asserted.
func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func wantKey(t *testing.T, err error, code appliance.Code, key string) {
	t.Helper()
	var e *appliance.Error
	if !errors.As(err, &e) || e.Code != code || e.Key != key {
		t.Fatalf("got error %v, want %s %s", err, code, key)
	}
}

func TestCallAnswers(t *testing.T) {
	p := start(t, spec("worker"))
	var out numbers
	body, err := p.Call(within(t), "double", numbers{N: 21}, []byte("ab"), &out)
	if err != nil || out.N != 42 || string(body) != "abab" {
		t.Fatalf("got %+v %q %v", out, body, err)
	}
	if p.Err() != nil {
		t.Fatalf("a running child has error %v", p.Err())
	}
}

func TestCallsAtOnceGetTheirOwnAnswers(t *testing.T) {
	p := start(t, spec("worker"))
	ctx := within(t)
	var all sync.WaitGroup
	for i := range 200 {
		all.Go(func() {
			var out numbers
			in := bytes.Repeat([]byte{byte(i)}, i*100)
			body, err := p.Call(ctx, "double", numbers{N: i}, in, &out)
			if err != nil || out.N != 2*i || !bytes.Equal(body, append(in, in...)) {
				t.Errorf("call %d: %+v, %d bytes, %v", i, out, len(body), err)
			}
		})
	}
	all.Wait()
}

func TestErrorsCrossThePipe(t *testing.T) {
	p := start(t, spec("worker"))
	_, err := p.Call(within(t), "refuse", numbers{}, nil, nil)
	wantKey(t, err, appliance.Invalid, "error.test")
	var e *appliance.Error
	if errors.As(err, &e); e.Field != "n" || e.Params["value"] != "7" {
		t.Fatalf("lost field or value: %+v", e)
	}
	_, err = p.Call(within(t), "fail", numbers{}, nil, nil)
	wantKey(t, err, appliance.Internal, worker.KeyFailed)
	if !strings.Contains(err.Error(), "plain failure") {
		t.Fatalf("the cause is lost: %v", err)
	}
}

func TestEventsNewestWin(t *testing.T) {
	s := spec("worker")
	s.Queue = 3
	p := start(t, s)
	if _, err := p.Call(within(t), "emit", numbers{Count: 50}, nil, nil); err != nil {
		t.Fatal(err)
	}
	if got := p.Dropped(); got != 47 {
		t.Fatalf("dropped %d events, want 47", got)
	}
	for want := 47; want < 50; want++ {
		e := <-p.Events()
		if e.Type != "tick" || string(e.Data) != fmt.Sprintf(`{"n":%d}`, want) || e.Body[0] != byte(want) {
			t.Fatalf("event %+v, want number %d", e, want)
		}
	}
	p.Close()
	if _, open := <-p.Events(); open {
		t.Fatal("events stay open after Close")
	}
}

func TestOversizeIsRefusedBeforeItIsSent(t *testing.T) {
	s := spec("worker")
	s.MaxBody = 1000
	p := start(t, s)
	_, err := p.Call(within(t), "double", numbers{}, make([]byte, 1001), nil)
	wantKey(t, err, appliance.Invalid, worker.KeyTooLarge)
	_, err = p.Call(within(t), "double", numbers{Text: strings.Repeat("x", worker.MaxHeader)}, nil, nil)
	wantKey(t, err, appliance.Invalid, worker.KeyTooLarge)
	for _, typ := range []string{"big", "bigheader"} {
		_, err = p.Call(within(t), typ, numbers{N: 1001}, nil, nil)
		wantKey(t, err, appliance.Internal, worker.KeyTooLarge)
	}
	if _, err := p.Call(within(t), "big", numbers{N: 1000}, nil, nil); err != nil {
		t.Fatalf("the child did not survive the refusals: %v", err)
	}
}

func TestBrokenProtocolKillsTheChild(t *testing.T) {
	for _, kind := range []string{"garbage", "huge", "hugebody", "stray"} {
		t.Run(kind, func(t *testing.T) {
			p := start(t, spec(kind))
			_, err := p.Call(within(t), "double", numbers{}, nil, nil)
			wantKey(t, err, appliance.Unavailable, worker.KeyProtocol)
			<-p.Done()
			gone(t, p.Pid())
		})
	}
}

func TestDeathFailsTheCalls(t *testing.T) {
	for _, typ := range []string{"die", "panic"} {
		t.Run(typ, func(t *testing.T) {
			p := start(t, spec("worker"))
			hung := make(chan error, 1)
			go func() {
				_, err := p.Call(within(t), "hang", numbers{}, nil, nil)
				hung <- err
			}()
			_, err := p.Call(within(t), typ, numbers{}, nil, nil)
			wantKey(t, err, appliance.Unavailable, worker.KeyDied)
			wantKey(t, <-hung, appliance.Unavailable, worker.KeyDied)
			<-p.Done()
			gone(t, p.Pid())
			_, err = p.Call(within(t), "double", numbers{}, nil, nil)
			wantKey(t, err, appliance.Unavailable, worker.KeyDied)
		})
	}
	p := start(t, spec("exit"))
	<-p.Done()
	if !strings.Contains(p.Err().Error(), "exit status 7") {
		t.Fatalf("the exit status is lost: %v", p.Err())
	}
}

func TestDeadlineThenCloseKillsTheHungChild(t *testing.T) {
	p := start(t, spec("worker"))
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	_, err := p.Call(ctx, "hang", numbers{}, nil, nil)
	wantKey(t, err, appliance.Unavailable, worker.KeyDeadline)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v, want a deadline error", err)
	}
	if _, err := p.Call(within(t), "double", numbers{}, nil, nil); err != nil {
		t.Fatalf("a late call breaks the others: %v", err)
	}
	p.Close()
	gone(t, p.Pid())
	wantKey(t, p.Err(), appliance.Unavailable, worker.KeyClosed)
	_, err = p.Call(within(t), "double", numbers{}, nil, nil)
	wantKey(t, err, appliance.Unavailable, worker.KeyClosed)
}

func TestDeafChildCannotHoldTheCaller(t *testing.T) {
	p := start(t, spec("deaf"))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := p.Call(ctx, "double", numbers{}, make([]byte, 4<<20), nil)
	wantKey(t, err, appliance.Unavailable, worker.KeyDeadline)
	<-p.Done() // half a frame is in the pipe, so the child was killed
	wantKey(t, p.Err(), appliance.Unavailable, worker.KeyStalled)
}

func TestStalledChildIsKilled(t *testing.T) {
	s := spec("worker")
	s.Stall = 100 * time.Millisecond
	p := start(t, s)
	time.Sleep(3 * s.Stall) // idle is no stall
	if p.Err() != nil {
		t.Fatalf("killed while idle: %v", p.Err())
	}
	_, err := p.Call(within(t), "hang", numbers{}, nil, nil)
	wantKey(t, err, appliance.Unavailable, worker.KeyStalled)

	p = start(t, s)
	if _, err := p.Call(within(t), "emit", numbers{Count: 1}, nil, nil); err != nil {
		t.Fatal(err)
	}
	<-p.Done() // a stream that dried up
	wantKey(t, p.Err(), appliance.Unavailable, worker.KeyStalled)
}

// The callers of a hung child give up before the stall is noticed, and others ask again: neither makes its silence shorter.
func TestStallCountsCallsThatWereGivenUp(t *testing.T) {
	s := spec("worker")
	s.Stall = 300 * time.Millisecond
	p := start(t, s)
	ctx := within(t)
	for p.Err() == nil {
		if ctx.Err() != nil {
			t.Fatal("the hung child lives on")
		}
		short, cancel := context.WithTimeout(ctx, s.Stall/10)
		_, err := p.Call(short, "hang", numbers{}, nil, nil)
		cancel()
		if err == nil {
			t.Fatal("it answered")
		}
	}
	wantKey(t, p.Err(), appliance.Unavailable, worker.KeyStalled)
	<-p.Done()
	gone(t, p.Pid())
}

// A call that was given up and answered late is no stall.
func TestLateAnswerIsNoStall(t *testing.T) {
	s := spec("worker")
	s.Stall = time.Second
	p := start(t, s)
	if _, err := p.Call(within(t), "double", numbers{}, nil, nil); err != nil { // it is past its start
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	_, err := p.Call(ctx, "slow", numbers{}, nil, nil)
	wantKey(t, err, appliance.Unavailable, worker.KeyDeadline)
	time.Sleep(2 * s.Stall)
	if p.Err() != nil {
		t.Fatalf("killed after a late answer: %v", p.Err())
	}
}

func TestMissingExecutable(t *testing.T) {
	s := spec("worker")
	s.Path = "/nonexistent/worker"
	_, err := worker.Start(t.Context(), s)
	wantKey(t, err, appliance.Unavailable, worker.KeyStart)
	if !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("the cause is lost: %v", err)
	}
}

func TestLimitsAndEnvironment(t *testing.T) {
	s := spec("worker")
	s.Limits = worker.Limits{AddressSpace: 1 << 46, OpenFiles: 77, FileSize: 1 << 20}
	p := start(t, s)
	text, err := p.Call(within(t), "limits", numbers{}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	squeezed := strings.Join(strings.Fields(string(text)), " ")
	for _, want := range []string{
		"Max core file size 0 0 bytes", "Max open files 77 77 files", "Max file size 1048576 1048576 bytes",
		"Max address space 70368744177664 70368744177664 bytes",
	} {
		if !strings.Contains(squeezed, want) {
			t.Errorf("no %q in %s", want, squeezed)
		}
	}
	t.Setenv("SECRET", "of the parent")
	env, err := p.Call(within(t), "env", numbers{}, nil, nil)
	if err != nil || strings.Contains(string(env), "SECRET") || !strings.Contains(string(env), envChild) {
		t.Fatalf("environment %q, %v", env, err)
	}
}

func TestStdoutOfLibrariesGoesToTheLog(t *testing.T) {
	var log lockedBuffer
	s := spec("worker")
	s.Log = slog.New(slog.NewTextHandler(&log, nil))
	p := start(t, s)
	text := "libfoo: hello\n" + strings.Repeat("y", 10_000) + "\nlast\n"
	if _, err := p.Call(within(t), "print", numbers{Text: text}, nil, nil); err != nil {
		t.Fatal(err)
	}
	p.Close()
	got := log.String()
	if !strings.Contains(got, "libfoo: hello") || !strings.Contains(got, "line=last") {
		t.Fatalf("lines are missing: %s", got)
	}
	if len(got) > 4000 {
		t.Fatalf("a long line was not cut: %d bytes", len(got))
	}
}

func TestNoisyStderrIsHeldToARate(t *testing.T) {
	var log lockedBuffer
	s := spec("worker")
	s.Log = slog.New(slog.NewTextHandler(&log, nil))
	p := start(t, s)
	if _, err := p.Call(within(t), "print", numbers{Text: strings.Repeat("noise\n", 5000)}, nil, nil); err != nil {
		t.Fatal(err)
	}
	p.Close()
	if n := strings.Count(log.String(), "line=noise"); n < 50 || n > 500 {
		t.Fatalf("%d of 5000 lines were logged", n)
	}
	if !strings.Contains(log.String(), "worker stderr lines skipped") {
		t.Fatal("nothing says that lines were skipped")
	}
}

func TestPanicPrintsNoValues(t *testing.T) {
	var log lockedBuffer
	s := spec("worker")
	s.Log = slog.New(slog.NewTextHandler(&log, nil))
	p := start(t, s)
	if _, err := p.Call(within(t), "panic", numbers{}, nil, nil); err == nil {
		t.Fatal("a panic was answered")
	}
	<-p.Done()
	if got := log.String(); !strings.Contains(got, "panic in a worker's handler") || strings.Contains(got, "9434765919") {
		t.Fatalf("log of the panic: %s", got)
	}
}

// gone asserts that the process was reaped: not even a zombie is left.
func gone(t *testing.T, pid int) {
	t.Helper()
	if text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err == nil {
		t.Fatalf("process is still there: %s", text)
	}
}

type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
