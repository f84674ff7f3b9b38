package daemon_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"os"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/firmware/provision"
)

// enrol gives the box an identity of a trust whose hub is at url. Nothing answers there: the receipts are other tests'.
func (r *rig) enrol(url string) {
	r.Helper()
	must(r, os.Mkdir(r.path("data/identity"), 0o700))
	caKey, ca := r.certificate("Test CA", nil, nil)
	key, crt := r.certificate("box-1", ca, caKey)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	must(r, err)
	r.write("data/identity/device.key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	r.write("data/identity/device.crt.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: crt.Raw}))
	r.write("data/identity/ca.crt.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.Raw}))
	raw, err := json.Marshal(provision.Identity{Schema: provision.IdentitySchema, Device: "box-1", Trust: "RZZ", Site: "RZZ01",
		HubURL: url, HubName: "Test hub", EnrolledAt: time.Now()})
	must(r, err)
	r.write("data/identity/identity.json", raw)
}

func (r *rig) certificate(name string, parent *x509.Certificate, parentKey *ecdsa.PrivateKey) (*ecdsa.PrivateKey, *x509.Certificate) {
	r.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(r, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: parent == nil, KeyUsage: x509.KeyUsageCertSign}
	if parent == nil {
		parent, parentKey = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), parentKey)
	must(r, err)
	certificate, err := x509.ParseCertificate(der)
	must(r, err)
	return key, certificate
}

// signedOff takes a visit to the outbox without a camera: three presses that give nothing, then sign-off.
func (x *running) signedOff() appliance.CaseID {
	x.Helper()
	x.addStaff()
	v := x.visit()
	x.tries(v)
	must(x, v.SignOff(x.Context()))
	return v.ID()
}

func TestEnrolledBoxWithoutANetworkKeepsItsCases(t *testing.T) {
	r := newRig(t)
	r.settings["workers"] = "{imaging: /nonexistent, inference: /nonexistent}"
	r.enrol("https://127.0.0.1:1")
	x := r.start()
	if got := x.await("enrolment", "daemon.enrolled"); got.Level != "ok" || got.Params["device"] != "box-1" {
		t.Errorf("%+v", got)
	}
	id := x.signedOff()
	if s := x.sending(); s.Waiting != 1 { // at once, whatever the engine does just then
		t.Errorf("a case was signed off, and the box says that %d wait", s.Waiting)
	}
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		if s := x.sending(); s.Waiting == 1 && s.LastError != "" && !s.NeedsIT && !s.Reachable {
			break
		} else if time.Now().After(end) {
			t.Fatalf("%+v", s)
		}
	}
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) { // the watch looks after the engine did
		if got := x.health()["sync"]; got.Level == "warn" && got.Who == "nobody" { // offline is no fault
			break
		} else if time.Now().After(end) {
			t.Fatalf("%+v", got)
		}
	}
	if got := x.trace(id); got.State != appliance.Queued && got.State != appliance.Sending {
		t.Errorf("%+v", got)
	}
	if code, raw := x.call("POST", "/v1/sync/kick", ""); code != 200 || string(raw) != "{\"kicked\":true}\n" {
		t.Errorf("%d %s", code, raw)
	}
	if code, e := x.refused("GET", "/v1/reconcile", ""); code != 503 {
		t.Errorf("%d %+v", code, e)
	}
}

// Whatever keeps an enrolled box from sending is said by its name, and the cases that wait still show.
func TestWhyNothingIsSent(t *testing.T) {
	for name, c := range map[string]struct {
		url, sync, key string
	}{
		"switched off":      {"https://127.0.0.1:1", "{enabled: false}", "daemon.sync_off"},
		"an impossible hub": {"http://127.0.0.1:1", "", "daemon.identity_damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.settings["workers"] = "{imaging: /nonexistent, inference: /nonexistent}"
			r.settings["sync"] = c.sync
			r.enrol(c.url)
			x := r.start()
			x.signedOff()
			if s := x.sending(); s.LastError != c.key || !s.NeedsIT || s.Waiting != 1 {
				t.Errorf("%+v", s)
			}
			if got := x.await("sync", c.key); got.Level != "error" || got.Who != "it" {
				t.Errorf("%+v", got)
			}
		})
	}
}
