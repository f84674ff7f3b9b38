package store_test

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"dermbox/appliance"
	"dermbox/appliance/clock"
	"dermbox/appliance/store"
	"dermbox/appliance/vault"
)

// TestDiskFull fills the disk under a running visit, at many points, and sees that each step is either whole or not there.
func TestDiskFull(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=16m"); err != nil {
		t.Skipf("needs to mount a small tmpfs (root): %v", err)
	}
	t.Cleanup(func() { unix.Unmount(dir, unix.MNT_DETACH) })
	r := newRigIn(t, dir)
	ctx := t.Context()
	first := r.signedOff(false)
	fulls := map[string]int{}
	for free := int64(0); free <= 256<<10; free += 24 << 10 {
		c := r.upTo(appliance.HistoryDone)
		fill(t, dir, free)
		jpeg := picture(40 << 10)
		capture := still(c, jpeg)
		before := *c
		step := "capture"
		err := r.stills.Keep(ctx, c, capture, jpeg, act("capture.keep"), attempt(capture, "kept"))
		for n := 0; err == nil && n < 200; n++ {
			before, step = *c, "save"
			c.Lesions[0].Note = strings.Repeat("x", 500)
			err = r.SaveCase(ctx, c, act("lesion.record"))
		}
		if appliance.CodeOf(err) != appliance.Full {
			t.Fatalf("%d bytes free, %s: %v", free, step, err)
		}
		fulls[step]++
		stored, err := r.Case(ctx, c.ID)
		must(t, err)
		if stored.Revision != before.Revision || len(stored.Captures) != len(before.Captures) || stored.State != before.State {
			t.Errorf("%d bytes free: stored %d/%s, last success %d/%s", free, stored.Revision, stored.State, before.Revision, before.State)
		}
		if len(stored.Captures) == 0 {
			if seen, err := r.SeenScan(ctx, capture.ScanSHA256); err != nil || seen {
				t.Errorf("%d bytes free: the refused still counts as seen (%v)", free, err)
			}
		}
		must(t, os.Remove(filepath.Join(dir, "filler")))
		c = stored // space is back: the visit goes on with the same store
		if len(c.Captures) == 0 {
			must(t, r.stills.Keep(ctx, c, capture, jpeg, act("capture.keep"), attempt(capture, "kept")))
		}
		must(t, r.SignOff(ctx, c, false, act("case.sign_off")))
		if got, err := r.stills.Read(ctx, c.ID, capture.ID); err != nil || !bytes.Equal(got, jpeg) {
			t.Errorf("%d bytes free: image %v", free, err)
		}
	}
	if fulls["capture"] == 0 || fulls["save"] == 0 {
		t.Errorf("the disk was full at %v: both places were meant", fulls)
	}
	r.auditRows()
	r.reopen()
	r.auditRows()
	if r.state(first.ID) != appliance.Queued {
		t.Error("an earlier case changed")
	}
	if n, err := r.stills.Sweep(ctx); err != nil || n != 0 {
		t.Errorf("%d image files left behind, %v", n, err)
	}
}

// fill takes all space of dir but so many bytes.
func fill(t *testing.T, dir string, leave int64) {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, "filler"))
	must(t, err)
	defer f.Close()
	var s unix.Statfs_t
	must(t, unix.Statfs(dir, &s))
	must(t, unix.Fallocate(int(f.Fd()), 0, 0, max(1, int64(s.Bavail)*s.Bsize-leave)))
}

func TestReadOnlyDisk(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=16m"); err != nil {
		t.Skipf("needs to mount a small tmpfs (root): %v", err)
	}
	t.Cleanup(func() { unix.Unmount(dir, unix.MNT_DETACH) })
	r := newRigIn(t, dir)
	c := r.upTo(appliance.Identified)
	must(t, r.Store.Close())
	must(t, unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""))
	_, err := store.Open(t.Context(), r.options())
	if appliance.CodeOf(err) != appliance.Unavailable {
		t.Errorf("open on a read-only disk: %v", err)
	}
	must(t, unix.Mount("", dir, "", unix.MS_REMOUNT, ""))
	r.open()
	if r.state(c.ID) != appliance.Identified {
		t.Error("the case changed")
	}
}

// TestKilled has a child take visits and kills it at odd moments: whatever it had said was saved is there afterwards,
// whole, and the trail is unbroken. (Power cuts are another matter than killed processes; they have their own harness.)
func TestKilled(t *testing.T) {
	if dir := os.Getenv("DERMBOX_TEST_KILLED"); dir != "" {
		takeVisits(t, dir)
		return
	}
	dir := t.TempDir()
	newRigIn(t, dir).Store.Close()
	saved := map[string]string{} // what the child reported, by case
	for round := range 6 {
		child := exec.Command(os.Args[0], "-test.run=^TestKilled$")
		child.Env = append(os.Environ(), "DERMBOX_TEST_KILLED="+dir)
		out, err := child.StdoutPipe()
		must(t, err)
		must(t, child.Start())
		time.AfterFunc(time.Duration(250+round*77)*time.Millisecond, func() { child.Process.Kill() })
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if word, line, _ := strings.Cut(lines.Text(), " "); word == "saved" {
				id, state, _ := strings.Cut(line, " ")
				saved[id] = state
			}
		}
		child.Wait() // killed
		checkSaved(t, dir, saved)
	}
	if len(saved) < 3 {
		t.Errorf("only %d cases were begun: the test shows nothing", len(saved))
	}
}

func openAgain(t *testing.T, dir string) *rig {
	t.Helper()
	v, err := vault.Open(dir, vault.FileProvider(filepath.Join(dir, "key")))
	must(t, err)
	r := &rig{t: t, dir: dir, vault: v, clock: clock.NewFake(time.Date(2026, 7, 1, 9, 0, 0, 0, time.UTC))}
	r.open()
	return r
}

// takeVisits is the child: it says what it saved only after it was saved.
func takeVisits(t *testing.T, dir string) {
	r := openAgain(t, dir)
	for {
		c := r.draft()
		fmt.Println("saved", c.ID, c.State)
		for _, next := range []appliance.State{appliance.Identified, appliance.Consented, appliance.HistoryDone} {
			c.State = next
			c.Lesions = []appliance.Lesion{{ID: appliance.LesionID(appliance.NewID())}}
			must(t, r.SaveCase(t.Context(), c, act("step")))
			fmt.Println("saved", c.ID, c.State)
		}
		r.capture(c)
		fmt.Println("saved", c.ID, c.State)
		must(t, r.SignOff(t.Context(), c, false, act("case.sign_off")))
		fmt.Println("saved", c.ID, c.State)
	}
}

func checkSaved(t *testing.T, dir string, saved map[string]string) {
	t.Helper()
	r := openAgain(t, dir)
	defer r.Store.Close()
	ctx := t.Context()
	if _, err := r.stills.Sweep(ctx); err != nil {
		t.Error(err)
	}
	r.auditRows()
	order := []string{"DRAFT", "IDENTIFIED", "CONSENTED", "HISTORY_DONE", "CAPTURING", "QUEUED"}
	for id, state := range saved {
		c, err := r.Case(ctx, appliance.CaseID(id))
		if err != nil {
			t.Errorf("lost: %v", err)
			continue
		}
		if index(order, string(c.State)) < index(order, state) {
			t.Errorf("case was saved as %s and is %s", state, c.State)
		}
		if index(order, string(c.State)) >= 4 && len(c.Captures) != 1 {
			t.Errorf("case is %s with %d captures", c.State, len(c.Captures))
		}
		for _, capture := range c.Captures {
			jpeg, err := r.stills.Read(ctx, c.ID, capture.ID)
			sum := sha256.Sum256(jpeg)
			if err != nil || hex.EncodeToString(sum[:]) != capture.SHA256 {
				t.Errorf("image: %v", err)
			}
		}
	}
}

func index(order []string, state string) int {
	for i, s := range order {
		if s == state {
			return i
		}
	}
	return -1
}
