package store

import (
	"crypto/sha256"
	"encoding/hex"
	"path/filepath"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/audit"
	"dermbox/appliance/clock"
	"dermbox/appliance/images"
	"dermbox/appliance/vault"
)

// TestAnImageThatGotItsRowMeanwhileStays: between the reading of all names and the look at the folder a still may be kept. It is an
// internal test since no test outside can come in between.
func TestAnImageThatGotItsRowMeanwhileStays(t *testing.T) {
	fatal := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	dir, ctx, fake := t.TempDir(), t.Context(), clock.NewFake(time.Date(2026, 7, 1, 9, 0, 0, 0, time.UTC))
	v, err := vault.Create(dir, vault.FileProvider(filepath.Join(dir, "key")))
	fatal(err)
	s, err := Open(ctx, Options{Path: filepath.Join(dir, "cases.db"), Vault: v, Clock: fake})
	fatal(err)
	defer s.Close()
	folder, err := images.Open(filepath.Join(dir, "images"))
	fatal(err)
	stills := Stills{Store: s, Folder: folder}
	known := stills.known(ctx, map[string]bool{}) // read before the still was kept

	c := &appliance.Case{Schema: appliance.CaseSchema, ID: appliance.CaseID(appliance.NewID()), Version: 1, State: appliance.Draft, Started: fake.Now()}
	event := audit.Event{Actor: "test", Action: "test.step", Outcome: "ok"}
	fatal(s.CreateCase(ctx, c, event))
	for _, state := range []appliance.State{appliance.Identified, appliance.Consented, appliance.HistoryDone} {
		c.State = state
		fatal(s.SaveCase(ctx, c, event))
	}
	jpeg := []byte("jpeg")
	sum := sha256.Sum256(jpeg)
	capture := appliance.Capture{ID: appliance.CaptureID(appliance.NewID()), SHA256: hex.EncodeToString(sum[:]), ScanSHA256: "s", Size: int64(len(jpeg))}
	fatal(stills.Keep(ctx, c, capture, jpeg, event))
	if n, err := folder.Sweep(known); err != nil || n != 0 {
		t.Fatalf("the sweep moved %d, %v", n, err)
	}
	got, err := stills.Read(ctx, c.ID, capture.ID)
	if err != nil || string(got) != string(jpeg) {
		t.Fatalf("%q, %v", got, err)
	}
}
