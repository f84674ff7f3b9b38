package server_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"io"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"

	"dermbox/appliance"
	"dermbox/appliance/signed"
	"dermbox/sync/wire"
)

// visit is a case with its bytes.
type visit struct {
	c      *appliance.Case
	json   []byte
	images [][]byte
	urgent bool
}

func (b *box) visit(sizes ...int) visit {
	b.t.Helper()
	now := appliance.Stamp{Wall: time.Now().UTC(), Boot: "b", Quality: appliance.ClockSynchronised}
	lesion := appliance.LesionID(appliance.NewID())
	v := visit{c: &appliance.Case{Schema: appliance.CaseSchema, ID: appliance.CaseID(appliance.NewID()), Version: 1,
		Demonstration: true, Site: appliance.Site{Trust: "RZZ", Code: b.site, Name: "Clinic", Pathway: appliance.TriagePriority},
		DeviceID: b.name, Started: now, SignedOff: now, Route: appliance.DermReviewNoAI,
		Patient: appliance.Patient{NHSNumber: "9990000018", FamilyName: "Zebedee", GivenName: "Test", BirthDate: "1960-01-02"},
		Lesions: []appliance.Lesion{{ID: lesion, Label: "L1"}},
		Findings: []appliance.Finding{{LesionID: lesion, Status: appliance.NotAssessed, Reason: "X02",
			Route: appliance.DermReviewNoAI, At: now}}}}
	for _, size := range sizes {
		image := make([]byte, size)
		rand.Read(image)
		v.images = append(v.images, image)
		v.c.Captures = append(v.c.Captures, appliance.Capture{ID: appliance.CaptureID(appliance.NewID()), LesionID: lesion,
			MediaType: wire.MediaImage, SHA256: wire.HexSum(image), Size: int64(size), Exposed: now, Pressed: now})
	}
	v.encode(b.t)
	return v
}

func (v *visit) encode(t testing.TB) {
	t.Helper()
	var err error
	if v.json, err = wire.CaseJSON(v.c); err != nil {
		t.Fatal(err)
	}
}

func (v visit) bytes() map[string][]byte {
	all := map[string][]byte{wire.HexSum(v.json): v.json}
	for _, image := range v.images {
		all[wire.HexSum(image)] = image
	}
	return all
}

// manifest makes the next manifest of the box's chain.
func (b *box) manifest(visits ...visit) wire.Manifest {
	b.number++
	m := wire.Manifest{Schema: wire.ManifestSchema, Trust: "RZZ", Site: b.site, Device: b.name, Epoch: b.epoch, Batch: b.number,
		Previous: b.last, CreatedAt: appliance.Stamp{Wall: time.Now().UTC(), Quality: appliance.ClockSynchronised}}
	for _, v := range visits {
		m.Cases = append(m.Cases, wire.EntryOf(v.c, v.json, v.urgent))
	}
	return m
}

func (b *box) sign(m wire.Manifest) (body []byte, digest string) {
	b.t.Helper()
	payload, err := wire.EncodeManifest(m)
	if err != nil {
		b.t.Fatal(err)
	}
	envelope, err := signed.Sign(b.t.Context(), signed.KindManifest, payload, signed.NewSigner(b.key))
	if err != nil {
		b.t.Fatal(err)
	}
	body, err = wire.EncodeOffer(envelope)
	if err != nil {
		b.t.Fatal(err)
	}
	return body, wire.Digest(payload)
}

// offer offers the next batch and remembers it as the last of the chain.
func (b *box) offer(visits ...visit) wire.OfferAnswer {
	b.t.Helper()
	body, digest := b.sign(b.manifest(visits...))
	b.last = digest
	return b.offerBody(body)
}

func (b *box) offerBody(body []byte) wire.OfferAnswer {
	b.t.Helper()
	status, answer := send(b.t, b.http, "POST", b.rig.url+wire.PathBatches, body, nil)
	if status != http.StatusOK {
		b.t.Fatalf("offer: %d %s", status, answer)
	}
	a, err := wire.DecodeOfferAnswer(answer)
	if err != nil {
		b.t.Fatal(err)
	}
	return a
}

// patch sends bytes of a part and gives the status, the offset that the hub then names, and the answer.
func (b *box) patch(sum string, offset int64, body io.Reader) (int, int64, []byte) {
	b.t.Helper()
	status, answer, header := sendWith(b.t, b.http, "PATCH", b.rig.url+wire.PathParts+sum, body,
		http.Header{wire.HeaderOffset: {strconv.FormatInt(offset, 10)}, "Content-Type": {wire.PartMedia}})
	at, _ := strconv.ParseInt(header.Get(wire.HeaderOffset), 10, 64)
	return status, at, answer
}

func (b *box) offset(sum string) (status int, offset int64) {
	b.t.Helper()
	status, _, header := sendWith(b.t, b.http, "HEAD", b.rig.url+wire.PathParts+sum, nil, nil)
	at, _ := strconv.ParseInt(header.Get(wire.HeaderOffset), 10, 64)
	return status, at
}

func (b *box) sendMissing(a wire.OfferAnswer, visits ...visit) {
	b.t.Helper()
	for _, sum := range a.Missing {
		for _, v := range visits {
			if data, ok := v.bytes()[sum]; ok {
				if status, at, answer := b.patch(sum, 0, bytes.NewReader(data)); status != http.StatusNoContent || at != int64(len(data)) {
					b.t.Fatalf("part: %d at %d %s", status, at, answer)
				}
			}
		}
	}
}

func (b *box) commit(digest string) (int, []byte) {
	b.t.Helper()
	return send(b.t, b.http, "POST", b.rig.url+wire.CommitPath(digest), nil, nil)
}

// receipt commits and verifies the receipt as a device must.
func (b *box) receipt(digest string) wire.ReceiptPayload {
	b.t.Helper()
	status, answer := b.commit(digest)
	if status != http.StatusOK {
		b.t.Fatalf("commit: %d %s", status, answer)
	}
	a, err := wire.DecodeCommitAnswer(answer)
	if err != nil {
		b.t.Fatal(err)
	}
	v, err := signed.Verify(b.t.Context(), signed.KindReceipt, a.Receipt, hubKey(b.hub.ReceiptKey))
	if err != nil {
		b.t.Fatal(err)
	}
	r, err := wire.DecodeReceipt(v.Payload)
	if err != nil {
		b.t.Fatal(err)
	}
	if r.ManifestDigest != digest {
		b.t.Fatalf("a receipt for another manifest")
	}
	return r
}

// deliver does everything for the visits and gives the receipt.
func (b *box) deliver(visits ...visit) wire.ReceiptPayload {
	b.t.Helper()
	a := b.offer(visits...)
	b.sendMissing(a, visits...)
	return b.receipt(a.Digest)
}

type hubKey []byte

func (k hubKey) Verifiers(context.Context, signed.Kind) ([]dsse.Verifier, error) {
	p, _ := pem.Decode(k)
	public, err := x509.ParsePKIXPublicKey(p.Bytes)
	if err != nil {
		return nil, err
	}
	return []dsse.Verifier{signed.NewVerifier(public)}, nil
}

// csrWithOtherSignature is a CSR for a key that did not sign it.
func csrWithOtherSignature(t *testing.T, key *ecdsa.PrivateKey) []byte {
	t.Helper()
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
	if err != nil {
		t.Fatal(err)
	}
	der[len(der)-3] ^= 1
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: der})
}
