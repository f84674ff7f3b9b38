package trustsync_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"io"
	"sync"
	"testing"

	"dermbox/appliance"
	"dermbox/sync/wire"
)

// StandInStore is an outbox and its images in memory. It keeps the rules that the engine relies on, and fails the test when
// the engine breaks its own. The real one is appliance/store, tested there and in the whole line.
type StandInStore struct {
	t        testing.TB
	mu       sync.Mutex
	cases    map[appliance.CaseID]*appliance.Case
	order    []appliance.CaseID
	state    map[appliance.CaseID]appliance.State
	codes    map[appliance.CaseID]string
	images   map[appliance.CaptureID][]byte
	batches  []*standInBatch
	receipts map[uint64]appliance.Receipt
	progress wire.Progress
	fail     func(what string) error
	perBatch int
	requeued []string                    // the reason of each call of Requeue
	fixed    map[appliance.CaseID][]byte // case.json as it was signed off; missing for cases of an older version
	onSave   func(r appliance.Receipt, results []wire.CaseResult)
}

type standInBatch struct {
	wire.Batch
	ids  []appliance.CaseID
	over bool
}

func newStandInStore(t testing.TB) *StandInStore {
	return &StandInStore{
		t: t, cases: map[appliance.CaseID]*appliance.Case{}, state: map[appliance.CaseID]appliance.State{},
		codes: map[appliance.CaseID]string{}, images: map[appliance.CaptureID][]byte{},
		receipts: map[uint64]appliance.Receipt{}, perBatch: 10, fixed: map[appliance.CaseID][]byte{},
	}
}

// Add signs off a new case with images of the given sizes.
func (s *StandInStore) Add(route appliance.Route, sizes ...int) appliance.CaseID {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &appliance.Case{
		Schema: appliance.CaseSchema, ID: appliance.CaseID(appliance.NewID()), Version: 1, Route: route, DeviceID: device,
		Site: appliance.Site{Trust: trust, Code: site}, Patient: appliance.Patient{FamilyName: "Test", NoNHSNumberReason: "nhs-number-not-known"},
	}
	lesion := appliance.LesionID(appliance.NewID())
	c.Lesions = []appliance.Lesion{{ID: lesion}}
	for _, size := range sizes {
		image := make([]byte, size)
		_, _ = rand.Read(image)
		id := appliance.CaptureID(appliance.NewID())
		s.images[id] = image
		c.Captures = append(c.Captures, appliance.Capture{
			ID: id, LesionID: lesion, MediaType: wire.MediaImage, SHA256: wire.HexSum(image), Size: int64(size),
		})
	}
	s.cases[c.ID], s.state[c.ID] = c, appliance.Queued
	s.order = append(s.order, c.ID)
	return c.ID
}

// State gives a case's state and the code that it was set aside with.
func (s *StandInStore) State(id appliance.CaseID) (appliance.State, string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state[id], s.codes[id]
}

// Damage changes one byte of the case's last image.
func (s *StandInStore) Damage(id appliance.CaseID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	captures := s.cases[id].Captures
	image := s.images[captures[len(captures)-1].ID]
	image[len(image)/2] ^= 1
}

func (s *StandInStore) NextBatch(context.Context) (*wire.Batch, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.failing("NextBatch"); err != nil {
		return nil, err
	}
	for _, urgent := range []bool{true, false} {
		for _, b := range s.batches {
			if !b.over && s.urgent(b.ids[0]) == urgent {
				return s.filled(b), nil
			}
		}
		if b := s.make(urgent); b != nil {
			return s.filled(b), nil
		}
	}
	return nil, nil
}

func (s *StandInStore) urgent(id appliance.CaseID) bool {
	return s.cases[id].Route == appliance.UrgentReview
}

func (s *StandInStore) make(urgent bool) *standInBatch {
	b := &standInBatch{Batch: wire.Batch{Number: uint64(len(s.batches) + 1)}}
	busy := map[appliance.CaseID]bool{}
	for _, other := range s.batches {
		for _, id := range other.ids {
			busy[id] = busy[id] || !other.over
		}
		if other.Digest != "" {
			b.Previous = other.Digest
		}
	}
	for _, id := range s.order {
		if s.state[id] == appliance.Queued && !busy[id] && s.urgent(id) == urgent && len(b.ids) < s.perBatch && (!urgent || len(b.ids) == 0) {
			b.ids = append(b.ids, id)
		}
	}
	if len(b.ids) == 0 {
		return nil
	}
	s.batches = append(s.batches, b)
	return b
}

func (s *StandInStore) filled(b *standInBatch) *wire.Batch {
	out := b.Batch
	for _, id := range b.ids {
		c := *s.cases[id]
		out.Cases = append(out.Cases, wire.BatchCase{Case: &c, JSON: s.fixed[id]})
	}
	return &out
}

func (s *StandInStore) SaveOffer(_ context.Context, n uint64, envelope []byte, digest string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.failing("SaveOffer"); err != nil {
		return err
	}
	b := s.batches[n-1]
	if b.Envelope != nil && !bytes.Equal(b.Envelope, envelope) {
		s.t.Error("a batch was signed twice")
	}
	b.Envelope, b.Digest = envelope, digest
	for _, id := range b.ids {
		s.state[id] = appliance.Sending
	}
	return nil
}

// Offered says whether an offer of that digest was kept.
func (s *StandInStore) Offered(digest string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, b := range s.batches {
		if b.Digest == digest {
			return true
		}
	}
	return false
}

func (s *StandInStore) SaveProgress(_ context.Context, _ uint64, p wire.Progress) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.PartsSent > p.PartsTotal || p.BytesSent > p.BytesTotal {
		s.t.Errorf("progress %+v", p)
	}
	s.progress = p
	return s.failing("SaveProgress")
}

func (s *StandInStore) SaveReceipt(_ context.Context, n uint64, r appliance.Receipt, results []wire.CaseResult) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.failing("SaveReceipt"); err != nil {
		return err
	}
	b := s.batches[n-1]
	if b.over || r.ManifestDigest != b.Digest || r.Batch != n || len(r.Envelope) == 0 {
		s.t.Errorf("a receipt that is not of the batch: %+v", r)
	}
	if s.onSave != nil {
		s.onSave(r, results)
	}
	b.over = true
	s.receipts[n] = r
	for _, c := range results {
		s.state[c.ID] = appliance.Receipted
		if c.Outcome == wire.Rejected {
			s.state[c.ID], s.codes[c.ID] = appliance.Quarantined, string(c.Code)
		}
	}
	return nil
}

func (s *StandInStore) SetAside(_ context.Context, n uint64, caseID, code, _ string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.batches[n-1]
	b.over = true
	for _, id := range b.ids {
		if string(id) == caseID {
			s.state[id], s.codes[id] = appliance.Quarantined, code
		} else if s.state[id] == appliance.Sending {
			s.state[id] = appliance.Queued
		}
	}
	return nil
}

func (s *StandInStore) GiveUp(_ context.Context, n uint64, _ string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.batches[n-1]
	b.over = true
	for _, id := range b.ids {
		if s.state[id] == appliance.Sending {
			s.state[id] = appliance.Queued
		}
	}
	return nil
}

// KeepReceipt finds no receipt: moving between trusts is tested with the real store.
func (s *StandInStore) KeepReceipt(context.Context, uint64, appliance.CaseID, string) (bool, error) {
	return false, nil
}

func (s *StandInStore) Requeue(_ context.Context, ids []appliance.CaseID, reason string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.failing("Requeue"); err != nil {
		return err
	}
	s.requeued = append(s.requeued, reason)
	for _, id := range ids {
		if s.state[id] == appliance.Receipted {
			s.state[id] = appliance.Queued
		}
	}
	return nil
}

func (s *StandInStore) AuditHead(context.Context) (string, error) { return "head", nil }

func (s *StandInStore) failing(what string) error {
	if s.fail == nil {
		return nil
	}
	return s.fail(what)
}

// Open is Blobs.
func (s *StandInStore) Open(_ context.Context, _ appliance.CaseID, id appliance.CaptureID) (io.ReadSeekCloser, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	image, ok := s.images[id]
	if !ok {
		return nil, appliance.E(appliance.NotFound, "storage.image.missing", nil)
	}
	return plainImage{bytes.NewReader(bytes.Clone(image))}, nil
}

type plainImage struct{ *bytes.Reader }

func (plainImage) Close() error { return nil }

// Held lists the receipted cases.
func (s *StandInStore) Held(_ context.Context, trust string) ([]wire.ReconcileCase, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var held []wire.ReconcileCase
	for _, id := range s.order {
		if s.state[id] != appliance.Receipted || s.cases[id].Site.Trust != trust {
			continue
		}
		raw, err := s.fixed[id], error(nil)
		if raw == nil {
			raw, err = wire.CaseJSON(s.cases[id])
		}
		if err != nil {
			return nil, err
		}
		held = append(held, wire.ReconcileCase{ID: id, Version: 1, Parts: wire.EntryOf(s.cases[id], raw, false).Parts})
	}
	return held, nil
}
