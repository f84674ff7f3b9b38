package wire_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/sync/wire"
)

var update = flag.Bool("update", false, "write samples of messages that have none yet; a kept sample is never changed")

const (
	caseA    = "6f1c1f4e-0b8e-4a55-9c55-0a4c3f1a7d10"
	lesionA  = "0a7b3a52-6c2b-4b0e-8f0e-0f5a5d8a9b11"
	captureA = "b0e0f7a2-1f8b-4f6d-9b4b-7f2f2c7c1a12"
)

func stamp() appliance.Stamp {
	return appliance.Stamp{Wall: time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC), Mono: 5e9, Boot: "b-1",
		Quality: appliance.ClockSynchronised}
}

func sampleCase() *appliance.Case {
	return &appliance.Case{
		Schema: appliance.CaseSchema, ID: caseA, Version: 1, Demonstration: true, DeviceID: "box-1",
		Site:    appliance.Site{Trust: "RZZ", Code: "RZZ01", Name: "Example Clinic", Pathway: appliance.TriagePriority},
		Started: stamp(), SignedOff: stamp(),
		Patient: appliance.Patient{NHSNumber: "9990000018", FamilyName: "Sample", GivenName: "Only", BirthDate: "1960-02-03"},
		Lesions: []appliance.Lesion{{ID: lesionA, Label: "L1", Site: "72696002"}},
		Captures: []appliance.Capture{{ID: captureA, LesionID: lesionA, View: appliance.Dermoscopic, MediaType: "image/jpeg",
			SHA256: wire.HexSum([]byte("an image")), Size: 8, Exposed: stamp(), Pressed: stamp()}},
		Findings: []appliance.Finding{{LesionID: lesionA, Status: appliance.NotAssessed, Route: appliance.DermReviewNoAI, At: stamp()}},
		Route:    appliance.DermReviewNoAI,
	}
}

// encodedCase is a case with a still of a camera without JPEGs of its own, taken in its still mode.
func encodedCase() *appliance.Case {
	c := sampleCase()
	c.Captures[0].Encoding = appliance.Encoding{By: "dermbox", From: "YUYV", Quality: 95, Sampling: "4:4:4"}
	c.Captures[0].SwitchMS = 412.5
	return c
}

// readCase is sampleCase with what the rules read of lesion, camera, service and model besides (decision 14): fields that are left out
// where nothing is recorded, so that the older sample keeps its bytes.
func readCase() *appliance.Case {
	c := sampleCase()
	c.Site.LesionCap = 2
	c.Lesions[0].AcralSide, c.Lesions[0].MucosalMargin = appliance.No, appliance.Unsure
	c.Captures[0].Camera.Calibrated, c.Captures[0].Camera.CalibrationExpires = "2026-11-02", "2027-11-01"
	c.Findings[0].ModelState = appliance.ModelExpired
	c.Findings[0].Stills = []appliance.StillResult{{Capture: captureA, OutOfDistribution: &appliance.Score{Value: 0.75, Limit: 0.5, Over: true}}}
	return c
}

// markedCase is sampleCase with a model in force that is not approved.
func markedCase() *appliance.Case {
	c := sampleCase()
	c.NotForClinicalUse = "demonstration"
	return c
}

// calibratedCase is sampleCase with a still that was taken under a calibration by the reference card.
func calibratedCase() *appliance.Case {
	c := sampleCase()
	c.Captures[0].Reference = &appliance.Reference{Calibration: lesionA, At: stamp(), Card: "dermbox-20/1", Gains: [3]float64{0.97, 1, 1.04},
		MeanDeltaE: 0.3, MaxDeltaE: 1.2, MMPerPX: 0.0195}
	return c
}

func sampleManifest(t testing.TB) wire.Manifest {
	t.Helper()
	b, err := wire.CaseJSON(sampleCase())
	if err != nil {
		t.Fatal(err)
	}
	return wire.Manifest{Schema: wire.ManifestSchema, Trust: "RZZ", Site: "RZZ01", Device: "box-1", Epoch: "e1", Batch: 2,
		Previous: wire.Digest([]byte("offer 1")), CreatedAt: stamp(), AuditHead: wire.HexSum([]byte("head")),
		Cases: []wire.CaseEntry{wire.EntryOf(sampleCase(), b, true)}}
}

func sampleReceipt() wire.ReceiptPayload {
	return wire.ReceiptPayload{Schema: wire.ReceiptSchema, ManifestDigest: wire.Digest([]byte("manifest")), Trust: "RZZ",
		Site: "RZZ01", Device: "box-1", Batch: 2, Hub: "hub.example.invalid", IssuedAt: stamp().Wall,
		Cases: []wire.CaseResult{{ID: caseA, Version: 1, Outcome: wire.Accepted},
			{ID: lesionA, Version: 1, Outcome: wire.Rejected, Code: wire.CaseSite, Message: "Of another site."}}}
}

// message is one kind of message: its sample, how it is written and how it is read.
type message struct {
	name   string
	make   func(testing.TB) any
	encode func(testing.TB, any) []byte
	decode func([]byte) (any, error)
}

func plain(t testing.TB, v any) []byte {
	t.Helper()
	b, err := wire.Encode(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func as[T any](f func([]byte) (T, error)) func([]byte) (any, error) {
	return func(b []byte) (any, error) { return f(b) }
}

func messages() []message {
	secret := strings.Repeat("A", 43)
	envelope := json.RawMessage(`{"payload":"e30=","payloadType":"x","signatures":[]}`)
	fixed := func(v any) func(testing.TB) any { return func(testing.TB) any { return v } }
	return []message{
		{"case", fixed(sampleCase()), plain, as(wire.DecodeCase)},
		{"manifest", func(t testing.TB) any { return sampleManifest(t) }, plain, as(wire.DecodeManifest)},
		{"receipt", fixed(sampleReceipt()), plain, as(wire.DecodeReceipt)},
		{"offer", fixed(wire.OfferRequest{Envelope: envelope}), plain, as(wire.DecodeOffer)},
		{"offer_answer", fixed(wire.OfferAnswer{Digest: wire.Digest(nil), Missing: []string{wire.HexSum(nil)}}), plain, as(wire.DecodeOfferAnswer)},
		{"commit_answer", fixed(wire.CommitAnswer{Receipt: envelope}), plain, as(wire.DecodeCommitAnswer)},
		{"reconcile_answer", func(t testing.TB) any {
			return wire.ReconcileAnswer{Next: "17", Cases: []wire.ReconcileCase{{ID: caseA, Version: 1,
				ManifestDigest: wire.Digest(nil), Parts: sampleManifest(t).Cases[0].Parts, ReceivedAt: stamp().Wall}}}
		}, plain, as(wire.DecodeReconcile)},
		{"time", fixed(wire.TimePayload{Schema: wire.TimeSchema, Hub: "hub", Now: stamp().Wall, Nonce: strings.Repeat("0f", 16)}), plain, as(wire.DecodeTime)},
		{"time_answer", fixed(wire.TimeAnswer{Envelope: envelope}), plain, as(wire.DecodeTimeAnswer)},
		{"error", fixed(wire.ErrorBody{Code: wire.CaseConflict, Message: "Held with other content.", Permanent: true,
			RetryAfterSeconds: 5, Cases: []appliance.CaseID{caseA}}), plain, as(wire.DecodeError)},
		{"hello_answer", fixed(wire.HelloAnswer{Trust: "RZZ", Site: "RZZ01", HubName: "hub", EscrowRecipient: "age1qqqq"}), plain, as(wire.DecodeHello)},
		{"enrol", fixed(wire.EnrolRequest{Secret: secret, CSR: []byte("csr"), DeviceName: "box-1", EscrowBlob: []byte("blob")}), plain, as(wire.DecodeEnrol)},
		{"enrol_answer", fixed(wire.EnrolAnswer{DeviceID: "box-1", Trust: "RZZ", Site: "RZZ01", Certificate: []byte("c"),
			CA: []byte("ca"), ReceiptKey: []byte("k"), HubName: "hub"}), plain, as(wire.DecodeEnrolAnswer)},
		{"invite", fixed(wire.Invite{URL: "https://hub.example.invalid:8461", CAFingerprint: wire.HexSum(nil), Secret: secret,
			ExpiresAt: stamp().Wall, Device: "box-1", Site: "RZZ01"}), encodeInvite, as(func(b []byte) (wire.Invite, error) { return wire.DecodeInvite(string(b)) })},
		{"case_encoded", fixed(encodedCase()), plain, as(wire.DecodeCase)},
		{"case_read", fixed(readCase()), plain, as(wire.DecodeCase)},
		{"case_marked", fixed(markedCase()), plain, as(wire.DecodeCase)},
		{"case_calibrated", fixed(calibratedCase()), plain, as(wire.DecodeCase)},
	}
}

func encodeInvite(t testing.TB, v any) []byte {
	t.Helper()
	line, err := wire.EncodeInvite(v.(wire.Invite))
	if err != nil {
		t.Fatal(err)
	}
	return []byte(line)
}

// TestSamplesReplay reads every message kept in testdata with today's decoder and writes it again to the same bytes: what
// an older side sent stays understood.
func TestSamplesReplay(t *testing.T) {
	for _, m := range messages() {
		t.Run(m.name, func(t *testing.T) {
			path := filepath.Join("testdata", m.name+".v1.json")
			if _, err := os.Stat(path); *update && os.IsNotExist(err) {
				if err := os.WriteFile(path, m.encode(t, m.make(t)), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			kept, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			v, err := m.decode(kept)
			if err != nil {
				t.Fatalf("the kept sample is refused: %v", err)
			}
			if got := m.encode(t, v); !bytes.Equal(got, kept) {
				t.Errorf("written again it differs:\n got %s\nkept %s", got, kept)
			}
			if got := m.encode(t, m.make(t)); !bytes.Equal(got, kept) {
				t.Errorf("today's message differs from the kept one:\n got %s\nkept %s", got, kept)
			}
		})
	}
}

// TestStrict damages every message in the ways that a careless or hostile side might.
func TestStrict(t *testing.T) {
	for _, m := range messages() {
		if m.name == "invite" {
			continue // its JSON is inside base64url: TestInvite
		}
		good := m.encode(t, m.make(t))
		for name, bad := range map[string][]byte{
			"empty":         {},
			"null":          []byte("null"),
			"array":         []byte("[]"),
			"no fields":     []byte("{}"),
			"cut short":     good[:len(good)-1],
			"trailing":      append(bytes.Clone(good), "{}"...),
			"unknown field": append([]byte(`{"surprise":1,`), good[1:]...),
			"doubled field": append([]byte(`{`+firstField(good)+`,`), good[1:]...),
			"other case":    append([]byte(`{`+strings.ToUpper(firstField(good))+`,`), good[1:]...),
			"too deep":      []byte(strings.Repeat("[", 100) + strings.Repeat("]", 100)),
			"too large":     bytes.Repeat([]byte(" "), wire.MaxMessage+1),
		} {
			if _, err := m.decode(bad); appliance.CodeOf(err) != appliance.Invalid {
				t.Errorf("%s, %s: got %v, want Invalid", m.name, name, err)
			}
		}
	}
}

func firstField(b []byte) string {
	colon := bytes.IndexByte(b, ':')
	return string(b[1:colon]) + ":null"
}
