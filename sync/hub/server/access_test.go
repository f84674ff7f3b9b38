package server_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/sync/hub/enrol"
	"dermbox/sync/hub/server"
	"dermbox/sync/wire"
)

func TestInvitesWorkOnceForTheirDevice(t *testing.T) {
	r := newRig(t)
	b := &box{t: t, rig: r, site: r.site}
	hello := func(secret string) (int, []byte) {
		return send(t, anonymous(r), "GET", r.url+wire.PathHello, nil, http.Header{wire.HeaderInvite: {secret}})
	}
	i := r.invite("box-1", time.Hour, false)
	status, body := hello(i.Secret)
	if a, err := wire.DecodeHello(body); status != http.StatusOK || err != nil || a.EscrowRecipient != r.hub.Authority.EscrowRecipient {
		t.Errorf("hello: %d %s %v", status, body, err)
	}
	if status, body := b.tryEnrol(i, "box-2"); status != http.StatusForbidden || code(t, body) != wire.CodeInviteDevice {
		t.Errorf("another name: %d %s", status, body)
	}
	foreign := i
	foreign.Secret = strings.Repeat("A", 43)
	if status, body := b.tryEnrol(foreign, "box-1"); status != http.StatusForbidden || code(t, body) != wire.CodeInviteUnknown {
		t.Errorf("foreign: %d %s", status, body)
	}
	if status, body := b.tryEnrol(i, "box-1"); status != http.StatusOK {
		t.Fatalf("enrol: %d %s", status, body)
	}
	first := b.key
	if status, body := b.enrolWith(i, "box-1", first); status != http.StatusOK {
		t.Errorf("the same key again, as after a lost answer: %d %s", status, body)
	}
	if status, body := hello(i.Secret); status != http.StatusOK {
		t.Errorf("hello before it asks again: %d %s", status, body)
	}
	if status, body := b.tryEnrol(i, "box-1"); status != http.StatusGone || code(t, body) != wire.CodeInviteUsed {
		t.Errorf("a used invite with another key: %d %s", status, body)
	}
	older := r.invite("box-4", time.Hour, false)
	r.invite("box-4", time.Hour, false)
	if status, body := hello(older.Secret); status != http.StatusGone || code(t, body) != wire.CodeInviteUsed {
		t.Errorf("an invite whose place a newer one took: %d %s", status, body)
	}
	if _, _, err := r.hub.Enrol.Invite(t.Context(), enrol.Wanted{Device: "box-1", Site: r.site, URL: r.url, For: time.Hour}); appliance.CodeOf(err) != appliance.Conflict {
		t.Errorf("an invite for a device that is there: %v", err)
	}
	expired := r.invite("box-3", time.Minute, false)
	r.hub.Enrol.Clock = later{time.Now().Add(2 * time.Minute)}
	if status, body := b.tryEnrol(expired, "box-3"); status != http.StatusGone || code(t, body) != wire.CodeInviteExpired {
		t.Errorf("expired: %d %s", status, body)
	}
}

type later struct{ t time.Time }

func (l later) Now() appliance.Stamp { return appliance.Stamp{Wall: l.t} }

func TestACSRMustProveItsKey(t *testing.T) {
	r := newRig(t)
	i := r.invite("box-1", time.Hour, false)
	for name, csr := range map[string][]byte{"not PEM": []byte("x"), "damaged": damagedCSR(t)} {
		body, err := wire.Encode(wire.EnrolRequest{Secret: i.Secret, DeviceName: "box-1", EscrowBlob: []byte("b"), CSR: csr})
		if err != nil {
			t.Fatal(err)
		}
		if status, answer := send(t, anonymous(r), "POST", r.url+wire.PathEnrol, body, nil); status != http.StatusUnprocessableEntity || code(t, answer) != wire.CodeCSR {
			t.Errorf("%s: %d %s", name, status, answer)
		}
	}
	if status, body := (&box{t: t, rig: r}).tryEnrol(i, "box-1"); status != http.StatusOK {
		t.Errorf("a refusal used the invite up: %d %s", status, body)
	}
}

func TestOnlyDevicesOfThisTrustGetIn(t *testing.T) {
	r := newRig(t)
	b := r.enrol("box-1")
	if status, body := send(t, anonymous(r), "POST", r.url+wire.PathBatches, []byte("{}"), nil); status != http.StatusUnauthorized || code(t, body) != wire.CodeNoCertificate {
		t.Errorf("no certificate: %d %s", status, body)
	}
	// A device of another trust's hub, with a certificate of that hub's CA.
	h := newHub(t, "RYY")
	other := &rig{t: t, dir: h.DataDir, hub: h, site: "RYY01"}
	other.serve()
	foreign := other.enrol("box-1")
	c := foreign.tls(foreign.hub)
	c.RootCAs = b.tls(b.hub).RootCAs
	// Go's client keeps back a certificate that the server's list of CAs does not name.
	if status, body := send(t, client(t, c), "GET", r.url+wire.PathReconcile, nil, nil); status != http.StatusUnauthorized || code(t, body) != wire.CodeNoCertificate {
		t.Errorf("another CA's certificate: %d %s", status, body)
	}
	forced := c.Clone()
	forced.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &c.Certificates[0], nil }
	if resp, err := client(t, forced).Get(r.url + wire.PathReconcile); err == nil {
		resp.Body.Close()
		t.Errorf("another CA's certificate, forced on the hub, got in: %d", resp.StatusCode)
	}
	// A device whose place was taken by a new box of its name.
	r.enrol("box-1")
	if status, body := send(t, b.http, "GET", r.url+wire.PathReconcile, nil, nil); status != http.StatusForbidden || code(t, body) != wire.CodeDeviceUnknown {
		t.Errorf("a replaced device: %d %s", status, body)
	}
	old := b.tls(b.hub)
	old.MaxVersion = tls.VersionTLS12
	if resp, err := client(t, old).Get(r.url + wire.PathTime); err == nil {
		resp.Body.Close()
		t.Error("TLS 1.2 got in")
	}
}

func TestManifestsMustBeTheCallersOwn(t *testing.T) {
	r := newRig(t)
	b, other := r.enrol("box-1"), r.enrol("box-2")
	post := func(body []byte) (int, wire.ErrorCode) {
		status, answer := send(t, b.http, "POST", r.url+wire.PathBatches, body, nil)
		return status, code(t, answer)
	}
	m := b.manifest(b.visit(10))
	m.Device = "box-2"
	body, _ := b.sign(m)
	if status, c := post(body); status != http.StatusForbidden || c != wire.CodeWrongDevice {
		t.Errorf("another device's name: %d %s", status, c)
	}
	theirs, _ := other.sign(other.manifest(other.visit(10)))
	if status, c := post(theirs); status != http.StatusForbidden || c != wire.CodeUnverified {
		t.Errorf("another device's manifest: %d %s", status, c)
	}
	good, _ := b.sign(b.manifest(b.visit(10)))
	tampered := bytes.Clone(good)
	tampered[len(tampered)/3] ^= 4
	if status, c := post(tampered); status < 400 || c != wire.CodeUnverified && c != wire.CodeMalformed {
		t.Errorf("tampered: %d %s", status, c)
	}
	for name, bad := range map[string][]byte{"not JSON": []byte("x"), "empty": {}, "no manifest": []byte(`{"envelope":{}}`)} {
		if status, c := post(bad); status < 400 || status > 499 || c == wire.CodeInternal {
			t.Errorf("%s: %d %s", name, status, c)
		}
	}
	if status, c := post(bytes.Repeat([]byte(" "), wire.MaxMessage+1)); status != http.StatusRequestEntityTooLarge || c != wire.CodeTooLarge {
		t.Errorf("too large: %d %s", status, c)
	}
	if rows, err := r.hub.Ledger.Cases(t.Context(), "RZZ", 10); err != nil || len(rows) != 0 {
		t.Errorf("%d cases, %v", len(rows), err)
	}
}

func TestPartsAreSeenOnlyInTheirOwnScope(t *testing.T) {
	r := newRig(t)
	b := r.enrol("box-1")
	v := b.visit(5000)
	b.deliver(v)
	r.site = "RZZ02"
	other := r.enrol("box-2")
	sum := wire.HexSum(v.images[0])
	if status, _ := other.offset(sum); status != http.StatusNotFound {
		t.Errorf("another site's part: %d", status)
	}
	if status, _, body := other.patch(sum, 0, bytes.NewReader(v.images[0])); status != http.StatusNotFound || code(t, body) != wire.CodeUnknownPart {
		t.Errorf("a part that was not offered: %d %s", status, body)
	}
	if status, body := other.commit(b.last); status != http.StatusNotFound || code(t, body) != wire.CodeUnknownBatch {
		t.Errorf("another device's batch: %d %s", status, body)
	}
	// Naming the digest of another site's bytes does not give them away: they are asked for.
	w := other.visit(10)
	w.images[0] = v.images[0]
	w.c.Captures[0].SHA256, w.c.Captures[0].Size = sum, 5000
	w.encode(t)
	if a := other.offer(w); len(a.Missing) != 2 {
		t.Errorf("missing %v: the other site's parts were used", a.Missing)
	}
}

func TestSlowSendersAreGivenUp(t *testing.T) {
	r := newRig(t)
	b := r.enrol("box-1")
	v := b.visit(200_000)
	b.offer(v)
	r.hub.Ingest.Stall = 200 * time.Millisecond
	sum := wire.HexSum(v.images[0])
	release := b.hang(sum, 0, v.images[0][:100_000])
	defer release()
	for range 200 {
		part, err := r.hub.Ledger.Part(t.Context(), b.scope(), sum)
		if err != nil {
			t.Fatal(err)
		}
		if part.Received > 0 {
			return // given up by itself, with what arrived kept
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Error("a connection that brings nothing is still held")
}

func TestHeadersMustComeInTime(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for the real time limit of 10 s")
	}
	r := newRig(t)
	b := r.enrol("box-1")
	c := b.tls(b.hub)
	c.ServerName = "127.0.0.1"
	conn, err := tls.Dial("tcp", strings.TrimPrefix(r.url, "https://"), c)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("GET /v1/time HTTP/1.1\r\nHost:")); err != nil {
		t.Fatal(err)
	}
	conn.SetReadDeadline(time.Now().Add(30 * time.Second))
	_, err = io.ReadAll(conn)
	if e, ok := err.(net.Error); ok && e.Timeout() {
		t.Error("half a header holds a connection for ever")
	}
}

func TestOneHubAtATimeServesAFolder(t *testing.T) {
	r := newRig(t)
	h, err := server.Open(t.Context(), r.hub.Settings)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if err := h.Serve(t.Context(), http.NotFoundHandler(), func(server.Addresses) {}); appliance.CodeOf(err) != appliance.Conflict {
		t.Errorf("got %v, want Conflict", err)
	}
}

func TestAPortInUseIsNamed(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	h := newHub(t, "RZZ")
	defer h.Close()
	h.PeopleListen = l.Addr().String()
	err = h.Serve(t.Context(), http.NotFoundHandler(), func(server.Addresses) { t.Error("ready") })
	if e, ok := errors.AsType[*appliance.Error](err); !ok || e.Key != "hubctl.serve.listen" || e.Params["setting"] != "people.listen" {
		t.Errorf("got %v", err)
	}
}

func TestProtocolOfALaterVersionIsRefused(t *testing.T) {
	r := newRig(t)
	b := r.enrol("box-1")
	status, body := send(t, b.http, "GET", r.url+wire.PathReconcile, nil, http.Header{wire.HeaderProtocol: {"2"}})
	if status != http.StatusUpgradeRequired || code(t, body) != wire.CodeProtocol {
		t.Errorf("%d %s", status, body)
	}
	if status, body := send(t, b.http, "GET", r.url+"/v1/else", nil, nil); status != http.StatusNotFound || code(t, body) != wire.CodeNotFound {
		t.Errorf("%d %s", status, body)
	}
}

func damagedCSR(t *testing.T) []byte {
	t.Helper()
	b := &box{t: t}
	var err error
	if b.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	return csrWithOtherSignature(t, b.key)
}
