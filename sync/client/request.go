package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"dermbox/appliance"
	"dermbox/sync/wire"
)

// request is one request to the hub.
type request struct {
	method string
	path   string
	urgent bool      // on the connection of its own
	body   io.Reader // nil for none
	length int64     // of body
	header http.Header
	limit  time.Duration // for the whole exchange; 0 for none but the watchdogs
}

// exchange is the time for small requests, answer included.
const exchange = 2 * time.Minute

// do sends the request once and gives header and body of a hub's 2xx answer. Other errors: *Refused for the hub's word,
// *appliance.Error for all that keeps it from speaking, ctx's own error when ctx ended.
func (c *Client) do(ctx context.Context, r request) (http.Header, []byte, error) {
	limited, cancel := r.context(ctx)
	defer cancel()
	body := newSending(r.body)
	req, err := c.build(limited, r, body)
	if err != nil {
		return nil, nil, fmt.Errorf("making a request to the hub: %w", err)
	}
	defer body.wait() // after the answer's body was closed, which ends the sending too
	resp, err := c.lane(r.urgent).Do(req)
	if err != nil {
		return nil, nil, failure(ctx, err)
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := c.read(resp, cancel)
	if err != nil {
		return nil, nil, failure(ctx, err)
	}
	if err := c.judge(resp, answer); err != nil {
		return nil, nil, err
	}
	return resp.Header, answer, nil
}

func (r request) context(ctx context.Context) (context.Context, context.CancelFunc) {
	if r.limit > 0 {
		return context.WithTimeout(ctx, r.limit)
	}
	return context.WithCancel(ctx)
}

func (c *Client) build(ctx context.Context, r request, body *sending) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, r.method, c.base+r.path, nil)
	if err != nil {
		return nil, err
	}
	for name, values := range r.header {
		req.Header[name] = values
	}
	req.Header.Set(wire.HeaderProtocol, wire.Protocol)
	if body != nil {
		req.Body, req.ContentLength = body, r.length
	}
	return req, nil
}

// sending is a request's body that says when the transport has let go of it. A transport may still read after it has given
// its answer; the caller must not close its file before.
type sending struct {
	io.Reader
	once sync.Once
	done chan struct{}
}

func newSending(r io.Reader) *sending {
	if r == nil {
		return nil
	}
	return &sending{Reader: r, done: make(chan struct{})}
}

// Close is called by the transport, always, and perhaps more than once.
func (s *sending) Close() error {
	s.once.Do(func() { close(s.done) })
	return nil
}

func (s *sending) wait() {
	if s != nil {
		<-s.done
	}
}

func (c *Client) lane(urgent bool) *http.Client {
	if urgent {
		return c.urgent
	}
	return c.bulk
}

// read takes a body within the cap, and gives up on one that does not end in the time of a small exchange.
func (c *Client) read(resp *http.Response, cancel context.CancelFunc) ([]byte, error) {
	watchdog := time.AfterFunc(exchange, cancel)
	defer watchdog.Stop()
	body, err := io.ReadAll(io.LimitReader(resp.Body, wire.MaxMessage+1))
	if err == nil && len(body) > wire.MaxMessage {
		return nil, badAnswer(errors.New("answer too large"))
	}
	return body, err
}

// judge tells a hub's answer from a captive portal's, whatever its status: only a hub sets the protocol's header.
func (c *Client) judge(resp *http.Response, body []byte) error {
	switch resp.Header.Get(wire.HeaderProtocol) {
	case wire.Protocol:
	case "":
		return appliance.E(appliance.Unavailable, "sync.portal", fmt.Errorf("answer %d without the protocol's header", resp.StatusCode))
	default:
		return needsIT(appliance.Invalid, "sync.wire.code."+string(wire.CodeProtocol), nil)
	}
	if resp.StatusCode/100 != 2 {
		return refused(resp, body, c.options.Clock.Now().Wall)
	}
	return nil
}

// badAnswer is an answer that a hub of this protocol would not give: taken as the hub's fault, to be tried again later.
func badAnswer(cause error) error {
	e := appliance.E(appliance.Internal, "sync.bad_answer", cause)
	e.Transient = true
	return e
}
