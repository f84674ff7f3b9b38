package trustsync_test

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/signed"
	"dermbox/sync/client"
	"dermbox/sync/wire"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"
)

const (
	trust, site, device = "RXX", "RXX01", "clinic-1"
	epoch               = "7d4b1c8e-0000-4000-8000-000000000001"
)

// StandInHub speaks the protocol over real TLS from memory, and misbehaves on request. It is no hub: nothing is durable
// and little is checked. The same suite runs against the real one in sync/hub/server.
type StandInHub struct {
	t       testing.TB
	server  *httptest.Server
	caCert  *x509.Certificate
	device  tls.Certificate
	receipt ed25519.PrivateKey

	mu        sync.Mutex
	manifests map[string]wire.Manifest
	committed map[string][]byte // digest to receipt
	parts     map[string][]byte
	taken     map[appliance.CaseID]string // accepted cases to manifest digest
	requests  []string                    // "METHOD path remote"
	received  map[string]int              // bytes that came for each part, resent ones too
	onOffer   func(digest string)

	Faults Faults
}

func newStandInHub(t testing.TB) *StandInHub {
	t.Helper()
	h := &StandInHub{
		t: t, manifests: map[string]wire.Manifest{}, committed: map[string][]byte{}, parts: map[string][]byte{},
		taken: map[appliance.CaseID]string{}, received: map[string]int{},
	}
	_, h.receipt, _ = ed25519.GenerateKey(rand.Reader)
	caKey, caCert := certificate(t, nil, nil, x509.ExtKeyUsageAny)
	serverKey, serverCert := certificate(t, caKey, caCert, x509.ExtKeyUsageServerAuth)
	deviceKey, deviceCert := certificate(t, caKey, caCert, x509.ExtKeyUsageClientAuth)
	h.caCert = caCert
	h.device = tls.Certificate{Certificate: [][]byte{deviceCert.Raw}, PrivateKey: deviceKey, Leaf: deviceCert}
	pool := x509.NewCertPool()
	pool.AddCert(caCert)
	h.server = httptest.NewUnstartedServer(h)
	h.server.TLS = &tls.Config{
		MinVersion: tls.VersionTLS13, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool,
		Certificates: []tls.Certificate{{Certificate: [][]byte{serverCert.Raw, caCert.Raw}, PrivateKey: serverKey}},
	}
	h.server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
	h.server.StartTLS()
	t.Cleanup(h.server.Close)
	return h
}

// Client gives the real client, enrolled with this hub.
func (h *StandInHub) Client(change func(*client.Options)) *client.Client {
	h.t.Helper()
	o := client.Options{URL: h.server.URL, Certificate: h.device, CA: h.caCert, Clock: realClock{}}
	if change != nil {
		change(&o)
	}
	c, err := client.New(o)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(c.Close)
	return c
}

// Signer is the device's key.
func (h *StandInHub) Signer() signed.Signer {
	return signed.NewSigner(h.device.PrivateKey.(crypto.Signer))
}

// Verifiers trusts the hub's own receipt key for receipts, and nothing else.
func (h *StandInHub) Verifiers(_ context.Context, kind signed.Kind) ([]dsse.Verifier, error) {
	if kind != signed.KindReceipt {
		return nil, nil
	}
	return []dsse.Verifier{signed.NewVerifier(h.receipt.Public())}, nil
}

// Change alters the faults.
func (h *StandInHub) Change(f func(*Faults)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f(&h.Faults)
}

// Log gives the requests so far.
func (h *StandInHub) Log() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]string(nil), h.requests...)
}

// Holds says whether the hub took the case over with its parts whole.
func (h *StandInHub) Holds(id appliance.CaseID) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, ok := h.taken[id]
	return ok
}

// Part gives what the hub has of a part.
func (h *StandInHub) Part(sum string) []byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]byte(nil), h.parts[sum]...)
}

// Received says how many bytes came for a part, those that came twice too.
func (h *StandInHub) Received(sum string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.received[sum]
}

// Offers counts the different manifests that were taken.
func (h *StandInHub) Offers() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.manifests)
}

func (h *StandInHub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.requests = append(h.requests, r.Method+" "+r.URL.Path+" "+r.RemoteAddr)
	if h.Faults.Portal {
		_, _ = io.WriteString(w, "<html>Welcome. Please sign in.</html>")
		return
	}
	if h.Faults.Random != nil && h.trouble(w, r, h.Faults.Random(r)) {
		return
	}
	w.Header().Set(wire.HeaderProtocol, wire.Protocol)
	sum, part := strings.CutPrefix(r.URL.Path, wire.PathParts)
	switch {
	case h.Faults.Unauthorised:
		h.refuse(w, wire.NewError(wire.CodeNoCertificate, "No."), http.StatusUnauthorized)
	case r.URL.Path == wire.PathBatches:
		h.offer(w, r)
	case part && r.Method == http.MethodHead:
		w.Header().Set(wire.HeaderOffset, strconv.Itoa(len(h.parts[sum])))
	case part:
		h.receive(w, r, sum)
	case r.URL.Path == wire.PathReconcile:
		h.reconcile(w)
	default:
		h.commit(w, strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, wire.PathBatches+"/"), "/commit"))
	}
}

func (h *StandInHub) offer(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if h.Faults.Later > 0 {
		h.Faults.Later--
		w.Header().Set("Retry-After", strconv.Itoa(h.Faults.RetryAfter))
		h.refuse(w, wire.NewError(wire.CodeBusy, "Later."), http.StatusServiceUnavailable)
		return
	}
	request, err := wire.DecodeOffer(body)
	if err != nil {
		h.t.Errorf("offer: %v", err)
	}
	v, err := signed.Verify(r.Context(), signed.KindManifest, request.Envelope, deviceKey{h.device.Leaf.PublicKey})
	if err != nil {
		h.t.Errorf("offer: %v", err)
	}
	m, err := wire.DecodeManifest(v.Payload)
	if err != nil {
		h.t.Errorf("offer: %v", err)
	}
	if h.onOffer != nil {
		h.onOffer(v.Digest)
	}
	refusal := wire.NewError(wire.CaseConflict, "Held with other content.")
	for _, c := range m.Cases {
		if h.Faults.Conflict[c.ID] {
			refusal.Cases = append(refusal.Cases, c.ID)
		}
	}
	if len(refusal.Cases) > 0 {
		h.refuse(w, refusal, http.StatusConflict)
		return
	}
	h.manifests[v.Digest] = m
	answer := wire.OfferAnswer{Digest: v.Digest, Missing: []string{}, Committed: h.committed[v.Digest] != nil}
	for _, p := range m.Parts() {
		if int64(len(h.parts[p.SHA256])) != p.Size {
			answer.Missing = append(answer.Missing, p.SHA256)
		}
	}
	h.answer(w, r, answer)
}

func (h *StandInHub) receive(w http.ResponseWriter, r *http.Request, sum string) {
	offset, _ := strconv.Atoi(r.Header.Get(wire.HeaderOffset))
	size, _ := strconv.Atoi(r.Header.Get(wire.HeaderLength))
	if offset != len(h.parts[sum]) {
		h.refuse(w, wire.NewError(wire.CodeOffset, "Elsewhere."), http.StatusConflict)
		return
	}
	limit, cut := int64(size), h.Faults.CutParts > 0 && size > h.Faults.CutAfter
	if cut {
		h.Faults.CutParts--
		limit = int64(h.Faults.CutAfter)
	}
	h.mu.Unlock() // a slow part must not hold up others
	body, err := io.ReadAll(io.LimitReader(r.Body, limit))
	h.mu.Lock()
	h.parts[sum] = append(h.parts[sum], body...)
	h.received[sum] += len(body)
	if cut || err != nil {
		panic(http.ErrAbortHandler)
	}
	if len(h.parts[sum]) == size && wire.HexSum(h.parts[sum]) != sum {
		h.t.Errorf("a whole part came with other bytes")
		h.parts[sum] = nil
		h.refuse(w, wire.NewError(wire.CodeHashMismatch, "Other bytes."), http.StatusUnprocessableEntity)
		return
	}
	if h.Faults.AfterPart != nil {
		h.Faults.AfterPart(h, sum)
	}
	w.Header().Set(wire.HeaderOffset, strconv.Itoa(len(h.parts[sum])))
	h.lose(r)
	w.WriteHeader(http.StatusNoContent)
}

func (h *StandInHub) commit(w http.ResponseWriter, digest string) {
	m, ok := h.manifests[digest]
	if !ok {
		h.refuse(w, wire.NewError(wire.CodeUnknownBatch, "Offer it."), http.StatusNotFound)
		return
	}
	for _, p := range m.Parts() {
		if wire.HexSum(h.parts[p.SHA256]) != p.SHA256 {
			h.refuse(w, wire.NewError(wire.CodePartsMissing, "Parts are missing."), http.StatusConflict)
			return
		}
	}
	if h.committed[digest] == nil || h.Faults.Receipt != nil || h.Faults.ReceiptKey != nil || h.Faults.ReceiptKind != "" {
		h.committed[digest] = h.sign(m, digest)
	}
	if h.Faults.LoseCommitAnswers > 0 {
		h.Faults.LoseCommitAnswers--
		panic(http.ErrAbortHandler)
	}
	h.answer(w, nil, wire.CommitAnswer{Receipt: h.committed[digest]})
	if h.Faults.Receipt != nil || h.Faults.ReceiptKey != nil || h.Faults.ReceiptKind != "" {
		h.committed[digest] = nil
	}
}

func (h *StandInHub) sign(m wire.Manifest, digest string) []byte {
	r := wire.ReceiptPayload{
		Schema: wire.ReceiptSchema, ManifestDigest: digest, Trust: m.Trust, Site: m.Site, Device: m.Device, Batch: m.Batch,
		Hub: "Stand-in", IssuedAt: time.Now().UTC(),
	}
	for _, c := range m.Cases {
		result := wire.CaseResult{ID: c.ID, Version: c.Version, Outcome: wire.Accepted}
		switch {
		case h.Faults.Reject[c.ID]:
			result.Outcome, result.Code = wire.Rejected, wire.CasePatient
		case h.taken[c.ID] != "":
			result.Outcome = wire.Duplicate
		default:
			h.taken[c.ID] = digest
		}
		r.Cases = append(r.Cases, result)
	}
	if h.Faults.Receipt != nil {
		h.Faults.Receipt(&r)
	}
	payload, err := wire.Encode(r)
	if err != nil {
		h.t.Error(err)
	}
	key, kind := h.receipt, signed.KindReceipt
	if h.Faults.ReceiptKey != nil {
		key = h.Faults.ReceiptKey
	}
	if h.Faults.ReceiptKind != "" {
		kind = h.Faults.ReceiptKind
	}
	envelope, err := signed.Sign(context.Background(), kind, payload, signed.NewEd25519Signer(key))
	if err != nil {
		h.t.Error(err)
	}
	return envelope
}

// Forget loses a case and its images, as a hub does that is restored from an older backup.
func (h *StandInHub) Forget(id appliance.CaseID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, c := range h.manifests[h.taken[id]].Cases {
		for _, p := range c.Parts {
			delete(h.parts, p.SHA256)
		}
	}
	delete(h.taken, id)
}

func (h *StandInHub) reconcile(w http.ResponseWriter) {
	if code := h.Faults.Compare; code != "" {
		if h.Faults.RetryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(h.Faults.RetryAfter))
		}
		h.refuse(w, wire.NewError(code, "No."), http.StatusInternalServerError)
		return
	}
	answer := wire.ReconcileAnswer{Cases: []wire.ReconcileCase{}}
	for id, digest := range h.taken {
		for _, c := range h.manifests[digest].Cases {
			if c.ID == id {
				answer.Cases = append(answer.Cases, wire.ReconcileCase{
					ID: id, Version: c.Version, ManifestDigest: digest, Parts: c.Parts, ReceivedAt: time.Now().UTC(),
				})
			}
		}
	}
	h.answer(w, nil, answer)
}

func (h *StandInHub) answer(w http.ResponseWriter, r *http.Request, v any) {
	raw, err := wire.Encode(v)
	if err != nil {
		h.t.Error(err)
	}
	if r != nil {
		h.lose(r)
	}
	_, _ = w.Write(raw)
}

func (h *StandInHub) refuse(w http.ResponseWriter, body wire.ErrorBody, status int) {
	raw, err := wire.EncodeError(body)
	if err != nil {
		h.t.Error(err)
	}
	w.WriteHeader(status)
	_, _ = w.Write(raw)
}

// deviceKey trusts one key for manifests.
type deviceKey struct{ pub crypto.PublicKey }

func (k deviceKey) Verifiers(_ context.Context, kind signed.Kind) ([]dsse.Verifier, error) {
	if kind != signed.KindManifest {
		return nil, errors.New("a device signs manifests only")
	}
	return []dsse.Verifier{signed.NewVerifier(k.pub)}, nil
}

// realClock is the system's clock.
type realClock struct{}

func (realClock) Now() appliance.Stamp {
	return appliance.Stamp{Wall: time.Now().UTC(), Mono: time.Now().UnixNano(), Boot: "test", Quality: appliance.ClockUnverified}
}
