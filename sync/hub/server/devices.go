package server

import (
	"context"
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"

	"net/http"
	"strings"
	"time"

	"dermbox/sync/hub/answer"
	"dermbox/sync/hub/enrol"
	"dermbox/sync/hub/ingest"
	"dermbox/sync/wire"
)

// deviceHandler serves the protocol. Enrolment is the only part that needs no client certificate; its guesses are limited.
func (h *Hub) deviceHandler() http.Handler {
	protocol, enrolment, limit := h.Ingest.Handler(h.identify), h.Enrol.Handler(), newLimiter()
	return answer.Mark(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != wire.PathEnrol && !strings.HasPrefix(r.URL.Path, wire.PathEnrol+"/") {
			protocol.ServeHTTP(w, r)
			return
		}
		if !limit.allow(r) {
			answer.Write(w, r, h.Log, answer.Refusal(wire.CodeBusy, nil))
			return
		}
		enrolment.ServeHTTP(w, r)
	}), h.Log)
}

// identify names the caller by its client certificate, whose chain the handshake verified, and asks the ledger whether that
// device is still admitted with that key.
func (h *Hub) identify(r *http.Request) (ingest.Caller, error) {
	if r.TLS == nil || len(r.TLS.VerifiedChains) == 0 {
		return ingest.Caller{}, answer.Refusal(wire.CodeNoCertificate, nil)
	}
	return h.callerOf(r.Context(), r.TLS.PeerCertificates[0])
}

func (h *Hub) callerOf(ctx context.Context, leaf *x509.Certificate) (ingest.Caller, error) {
	device, err := enrol.DeviceOf(leaf)
	if err != nil {
		return ingest.Caller{}, answer.Refusal(wire.CodeNoCertificate, err)
	}
	key, ok := leaf.PublicKey.(*ecdsa.PublicKey)
	if !ok || device.Trust != h.Authority.Trust {
		return ingest.Caller{}, answer.Refusal(wire.CodeDeviceUnknown, nil)
	}
	if err := h.Ledger.Check(ctx, device, leaf.RawSubjectPublicKeyInfo); err != nil {
		return ingest.Caller{}, err
	}
	return ingest.Caller{Device: device, Key: key}, nil
}

// deviceTLS asks for a client certificate of this trust's CA. A certificate of another CA, or an expired one, ends the
// handshake; none at all reaches enrolment only.
func (h *Hub) deviceTLS() (*tls.Config, error) {
	certificate, err := h.Authority.ServerCertificate(h.Hosts, h.Log)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AddCert(h.Authority.CA)
	return &tls.Config{
		MinVersion: tls.VersionTLS13, GetCertificate: certificate, ClientAuth: tls.VerifyClientCertIfGiven, ClientCAs: pool,
		Time: func() time.Time { return h.Clock.Now().Wall },
		// HTTP/1.1 only: on one HTTP/2 connection an urgent record waits behind bulk, so devices open several.
		NextProtos: []string{"http/1.1"},
	}, nil
}
