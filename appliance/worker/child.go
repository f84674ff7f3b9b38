package worker

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"sync"

	"dermbox/appliance"
)

// maxAtOnce is how many requests a child works on at once; it reads no more until one is done.
const maxAtOnce = 16

// exitPanic is the exit code of a child whose handler panicked, as of any Go program.
const exitPanic = 2

// Handler answers requests in the child.
type Handler interface {
	// Handle answers one request; resp is marshalled into the reply's header. Calls come at once from several goroutines:
	// native code that is not thread-safe needs a lock. The context ends when the parent has gone. An *appliance.Error
	// reaches the parent as it is, any other error as Internal with KeyFailed.
	Handle(ctx context.Context, typ string, data json.RawMessage, body []byte) (resp any, respBody []byte, err error)
}

// HandlerFunc is a Handler that is one function.
type HandlerFunc func(ctx context.Context, typ string, data json.RawMessage, body []byte) (any, []byte, error)

// Handle calls f.
func (f HandlerFunc) Handle(ctx context.Context, typ string, data json.RawMessage, body []byte) (any, []byte, error) {
	return f(ctx, typ, data, body)
}

// Emitter sends the child's events and replies. It may be used from any goroutine.
type Emitter struct {
	mu      sync.Mutex
	out     io.Writer
	maxBody int
}

// Emit sends an event; data is marshalled into its header. The error says that data or body is too large, or that the
// parent has gone.
func (e *Emitter) Emit(typ string, data any, body []byte) error {
	raw, err := json.Marshal(data)
	if err != nil {
		return fmt.Errorf("worker event %s: %w", typ, err)
	}
	return e.send(header{Type: typ, Data: raw}, body)
}

func (e *Emitter) send(h header, body []byte) error {
	prefix, err := encodeFrame(h, len(body), e.maxBody)
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, err := e.out.Write(prefix); err != nil {
		return err
	}
	_, err = e.out.Write(body)
	return err
}

// Serve is the child's side: it reads requests from in, has them handled and writes the replies to out, until in ends (the
// ordinary way to stop: nil) or breaks the protocol (an error). It returns after the last handler has.
func Serve(ctx context.Context, in io.Reader, out io.Writer, build func(e *Emitter) Handler) error {
	return serve(ctx, in, out, DefaultMaxBody, build)
}

func serve(ctx context.Context, in io.Reader, out io.Writer, maxBody int, build func(e *Emitter) Handler) error {
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()
	emitter := &Emitter{out: out, maxBody: maxBody}
	handler := build(emitter)
	slots := make(chan struct{}, maxAtOnce)
	requests := bufio.NewReaderSize(in, 64<<10)
	for {
		h, body, err := readFrame(requests, maxBody)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case h.ID == 0:
			return errors.New("request without an id")
		}
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots }()
			emitter.answer(ctx, handler, h, body)
		})
	}
}

// answer handles one request and sends its reply. When the reply cannot be sent the parent has gone, and the end of in
// follows.
func (e *Emitter) answer(ctx context.Context, handler Handler, request header, body []byte) {
	defer leaveOnPanic()
	reply := header{Type: request.Type, ID: request.ID}
	resp, respBody, err := handler.Handle(ctx, request.Type, request.Data, body)
	if err == nil {
		reply.Data, err = json.Marshal(resp)
	}
	if err != nil {
		reply.Data, respBody, reply.Error = nil, nil, toWire(err)
	}
	if err := e.send(reply, respBody); errors.Is(err, errTooLarge) {
		reply.Data, reply.Error = nil, toWire(appliance.E(appliance.Internal, KeyTooLarge, err, "worker", request.Type))
		_ = e.send(reply, nil) // the parent has gone
	}
}

// leaveOnPanic ends the child after a panic: beside native code nothing is known to be whole. The value is not printed,
// because it may quote data.
func leaveOnPanic() {
	if v := recover(); v != nil {
		fmt.Fprintf(os.Stderr, "panic in a worker's handler (%T)\n%s", v, debug.Stack())
		os.Exit(exitPanic)
	}
}
