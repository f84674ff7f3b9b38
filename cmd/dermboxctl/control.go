package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"

	"dermbox/appliance"
)

// maxAnswer caps what is read of the daemon: a list of ten thousand cases has 4 MiB.
const maxAnswer = 32 << 20

// patience is how long the daemon may take; a reconcile asks the hub.
const patience = 90 * time.Second

// daemon speaks to dermboxd over its socket.
type daemon struct {
	socket string
	client *http.Client
}

// remoteError is a failure that the daemon reported: it has said the sentence already.
type remoteError struct {
	code    appliance.Code
	message string
}

func (e *remoteError) Error() string { return string(e.code) + " from the daemon" }

// As lets appliance.CodeOf see the daemon's code.
func (e *remoteError) As(target any) bool {
	if t, ok := target.(**appliance.Error); ok {
		*t = &appliance.Error{Code: e.code}
		return true
	}
	return false
}

func newDaemon(socket string) *daemon {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, "unix", socket)
	}
	return &daemon{socket: socket, client: &http.Client{
		Timeout:   patience,
		Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true},
	}}
}

// get asks and reads the answer into result. Errors are those of call.
func (d *daemon) get(ctx context.Context, path string, result any) error {
	return d.call(ctx, http.MethodGet, path, nil, result)
}

// post sends a body, which may be nil.
func (d *daemon) post(ctx context.Context, path string, body any) error {
	return d.call(ctx, http.MethodPost, path, body, nil)
}

// call makes one request. A daemon that is not there is Unavailable "ctl.daemon_down"; one that may not be asked is
// Forbidden "ctl.socket.forbidden"; what the daemon itself refuses is a *remoteError.
func (d *daemon) call(ctx context.Context, method, path string, body, result any) error {
	var reader io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("request: %w", err)
		}
		reader = bytes.NewReader(raw)
	}
	return d.send(ctx, method, path, reader, result)
}

// upload posts bytes as they are. Errors are those of call.
func (d *daemon) upload(ctx context.Context, path string, raw []byte, result any) error {
	return d.send(ctx, http.MethodPost, path, bytes.NewReader(raw), result)
}

func (d *daemon) send(ctx context.Context, method, path string, reader io.Reader, result any) error {
	request, err := http.NewRequestWithContext(ctx, method, "http://dermboxd"+path, reader)
	if err != nil {
		return fmt.Errorf("request: %w", err)
	}
	answer, err := d.client.Do(request)
	if err != nil {
		return d.unreachable(err)
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	if err != nil || len(raw) > maxAnswer {
		return appliance.E(appliance.Unavailable, "ctl.daemon_answer", err)
	}
	if answer.StatusCode >= 300 {
		return failure(answer.StatusCode, raw)
	}
	if result == nil {
		return nil
	}
	if err := json.Unmarshal(raw, result); err != nil {
		return appliance.E(appliance.Internal, "ctl.daemon_answer", err)
	}
	return nil
}

func failure(status int, raw []byte) error {
	var f struct {
		Code    appliance.Code `json:"code"`
		Message string         `json:"message"`
	}
	if json.Unmarshal(raw, &f) == nil && f.Code != "" && f.Message != "" {
		return &remoteError{f.Code, f.Message}
	}
	if status == http.StatusNotFound || status == http.StatusMethodNotAllowed {
		return appliance.E(appliance.Unavailable, "ctl.daemon_cannot", nil)
	}
	return appliance.E(appliance.Internal, "ctl.daemon_answer", fmt.Errorf("status %d", status))
}

func (d *daemon) unreachable(err error) error {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return appliance.E(appliance.Forbidden, "ctl.socket.forbidden", err)
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return appliance.E(appliance.Unavailable, "ctl.daemon_down", err, "socket", d.socket)
	case strings.Contains(err.Error(), "Client.Timeout"), os.IsTimeout(err):
		return appliance.E(appliance.Unavailable, "ctl.daemon_slow", err)
	}
	return appliance.E(appliance.Unavailable, "ctl.daemon_answer", err)
}

// down says whether the error is that no daemon runs.
func down(err error) bool {
	e, ok := errors.AsType[*appliance.Error](err)
	return ok && e.Key == "ctl.daemon_down"
}
