package client

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/url"
	"strings"
	"time"

	"dermbox/appliance"
)

// Options say which hub, who the device is, and how long to wait.
type Options struct {
	URL         string            // of the hub's device listener, https
	Certificate tls.Certificate   // the device's, with its Leaf
	CA          *x509.Certificate // the trust's: the only CA that is believed
	Clock       appliance.Clock
	Floor       time.Time // certificates are judged at this time if the clock is behind it; zero: the certificate's own start

	Dial   time.Duration // to connect and to shake hands, each; 0 is 4 s
	Stall  time.Duration // a connection that moves no byte for so long is given up; 0 is 15 s
	Answer time.Duration // for the hub to begin its answer once it has the whole request; 0 is 60 s
}

// Client speaks to one hub. It is safe for concurrent use.
type Client struct {
	base         string
	options      Options
	bulk, urgent *http.Client
}

// bufferSize is that of a connection's buffers: writes much smaller than this cost a slow link a fifth of its rate.
const bufferSize = 1 << 20

// New makes a client; it does not connect yet. The error is *appliance.Error Invalid "sync.hub_url".
func New(o Options) (*Client, error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return nil, appliance.FieldError("hub_url", "sync.hub_url")
	}
	o.Dial = orElse(o.Dial, 4*time.Second)
	o.Stall = orElse(o.Stall, 15*time.Second)
	o.Answer = orElse(o.Answer, time.Minute)
	if o.Floor.IsZero() && o.Certificate.Leaf != nil {
		o.Floor = o.Certificate.Leaf.NotBefore
	}
	return &Client{base: strings.TrimRight(o.URL, "/"), options: o, bulk: lane(o), urgent: lane(o)}, nil
}

// Close gives up the idle connections. Requests under way are ended by their contexts.
func (c *Client) Close() {
	c.bulk.CloseIdleConnections()
	c.urgent.CloseIdleConnections()
}

func orElse(d, otherwise time.Duration) time.Duration {
	if d <= 0 {
		return otherwise
	}
	return d
}

// lane makes an HTTP client with connections of its own.
func lane(o Options) *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			Proxy:                 http.ProxyFromEnvironment,
			DialContext:           dialer(o.Dial, o.Stall),
			TLSClientConfig:       tlsConfig(o),
			TLSHandshakeTimeout:   o.Dial,
			ResponseHeaderTimeout: o.Answer,
			IdleConnTimeout:       90 * time.Second,
			MaxIdleConnsPerHost:   1,
			WriteBufferSize:       bufferSize,
			ReadBufferSize:        64 << 10,
			ForceAttemptHTTP2:     false,
			TLSNextProto:          map[string]func(string, *tls.Conn) http.RoundTripper{}, // never HTTP/2
			DisableCompression:    true,
		},
		// A hub does not redirect; whoever does is not one.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func tlsConfig(o Options) *tls.Config {
	roots := x509.NewCertPool()
	if o.CA != nil {
		roots.AddCert(o.CA)
	}
	return &tls.Config{
		MinVersion: tls.VersionTLS13,
		RootCAs:    roots,
		NextProtos: []string{"http/1.1"},
		Time:       func() time.Time { return bounded(o) },
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			if o.Certificate.Leaf != nil && bounded(o).After(o.Certificate.Leaf.NotAfter) {
				return nil, needsIT(appliance.Unauthorised, "sync.certificate_expired", nil,
					"expired", o.Certificate.Leaf.NotAfter.UTC().Format(time.DateOnly))
			}
			return &o.Certificate, nil
		},
	}
}

// bounded is the time at which certificates are judged: a clock that fell back to 1970 must not make them all invalid.
func bounded(o Options) time.Time {
	now := o.Clock.Now().Wall
	if now.Before(o.Floor) {
		return o.Floor
	}
	return now
}
