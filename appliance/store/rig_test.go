package store_test

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"dermbox/appliance"
	"dermbox/appliance/audit"
	"dermbox/appliance/clock"
	"dermbox/appliance/images"
	"dermbox/appliance/store"
	"dermbox/appliance/vault"
	"dermbox/sync/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rig is a box's storage in a folder of its own, on a clock that the test sets.
type rig struct {
	*store.Store
	t      testing.TB
	dir    string
	vault  *vault.Vault
	clock  *clock.Fake
	stills store.Stills
}

func newRig(t testing.TB) *rig { return newRigIn(t, t.TempDir()) }

func newRigIn(t testing.TB, dir string) *rig {
	t.Helper()
	v, err := vault.Create(dir, vault.FileProvider(filepath.Join(dir, "key")))
	must(t, err)
	r := &rig{t: t, dir: dir, vault: v, clock: clock.NewFake(time.Date(2026, 7, 1, 9, 0, 0, 0, time.UTC))}
	r.open()
	t.Cleanup(func() {
		if r.Store != nil {
			r.Store.Close()
		}
	})
	return r
}

func (r *rig) path() string { return filepath.Join(r.dir, "dermbox.db") }

func (r *rig) options() store.Options {
	return store.Options{Path: r.path(), Vault: r.vault, Clock: r.clock, Software: "1.2.3", MaxBatch: 3}
}

func (r *rig) open() {
	r.t.Helper()
	s, err := store.Open(r.t.Context(), r.options())
	must(r.t, err)
	folder, err := images.Open(filepath.Join(r.dir, "images"))
	must(r.t, err)
	r.Store, r.stills = s, store.Stills{Store: s, Folder: folder}
}

// reopen closes the store and opens it as the next start of the daemon would.
func (r *rig) reopen() {
	r.t.Helper()
	must(r.t, r.Store.Close())
	r.open()
}

func act(action string) audit.Event {
	return audit.Event{Actor: "hca.1", Action: action, Outcome: "ok"}
}

func (r *rig) draft() *appliance.Case {
	r.t.Helper()
	c := &appliance.Case{
		Schema: appliance.CaseSchema, ID: appliance.CaseID(appliance.NewID()), Version: 1, Demonstration: true,
		Site: appliance.Site{Trust: "RAE", Code: "RAE01"}, DeviceID: "box-1", Started: r.clock.Now(), State: appliance.Draft,
	}
	must(r.t, r.CreateCase(r.t.Context(), c, act("visit.start")))
	return c
}

// upTo brings a new case to an open state.
func (r *rig) upTo(state appliance.State) *appliance.Case {
	r.t.Helper()
	c := r.draft()
	for _, next := range []appliance.State{appliance.Identified, appliance.Consented, appliance.HistoryDone, appliance.Capturing} {
		if c.State == state {
			return c
		}
		switch next {
		case appliance.Identified:
			c.Patient = appliance.Patient{NHSNumber: "9990000018", FamilyName: "Quillfeather", GivenName: "Ottoline", BirthDate: "1951-07-14"}
		case appliance.HistoryDone:
			c.Lesions = []appliance.Lesion{{ID: appliance.LesionID(appliance.NewID()), Label: "L1"}}
		case appliance.Capturing:
			r.capture(c)
			continue
		}
		c.State = next
		must(r.t, r.SaveCase(r.t.Context(), c, act("step")))
	}
	return c
}

func still(c *appliance.Case, jpeg []byte) appliance.Capture {
	sum := sha256.Sum256(jpeg)
	scan := sha256.Sum256(append([]byte("scan"), jpeg...))
	return appliance.Capture{
		ID: appliance.CaptureID(appliance.NewID()), LesionID: c.Lesions[0].ID, View: appliance.Dermoscopic, Attempt: 1, Seq: 42,
		MediaType: "image/jpeg", SHA256: hex.EncodeToString(sum[:]), ScanSHA256: hex.EncodeToString(scan[:]), Size: int64(len(jpeg)),
		Width: 1920, Height: 1080, ExposureClock: "stream", Quality: appliance.Verdict{Profile: "scope-1080/1", Pass: true},
	}
}

func picture(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

func (r *rig) capture(c *appliance.Case) (appliance.Capture, []byte) {
	r.t.Helper()
	jpeg := picture(1000)
	capture := still(c, jpeg)
	capture.Exposed, capture.Pressed = r.clock.Now(), r.clock.Now()
	must(r.t, r.stills.Keep(r.t.Context(), c, capture, jpeg, act("capture.keep"), attempt(capture, "kept")))
	return capture, jpeg
}

func attempt(c appliance.Capture, outcome string) store.Attempt {
	return store.Attempt{ID: string(c.ID), Lesion: c.LesionID, View: c.View, At: c.Pressed, Outcome: outcome, Verdict: c.Quality}
}

// signedOff brings a new case into the outbox.
func (r *rig) signedOff(urgent bool) *appliance.Case {
	r.t.Helper()
	c := r.upTo(appliance.Capturing)
	c.Route = appliance.DermReview
	must(r.t, r.SignOff(r.t.Context(), c, urgent, act("case.sign_off")))
	return c
}

func (r *rig) next() *wire.Batch {
	r.t.Helper()
	b, err := r.NextBatch(r.t.Context())
	must(r.t, err)
	return b
}

// offer makes an envelope for the batch as the sync engine would, unsigned, and saves it.
func (r *rig) offer(b *wire.Batch) (envelope []byte, digest string) {
	r.t.Helper()
	head, err := r.AuditHead(r.t.Context())
	must(r.t, err)
	payload, err := json.Marshal(wire.Manifest{Schema: wire.ManifestSchema, Batch: b.Number, Previous: b.Previous, AuditHead: head})
	must(r.t, err)
	envelope, err = json.Marshal(map[string]any{"payload": payload, "payloadType": "t", "signatures": []any{}})
	must(r.t, err)
	digest = wire.Digest(payload)
	must(r.t, r.SaveOffer(r.t.Context(), b.Number, envelope, digest))
	return envelope, digest
}

func (r *rig) receipt(b *wire.Batch, digest string) appliance.Receipt {
	return appliance.Receipt{
		ManifestDigest: digest, Batch: b.Number, Hub: "hub.example", KeyID: "p256:0123", IssuedAt: r.clock.Now().Wall.Add(time.Second),
		Envelope: []byte(fmt.Sprintf(`{"payload":"for %d"}`, b.Number)),
	}
}

func results(b *wire.Batch, outcome wire.Outcome) []wire.CaseResult {
	var out []wire.CaseResult
	for _, c := range b.Cases {
		out = append(out, wire.CaseResult{ID: c.Case.ID, Version: c.Case.Version, Outcome: outcome})
	}
	return out
}

func (r *rig) state(id appliance.CaseID) appliance.State {
	r.t.Helper()
	c, err := r.Case(r.t.Context(), id)
	must(r.t, err)
	return c.State
}

// auditRows checks that the trail is whole and gives how many rows it has.
func (r *rig) auditRows() int64 {
	r.t.Helper()
	report, err := r.VerifyAudit(r.t.Context())
	must(r.t, err)
	return report.Rows
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func checkError(t testing.TB, err error, code appliance.Code, key string) {
	t.Helper()
	e, ok := errors.AsType[*appliance.Error](err)
	if !ok || e.Code != code || e.Key != key {
		t.Errorf("error %v, want %s %s", err, code, key)
	}
}

func ids(b *wire.Batch) string {
	var out bytes.Buffer
	for _, c := range b.Cases {
		fmt.Fprintf(&out, "%s ", c.Case.ID)
	}
	return out.String()
}
