package server_test

import (
	"bytes"
	"crypto/x509"
	"testing"
	"time"

	"dermbox/appliance/clock"
	"dermbox/appliance/signed"
	product "dermbox/sync/client"
	"dermbox/sync/wire"
)

// TestTheDevicesOwnClient lets the product's client, not this package's box, deliver a case to the real hub.
func TestTheDevicesOwnClient(t *testing.T) {
	r := newRig(t)
	b := r.enrol("box-1")
	certificate := b.tls(b.hub).Certificates[0]
	leaf, err := x509.ParseCertificate(certificate.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	certificate.Leaf = leaf
	c, err := product.New(product.Options{URL: r.url, Certificate: certificate, CA: r.hub.Authority.CA,
		Clock: clock.System(time.Time{}, time.Time{})})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	v := b.visit(300_000)
	m := b.manifest(v)
	payload, err := wire.EncodeManifest(m)
	if err != nil {
		t.Fatal(err)
	}
	envelope, err := signed.Sign(t.Context(), signed.KindManifest, payload, signed.NewSigner(b.key))
	if err != nil {
		t.Fatal(err)
	}
	a, err := c.Offer(t.Context(), false, envelope)
	if err != nil || len(a.Missing) != 2 {
		t.Fatalf("%+v %v", a, err)
	}
	all := v.bytes()
	for _, p := range m.Parts() {
		// The first bytes go on a connection that ends early, the rest resumes.
		half := p.Size / 2
		status, _, _ := b.patch(p.SHA256, 0, bytes.NewReader(all[p.SHA256][:half]))
		at, err := c.PartOffset(t.Context(), false, p)
		if err != nil || at != half {
			t.Fatalf("%d: offset %d, want %d, %v", status, at, half, err)
		}
		if at, err = c.SendPart(t.Context(), false, p, at, bytes.NewReader(all[p.SHA256][half:])); err != nil || at != p.Size {
			t.Fatalf("at %d, %v", at, err)
		}
	}
	receipt, err := c.Commit(t.Context(), false, a.Digest)
	if err != nil {
		t.Fatal(err)
	}
	checkReceipt(t, b, receipt, m, a.Digest)
	page, err := c.Reconcile(t.Context(), "")
	if err != nil || len(page.Cases) != 1 || page.Cases[0].ID != v.c.ID {
		t.Errorf("%+v %v", page, err)
	}
	if _, err := c.Time(t.Context(), "0123456789abcdef"); err != nil {
		t.Error(err)
	}
}

// checkReceipt verifies a receipt as the device does, and that it accepts the manifest's only case.
func checkReceipt(t *testing.T, b *box, receipt []byte, m wire.Manifest, digest string) {
	t.Helper()
	verified, err := signed.Verify(t.Context(), signed.KindReceipt, receipt, hubKey(b.hub.ReceiptKey))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := wire.DecodeReceipt(verified.Payload); err != nil || !got.Answers(m, digest) || got.Cases[0].Outcome != wire.Accepted {
		t.Errorf("%+v %v", got, err)
	}
}
