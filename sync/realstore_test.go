package trustsync_test

import (
	"context"
	"crypto/rand"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/audit"
	"dermbox/appliance/images"
	"dermbox/appliance/signed"
	"dermbox/appliance/store"
	"dermbox/appliance/vault"
	trustsync "dermbox/sync"
	"dermbox/sync/wire"
)

var (
	_ trustsync.Outbox = (*store.Store)(nil)
	_ trustsync.Blobs  = store.Stills{}
)

// box is the device's real store with its sealed images.
type box struct {
	*testing.T
	store  *store.Store
	stills store.Stills
}

func newBox(t *testing.T) *box {
	t.Helper()
	dir := t.TempDir()
	v, err := vault.Create(dir, vault.FileProvider(filepath.Join(dir, "vault.key")))
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), store.Options{Path: filepath.Join(dir, "cases.db"), Vault: v, Clock: realClock{}, MaxBatch: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	folder, err := images.Open(filepath.Join(dir, "images"))
	if err != nil {
		t.Fatal(err)
	}
	return &box{T: t, store: s, stills: store.Stills{Store: s, Folder: folder}}
}

// visit signs a case off with one image, step by step as intake does.
func (b *box) visit(route appliance.Route, size int) appliance.CaseID {
	b.Helper()
	act := audit.Event{Actor: "hca.1", Action: "step", Outcome: "ok"}
	c := &appliance.Case{
		Schema: appliance.CaseSchema, ID: appliance.CaseID(appliance.NewID()), Version: 1, Site: appliance.Site{Trust: trust, Code: site},
		DeviceID: device, Started: realClock{}.Now(), State: appliance.Draft, Route: route,
	}
	b.must(b.store.CreateCase(b.Context(), c, act))
	c.State, c.Patient = appliance.Identified, appliance.Patient{FamilyName: "Quillfeather", NHSNumber: "9990000018"}
	b.must(b.store.SaveCase(b.Context(), c, act))
	c.State = appliance.Consented
	b.must(b.store.SaveCase(b.Context(), c, act))
	c.State, c.Lesions = appliance.HistoryDone, []appliance.Lesion{{ID: appliance.LesionID(appliance.NewID()), Label: "L1"}}
	b.must(b.store.SaveCase(b.Context(), c, act))
	image := make([]byte, size)
	_, _ = rand.Read(image)
	capture := appliance.Capture{
		ID: appliance.CaptureID(appliance.NewID()), LesionID: c.Lesions[0].ID, MediaType: wire.MediaImage, Size: int64(size),
		SHA256: wire.HexSum(image), ScanSHA256: wire.HexSum(image[1:]), Pressed: realClock{}.Now(), Exposed: realClock{}.Now(),
	}
	b.must(b.stills.Keep(b.Context(), c, capture, image, act))
	b.must(b.store.SignOff(b.Context(), c, route == appliance.UrgentReview, act))
	return c.ID
}

func (b *box) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// TestRealStoreAndRealHub is the line from a signed-off case to its receipt with nothing stood in for, over a network that
// cuts some connections.
func TestRealStoreAndRealHub(t *testing.T) {
	l, b := newRealLine(t), newBox(t)
	ids := []appliance.CaseID{b.visit(appliance.DermReview, 300_000), b.visit(appliance.DermReview, 1000),
		b.visit(appliance.UrgentReview, 2000), b.visit(appliance.SecondRead, 50_000)}
	l.relay.failing(func(n int) (up, down int64) {
		if n < 8 {
			return 30_000 * int64(n+1), -1
		}
		return -1, -1
	})
	pace := quick
	pace.Max = quick.Portal
	engine := trustsync.New(trustsync.Deps{
		Store: b.store, Blobs: b.stills, Transport: l.client(), Signer: signed.NewSigner(l.identity.Key), Keys: l.ring,
		Clock: realClock{}, Pace: pace,
		Identity: trustsync.Identity{Trust: trust, Site: site, Device: device, Epoch: b.store.Epoch()},
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = engine.Serve(ctx)
	}()
	defer func() { cancel(); <-done }()
	eventually(t, "all receipted", func() bool {
		counts, err := b.store.Counts(t.Context())
		return err == nil && counts[appliance.Receipted] == len(ids)
	})
	for _, id := range ids {
		trace, err := b.store.Trace(t.Context(), id)
		if err != nil || trace.Receipt == nil {
			t.Fatalf("trace %+v, %v", trace, err)
		}
		proof, err := l.hub.Proof(t.Context(), id)
		if err != nil || !proof.Verified || proof.ManifestDigest != trace.Receipt.ManifestDigest || proof.Chain != "whole" {
			t.Errorf("proof %+v, %v", proof, err)
		}
	}
}

// copyPrivate copies a folder for its owner only: a hub refuses keys that others can read.
func copyPrivate(to, from string) error {
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		return err
	}
	return filepath.WalkDir(to, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.Chmod(path, 0o700)
		}
		return os.Chmod(path, 0o600)
	})
}

// TestAHubRestoredFromAnOlderBackupGetsItsCasesAgain: the hub's whole folder is put back as it was before a case came.
func TestAHubRestoredFromAnOlderBackupGetsItsCasesAgain(t *testing.T) {
	l, b := newRealLine(t), newBox(t)
	backup := filepath.Join(t.TempDir(), "backup")
	pace := quick
	pace.Max, pace.Reconcile = quick.Portal, 20*time.Millisecond
	engine := trustsync.New(trustsync.Deps{
		Store: b.store, Blobs: b.stills, Transport: l.client(), Signer: signed.NewSigner(l.identity.Key), Keys: l.ring,
		Clock: realClock{}, Pace: pace, Held: b.store.Held,
		Identity: trustsync.Identity{Trust: trust, Site: site, Device: device, Epoch: b.store.Epoch()},
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = engine.Serve(ctx)
	}()
	defer func() { cancel(); <-done }()
	receipted := func(want int) func() bool {
		return func() bool {
			counts, err := b.store.Counts(t.Context())
			return err == nil && counts[appliance.Receipted] == want
		}
	}
	before := b.visit(appliance.DermReview, 2000)
	engine.Wake()
	eventually(t, "the first receipt", receipted(1))
	l.stopHub()
	b.must(copyPrivate(backup, l.settings.DataDir))
	l.reopen()
	lost := b.visit(appliance.DermReview, 3000)
	engine.Kick()
	eventually(t, "the second receipt", receipted(2))
	l.stopHub()
	b.must(os.RemoveAll(l.settings.DataDir))
	b.must(copyPrivate(l.settings.DataDir, backup))
	l.reopen()
	engine.Kick()
	eventually(t, "sent again", func() bool {
		proof, err := l.hub.Proof(t.Context(), lost)
		return err == nil && proof.Verified
	})
	eventually(t, "receipted again", receipted(2))
	trace, err := b.store.Trace(t.Context(), lost)
	if err != nil || len(trace.Batches) != 2 || trace.LastError != "" {
		t.Errorf("trace %+v, %v", trace, err)
	}
	if trace, err := b.store.Trace(t.Context(), before); err != nil || len(trace.Batches) != 1 {
		t.Errorf("what the hub had kept was sent again: %+v, %v", trace.Batches, err)
	}
	eventually(t, "equal", func() bool { r := engine.Status().Reconciled; return r != nil && r.Agrees() && r.Equal == 2 })
}
