package provision

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"dermbox/appliance"
	"dermbox/sync/wire"
)

const (
	defaultTimeout = 30 * time.Second
	maxAnswer      = 1 << 20 // bytes; an enrolment's answer has a few thousand
)

// hub speaks the two requests that need no client certificate.
type hub struct {
	url    string
	secret string
	http   *http.Client
}

func newHub(invite wire.Invite, o Options) *hub {
	timeout := o.Timeout
	if timeout <= 0 {
		timeout = defaultTimeout
	}
	transport := &http.Transport{
		DialContext:           (&net.Dialer{Timeout: timeout}).DialContext,
		Proxy:                 http.ProxyFromEnvironment,
		TLSClientConfig:       pinned(invite, o.Clock),
		TLSHandshakeTimeout:   timeout,
		ResponseHeaderTimeout: timeout,
	}
	return &hub{
		url: strings.TrimRight(invite.URL, "/"), secret: invite.Secret,
		http: &http.Client{
			Transport: transport, Timeout: timeout,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

func (h *hub) close() { h.http.CloseIdleConnections() }

func (h *hub) hello(ctx context.Context) (wire.HelloAnswer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, h.url+wire.PathHello, nil)
	if err != nil {
		return wire.HelloAnswer{}, fmt.Errorf("asking the hub: %w", err)
	}
	req.Header.Set(wire.HeaderInvite, h.secret)
	body, err := h.do(req)
	if err != nil {
		return wire.HelloAnswer{}, err
	}
	answer, err := wire.DecodeHello(body)
	if err != nil {
		return wire.HelloAnswer{}, appliance.E(appliance.Unverified, "provision.bad_answer", err)
	}
	return answer, nil
}

func (h *hub) enrol(ctx context.Context, r wire.EnrolRequest) (wire.EnrolAnswer, error) {
	raw, err := wire.Encode(r)
	if err != nil {
		return wire.EnrolAnswer{}, fmt.Errorf("encoding the enrolment: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url+wire.PathEnrol, bytes.NewReader(raw))
	if err != nil {
		return wire.EnrolAnswer{}, fmt.Errorf("asking the hub: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	body, err := h.do(req)
	if err != nil {
		return wire.EnrolAnswer{}, err
	}
	answer, err := wire.DecodeEnrolAnswer(body)
	if err != nil {
		return wire.EnrolAnswer{}, appliance.E(appliance.Unverified, "provision.bad_answer", err)
	}
	return answer, nil
}

// do sends the request and gives the body of a 2xx answer that a hub made.
func (h *hub) do(req *http.Request) ([]byte, error) {
	req.Header.Set(wire.HeaderProtocol, wire.Protocol)
	resp, err := h.http.Do(req)
	if err != nil {
		return nil, failure(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.Header.Get(wire.HeaderProtocol) != wire.Protocol {
		return nil, transient(appliance.Unavailable, "provision.portal", nil)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return nil, transient(appliance.Unavailable, "provision.unreachable", err)
	}
	if len(body) > maxAnswer {
		return nil, appliance.E(appliance.Unverified, "provision.bad_answer", errors.New("answer too large"))
	}
	if resp.StatusCode/100 != 2 {
		return nil, refusal(body)
	}
	return body, nil
}

// failure tells a refusal of our own checks, which travels inside the transport's error, from a hub that cannot be reached.
func failure(err error) error {
	if e, ok := errors.AsType[*appliance.Error](err); ok {
		return e
	}
	return transient(appliance.Unavailable, "provision.unreachable", err)
}

// refusal gives the sentence of what the hub said.
func refusal(body []byte) error {
	e, err := wire.DecodeError(body)
	if err != nil {
		return appliance.E(appliance.Unverified, "provision.bad_answer", err)
	}
	keys := map[wire.ErrorCode]string{
		wire.CodeInviteUsed:    "provision.invite_used",
		wire.CodeInviteExpired: "provision.invite_expired",
		wire.CodeInviteUnknown: "provision.invite_unknown",
		wire.CodeInviteDevice:  "provision.invite_other_device",
	}
	if key, ok := keys[e.Code]; ok {
		return appliance.E(appliance.Forbidden, key, e.Err())
	}
	return e.Err()
}

func transient(code appliance.Code, key string, cause error) error {
	e := appliance.E(code, key, cause)
	e.Transient = true
	return e
}
