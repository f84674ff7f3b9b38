package client_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/sync/client"
	"dermbox/sync/wire"

	"golang.org/x/sys/unix"
)

func TestItSpeaksToItsHub(t *testing.T) {
	c := newRig(t, isHub(func(w http.ResponseWriter, r *http.Request) {
		if r.TLS.Version != tls.VersionTLS13 || r.ProtoMajor != 1 || len(r.TLS.PeerCertificates) != 1 ||
			r.Header.Get(wire.HeaderProtocol) != wire.Protocol {
			t.Errorf("TLS %x, %s", r.TLS.Version, r.Proto)
		}
		_, _ = io.WriteString(w, `{"cases":[],"next":""}`)
	})).start(nil)
	if err := reconcile(c); err != nil {
		t.Fatal(err)
	}
}

func TestWhoAnswersIsChecked(t *testing.T) {
	stranger := newAuthority(t)
	cases := map[string]struct {
		change    func(*rig)
		key       string
		transient bool
	}{
		"another CA": {func(r *rig) { r.options.CA = stranger.cert }, "sync.other_ca", false},
		"a certificate of another CA": {func(r *rig) {
			r.server.TLS.Certificates = []tls.Certificate{pair(stranger.issue(t, nil))}
		}, "sync.other_ca", false},
		"another host": {func(r *rig) {
			r.server.TLS.Certificates = []tls.Certificate{pair(r.ca.issue(t, func(c *x509.Certificate) {
				c.IPAddresses, c.DNSNames = nil, []string{"hub.example"}
			}))}
		}, "sync.wrong_host", false},
		"the hub's certificate expired": {func(r *rig) {
			r.server.TLS.Certificates = []tls.Certificate{pair(r.ca.issue(t, func(c *x509.Certificate) {
				c.NotAfter = time.Now().Add(-time.Minute)
			}))}
		}, "sync.hub_certificate_dates", false},
		"our certificate expired": {func(r *rig) {
			r.options.Certificate = pair(r.ca.issue(t, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }))
		}, "sync.certificate_expired", false},
		"our certificate is not known": {func(r *rig) { r.options.Certificate = pair(stranger.issue(t, nil)) },
			"sync.certificate_refused", false},
		"only old TLS":               {func(r *rig) { r.server.TLS.MaxVersion = tls.VersionTLS12 }, "sync.old_tls", false},
		"a clock of 1970 is bounded": {func(r *rig) { r.options.Clock = clock{time.Unix(0, 0)} }, "", false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c := newRig(t, isHub(func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, `{"cases":[],"next":""}`)
			})).start(tc.change)
			err := reconcile(c)
			if tc.key == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			wantKey(t, err, tc.key, tc.transient)
		})
	}
}

func TestOnlyAHubsAnswerCounts(t *testing.T) {
	cases := map[string]struct {
		answer http.HandlerFunc
		key    string
	}{
		"a portal's page": {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>Welcome</html>") }, "sync.portal"},
		"a portal's redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/login", http.StatusFound)
		}, "sync.portal"},
		"a proxy's refusal": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }, "sync.portal"},
		"nonsense of a hub": {isHub(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }), "sync.bad_answer"},
		"an unknown field":  {isHub(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"x":1}`) }), "sync.bad_answer"},
		"an answer without end": {isHub(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.Copy(w, io.LimitReader(zeroes{}, wire.MaxMessage+2))
		}), "sync.bad_answer"},
		"a cut connection": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "sync.unreachable"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			wantKey(t, reconcile(newRig(t, tc.answer).start(nil)), tc.key, true)
		})
	}
	t.Run("another protocol", func(t *testing.T) {
		c := newRig(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set(wire.HeaderProtocol, "2") }).start(nil)
		wantKey(t, reconcile(c), "sync.wire.code.protocol", false)
	})
	t.Run("a plain server", func(t *testing.T) {
		plain := httptest.NewServer(http.NotFoundHandler())
		defer plain.Close()
		c := newRig(t, nil).start(func(r *rig) { r.options.URL = strings.Replace(plain.URL, "http:", "https:", 1) })
		err := reconcile(c)
		if e, _ := errors.AsType[*appliance.Error](err); e == nil || !e.Transient {
			t.Errorf("error %v", err)
		}
	})
	t.Run("nobody", func(t *testing.T) {
		c := newRig(t, nil).start(func(r *rig) { r.options.URL = "https://" + nobody(t) })
		wantKey(t, reconcile(c), "sync.unreachable", true)
	})
}

// nobody gives an address that refuses connections for as long as the test runs: bound, and not listened on.
func nobody(t *testing.T) string {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(fd) })
	if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	address, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("127.0.0.1:%d", address.(*unix.SockaddrInet4).Port)
}

// zeroes never ends.
type zeroes struct{}

func (zeroes) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestRefusals(t *testing.T) {
	cases := map[string]struct {
		status int
		header string
		body   string
		code   wire.ErrorCode
		wait   time.Duration
	}{
		"busy, by header":       {503, "7", `{"code":"busy","message":"x","permanent":false}`, wire.CodeBusy, 7 * time.Second},
		"busy, by body":         {429, "", `{"code":"busy","message":"x","permanent":false,"retry_after_seconds":9}`, wire.CodeBusy, 9 * time.Second},
		"the longer of both":    {429, "20", `{"code":"busy","message":"x","permanent":false,"retry_after_seconds":9}`, wire.CodeBusy, 20 * time.Second},
		"busy, by date":         {503, "date", ``, wire.CodeBusy, 30 * time.Second},
		"a date gone by":        {503, "Mon, 02 Jan 2006 15:04:05 GMT", ``, wire.CodeBusy, 0},
		"a wait without bounds": {503, "999999999", ``, wire.CodeBusy, 24 * time.Hour},
		"a negative wait":       {503, "-5", ``, wire.CodeBusy, 0},
		"no body":               {401, "", ``, wire.CodeNoCertificate, 0},
		"not our body":          {500, "", `<html>`, wire.CodeInternal, 0},
		"a later code":          {418, "", `{"code":"teapot","message":"x","permanent":true}`, "teapot", 0},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			now := time.Now().Truncate(time.Second)
			c := newRig(t, isHub(func(w http.ResponseWriter, _ *http.Request) {
				if tc.header == "date" {
					tc.header = now.Add(30 * time.Second).UTC().Format(http.TimeFormat)
				}
				w.Header().Set("Retry-After", tc.header)
				w.WriteHeader(tc.status)
				_, _ = io.WriteString(w, tc.body)
			})).start(func(r *rig) { r.options.Clock = clock{now} })
			err := reconcile(c)
			r, ok := errors.AsType[*client.Refused](err)
			if !ok || r.Status != tc.status || r.Body.Code != tc.code || r.RetryAfter != tc.wait {
				t.Fatalf("error %v: %+v", err, r)
			}
			if e, ok := errors.AsType[*appliance.Error](err); !ok || e.Transient == r.Body.Permanent {
				t.Errorf("unwraps to %v", e)
			}
		})
	}
}

func TestAPart(t *testing.T) {
	content := bytes.Repeat([]byte("x"), 5000)
	part := wire.Part{SHA256: wire.HexSum(content), Size: 5000}
	answer := "5000"
	c := newRig(t, isHub(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != wire.PathParts+part.SHA256 {
			t.Errorf("path %s", r.URL.Path)
		}
		if r.Method == http.MethodHead {
			w.Header().Set(wire.HeaderOffset, "1000")
			w.WriteHeader(http.StatusNoContent)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil || len(body) != 4000 || r.ContentLength != 4000 || r.Header.Get(wire.HeaderOffset) != "1000" ||
			r.Header.Get(wire.HeaderLength) != "5000" || r.Header.Get("Content-Type") != wire.PartMedia {
			t.Errorf("%d bytes, %v, %v", len(body), err, r.Header)
		}
		w.Header().Set(wire.HeaderOffset, answer)
		w.WriteHeader(http.StatusNoContent)
	})).start(nil)
	at, err := c.PartOffset(t.Context(), false, part)
	if err != nil || at != 1000 {
		t.Fatalf("offset %d, %v", at, err)
	}
	at, err = c.SendPart(t.Context(), true, part, at, bytes.NewReader(content[at:]))
	if err != nil || at != 5000 {
		t.Errorf("offset %d, %v", at, err)
	}
	for _, bad := range []string{"", "-1", "5001", "x"} {
		answer = bad
		_, err = c.SendPart(t.Context(), false, part, 1000, bytes.NewReader(content[1000:]))
		wantKey(t, err, "sync.bad_answer", true)
	}
}

func TestALinkThatTakesNothingIsGivenUp(t *testing.T) {
	release := make(chan struct{})
	c := newRig(t, isHub(func(http.ResponseWriter, *http.Request) { <-release })).start(func(r *rig) {
		r.options.Stall, r.options.Answer = 300*time.Millisecond, 300*time.Millisecond
	})
	defer close(release)
	part := wire.Part{SHA256: strings.Repeat("a", 64), Size: wire.MaxPartSize}
	began := time.Now()
	_, err := c.SendPart(t.Context(), false, part, 0, io.LimitReader(zeroes{}, part.Size)) // more than any socket's buffer
	wantKey(t, err, "sync.stalled", true)
	wantKey(t, reconcile(c), "sync.stalled", true) // an answer that does not begin
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestTheCallersEndIsItsOwn(t *testing.T) {
	release := make(chan struct{})
	c := newRig(t, isHub(func(http.ResponseWriter, *http.Request) { <-release })).start(nil)
	defer close(release)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, err := c.Reconcile(ctx, ""); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// TestTheBodyIsLetGo checks that nobody reads a part's file after SendPart returned, whatever the hub does; -race sees it.
func TestTheBodyIsLetGo(t *testing.T) {
	part := wire.Part{SHA256: strings.Repeat("a", 64), Size: 8 << 20}
	c := newRig(t, isHub(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusConflict) // before the body was read
	})).start(nil)
	for range 20 {
		body := &owned{}
		_, err := c.SendPart(t.Context(), false, part, 0, body)
		if err == nil {
			t.Fatal("no error")
		}
		body.reads = -1 // a read at the same time would be a race
	}
}

type owned struct{ reads int }

func (o *owned) Read(p []byte) (int, error) { o.reads++; clear(p); return len(p), nil }

func TestNewRefusesOddAddresses(t *testing.T) {
	for _, u := range []string{"", "http://hub.example", "https://", "https://hub.example/?a=b", "https://u@hub.example", "https://hub.example#x", "::"} {
		if _, err := client.New(client.Options{URL: u, Clock: clock{}}); appliance.CodeOf(err) != appliance.Invalid {
			t.Errorf("%q: %v", u, err)
		}
	}
}
