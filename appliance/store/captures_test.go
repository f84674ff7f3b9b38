package store_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dermbox/appliance"
	"dermbox/appliance/images"
	"dermbox/appliance/store"
)

func TestKeepAndRead(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	c := r.upTo(appliance.HistoryDone)
	rows := r.auditRows()
	capture, jpeg := r.capture(c)
	if c.State != appliance.Capturing || len(c.Captures) != 1 || r.auditRows() != rows+1 {
		t.Errorf("after the capture: %+v", c)
	}
	r.reopen()
	got, err := r.stills.Read(ctx, c.ID, capture.ID)
	if err != nil || !bytes.Equal(got, jpeg) {
		t.Errorf("read back %d bytes, %v", len(got), err)
	}
	image, err := r.stills.Open(ctx, c.ID, capture.ID)
	must(t, err)
	defer image.Close()
	if _, err := image.Seek(500, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(image); err != nil || !bytes.Equal(rest, jpeg[500:]) {
		t.Errorf("from the middle: %v", err)
	}
	stored, err := r.Case(ctx, c.ID)
	if err != nil || len(stored.Captures) != 1 || stored.Captures[0].SHA256 != capture.SHA256 {
		t.Errorf("stored %+v, %v", stored, err)
	}
	if attempts, err := r.Attempts(ctx, c.ID); err != nil || len(attempts) != 1 || attempts[0].Lesion != capture.LesionID {
		t.Errorf("attempts %v, %v", attempts, err)
	}
	_, err = r.stills.Read(ctx, c.ID, "other")
	checkError(t, err, appliance.NotFound, "storage.capture.not_found")
}

// TestCaptureAlreadyInCase is how intake calls it: the case has the capture and its new state before.
func TestCaptureAlreadyInCase(t *testing.T) {
	r := newRig(t)
	c := r.upTo(appliance.HistoryDone)
	jpeg := picture(10)
	capture := still(c, jpeg)
	c.Captures, c.State = append(c.Captures, capture), appliance.Capturing
	must(t, r.stills.Keep(t.Context(), c, capture, jpeg, act("capture.keep")))
	if stored, err := r.Case(t.Context(), c.ID); err != nil || len(stored.Captures) != 1 {
		t.Errorf("stored %+v, %v", stored, err)
	}
}

func TestSameScanNeverTwice(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	first := r.upTo(appliance.HistoryDone)
	capture, _ := r.capture(first)
	if seen, err := r.SeenScan(ctx, capture.ScanSHA256); err != nil || !seen {
		t.Errorf("seen %v, %v", seen, err)
	}
	if seen, err := r.SeenScan(ctx, "0000"); err != nil || seen {
		t.Errorf("never seen: %v, %v", seen, err)
	}
	second := r.upTo(appliance.HistoryDone)
	before := *second
	jpeg := picture(10)
	again := still(second, jpeg)
	again.ScanSHA256 = capture.ScanSHA256
	files := countImages(t, r)
	checkError(t, r.stills.Keep(ctx, second, again, jpeg, act("capture.keep")), appliance.Conflict, "storage.capture.seen")
	if second.Revision != before.Revision || len(second.Captures) != 0 || second.State != before.State {
		t.Errorf("refused capture changed the case: %+v", second)
	}
	if got := countImages(t, r); got != files {
		t.Errorf("%d image files, had %d", got, files)
	}
}

func TestKeepRefuses(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	c := r.upTo(appliance.HistoryDone)
	jpeg := picture(10)
	wrong := still(c, picture(10))
	checkError(t, r.stills.Keep(ctx, c, wrong, jpeg, act("x")), appliance.Invalid, "storage.image.hash")
	short := still(c, jpeg)
	short.Size--
	checkError(t, r.stills.Keep(ctx, c, short, jpeg, act("x")), appliance.Invalid, "storage.image.hash")
	blank := still(c, jpeg)
	blank.ScanSHA256 = ""
	checkError(t, r.stills.Keep(ctx, c, blank, jpeg, act("x")), appliance.Invalid, "storage.capture.incomplete")
	early := r.upTo(appliance.Identified)
	early.Lesions = c.Lesions
	must(t, r.SaveCase(ctx, early, act("x")))
	early.State = appliance.Capturing
	checkError(t, r.stills.Keep(ctx, early, still(c, jpeg), jpeg, act("x")), appliance.Conflict, "storage.case.state")
	if n := countImages(t, r); n != 0 {
		t.Errorf("%d image files left", n)
	}
}

func TestAttempts(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	c := r.upTo(appliance.HistoryDone)
	jpeg := picture(10)
	poor := still(c, jpeg)
	must(t, r.SaveAttempt(ctx, c.ID, store.Attempt{ID: "a1", Lesion: poor.LesionID, Outcome: "error.capture.blur"}))
	must(t, r.SaveAttempt(ctx, c.ID, attempt(poor, "held")))
	kept := attempt(poor, "kept")
	kept.Reason, kept.Verdict.Hash = "best-possible", "00ff00ff00ff00ff"
	must(t, r.stills.Keep(ctx, c, poor, jpeg, act("capture.keep"), kept)) // the held one is kept after all
	attempts, err := r.Attempts(ctx, c.ID)
	if err != nil || len(attempts) != 2 || attempts[0].Outcome != "error.capture.blur" || !cmp.Equal(attempts[1], kept) {
		t.Errorf("attempts %+v, %v", attempts, err)
	}
	other := r.upTo(appliance.HistoryDone)
	checkError(t, r.SaveAttempt(ctx, other.ID, attempt(poor, "held")), appliance.Conflict, "storage.capture.exists")
	checkError(t, r.SaveAttempt(ctx, "missing", attempt(poor, "held")), appliance.NotFound, "storage.case.not_found")
}

func TestSweepAtStart(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	c := r.upTo(appliance.HistoryDone)
	capture, jpeg := r.capture(c)
	key, err := r.CaseKey(ctx, c.ID)
	must(t, err)
	// A crash between the file and its row.
	if _, err := r.stills.Folder.Put(ctx, key, c.ID, "lost", jpeg); err != nil {
		t.Fatal(err)
	}
	if n, err := r.stills.Sweep(ctx); err != nil || n != 0 {
		t.Errorf("swept %d of what is on its way, %v", n, err)
	}
	r.reopen()
	if n, err := r.stills.Sweep(ctx); err != nil || n != 1 {
		t.Errorf("swept %d, %v", n, err)
	}
	if got, err := r.stills.Read(ctx, c.ID, capture.ID); err != nil || !bytes.Equal(got, jpeg) {
		t.Errorf("the named image: %v", err)
	}
}

func TestSweepStopsWhenTheDatabaseFails(t *testing.T) {
	r := newRig(t)
	c := r.upTo(appliance.HistoryDone)
	r.capture(c)
	must(t, r.Store.Close())
	folder, err := images.Open(filepath.Join(r.dir, "images"))
	must(t, err)
	if n, err := (store.Stills{Store: r.Store, Folder: folder}).Sweep(t.Context()); err == nil || n != 0 {
		t.Errorf("swept %d with a closed database, %v", n, err)
	}
	if n := countImages(t, r); n != 1 {
		t.Errorf("%d images left, want 1", n)
	}
}

func countImages(t *testing.T, r *rig) int {
	t.Helper()
	n := 0
	must(t, filepath.WalkDir(filepath.Join(r.dir, "images"), func(_ string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return err
	}))
	return n
}
