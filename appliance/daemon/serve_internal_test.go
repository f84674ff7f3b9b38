package daemon

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// It is an internal test because a handler that panics, or that does not end, cannot be asked for from outside.

type served struct {
	address string
	log     *bytes.Buffer // read it after stop
	stop    func() error
}

func serve(t *testing.T, handler http.HandlerFunc) served {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	log, done := &bytes.Buffer{}, make(chan error, 1)
	go func() {
		done <- serveHTTP(ctx, listener, handler, &http.Server{}, slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	}()
	stop := sync.OnceValue(func() error { cancel(); return <-done })
	t.Cleanup(func() { stop() })
	return served{"http://" + listener.Addr().String(), log, stop}
}

// get asks once, over a connection of its own.
func get(url string) (int, string, error) {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get(url)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return response.StatusCode, string(body), err
}

func TestPanicTellsNothingOfThePatient(t *testing.T) {
	for name, value := range map[string]any{"text": "Quillfeather", "error": errors.New("Quillfeather")} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, func(http.ResponseWriter, *http.Request) { panic(value) })
			code, body, err := get(s.address)
			if err != nil || code != http.StatusInternalServerError || strings.Contains(body, "Quillfeather") {
				t.Errorf("%d %q %v", code, body, err)
			}
			s.stop()
			said := s.log.String()
			if strings.Contains(said, "Quillfeather") || !strings.Contains(said, "request panicked") || !strings.Contains(said, "daemon.TestPanic") {
				t.Errorf("log: %s", said)
			}
		})
	}
}

// A handler may end a connection on purpose; that is no fault.
func TestAbortedRequestIsNoFault(t *testing.T) {
	s := serve(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	if _, _, err := get(s.address); err == nil {
		t.Error("it was answered")
	}
	s.stop()
	if strings.Contains(s.log.String(), "panicked") {
		t.Errorf("log: %s", s.log)
	}
}

// A sign-off that was on its way when the box was told to stop still becomes durable, and its page says so.
func TestRequestsUnderWayFinish(t *testing.T) {
	begun, goOn := make(chan struct{}), make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		close(begun)
		<-goOn
		if r.Context().Err() == nil {
			io.WriteString(w, "saved")
		}
	})
	answer := make(chan string, 1)
	go func() {
		_, body, _ := get(s.address)
		answer <- body
	}()
	<-begun
	stopped := make(chan error, 1)
	go func() { stopped <- s.stop() }()
	select {
	case err := <-stopped:
		t.Fatalf("stopped under a request: %v", err)
	case <-time.After(100 * time.Millisecond):
	}
	close(goOn)
	if got := <-answer; got != "saved" {
		t.Errorf("the page says %q", got)
	}
	if err := <-stopped; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// A request that would go on for ever is told to end after the grace, and waited for.
func TestLongRequestsAreEnded(t *testing.T) {
	begun, ended := make(chan struct{}), make(chan struct{})
	s := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		close(begun)
		<-r.Context().Done()
		time.Sleep(50 * time.Millisecond)
		close(ended)
	})
	go get(s.address)
	<-begun
	s.stop()
	select {
	case <-ended:
	default:
		t.Error("what it needs would have been closed under it")
	}
}

func TestServerThatEndsByItselfSaysSo(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	err = serveHTTP(t.Context(), listener, http.NotFoundHandler(), &http.Server{}, slog.New(slog.DiscardHandler))
	if !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
}
