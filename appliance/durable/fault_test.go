package durable

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"dermbox/appliance"
)

// faultDisk is the real disk, except that the named step fails. It is an internal test because the seam is not exported.
type faultDisk struct {
	osDisk
	fail  string
	err   error
	steps []string
}

func (d *faultDisk) step(name string) error {
	d.steps = append(d.steps, name)
	if d.fail == name {
		return d.err
	}
	return nil
}

func (d *faultDisk) createTemp(dir, pattern string) (handle, error) {
	if err := d.step("create"); err != nil {
		return nil, err
	}
	h, err := d.osDisk.createTemp(dir, pattern)
	return &faultHandle{h, d}, err
}

func (d *faultDisk) rename(from, to string) error {
	if err := d.step("rename"); err != nil {
		return err
	}
	return d.osDisk.rename(from, to)
}

func (d *faultDisk) syncDir(dir string) error {
	if err := d.step("syncdir"); err != nil {
		return err
	}
	return d.osDisk.syncDir(dir)
}

type faultHandle struct {
	handle
	disk *faultDisk
}

func (h *faultHandle) Chmod(mode fs.FileMode) error {
	if err := h.disk.step("chmod"); err != nil {
		return err
	}
	return h.handle.Chmod(mode)
}

func (h *faultHandle) Write(p []byte) (int, error) {
	switch h.disk.fail {
	case "short":
		return h.handle.Write(p[:len(p)/2]) // a short write without an error
	case "lost":
		return len(p), nil // claims more than it wrote
	}
	if err := h.disk.step("write"); err != nil {
		n, _ := h.handle.Write(p[:len(p)/2])
		return n, err
	}
	return h.handle.Write(p)
}

func (h *faultHandle) Stat() (fs.FileInfo, error) {
	if err := h.disk.step("stat"); err != nil {
		return nil, err
	}
	return h.handle.Stat()
}

func (h *faultHandle) Sync() error {
	if err := h.disk.step("sync"); err != nil {
		return err
	}
	return h.handle.Sync()
}

func (h *faultHandle) Close() error {
	if err := h.disk.step("close"); err != nil {
		h.handle.Close()
		return err
	}
	return h.handle.Close()
}

func TestEachStepMayFail(t *testing.T) {
	for _, step := range []string{"create", "chmod", "write", "short", "lost", "stat", "sync", "close", "rename", "syncdir"} {
		for _, cause := range []error{unix.EIO, unix.ENOSPC, unix.EDQUOT, unix.EROFS} {
			t.Run(fmt.Sprintf("%s %v", step, cause), func(t *testing.T) {
				dir := t.TempDir()
				path := filepath.Join(dir, "file")
				if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
					t.Fatal(err)
				}
				d := &faultDisk{fail: step, err: cause}
				err := writeFile(d, path, []byte("brand new"), 0o600)
				if err == nil {
					t.Fatal("the failure was not reported")
				}
				checkCode(t, step, cause, err)
				checkDir(t, dir, step)
			})
		}
	}
}

func checkCode(t *testing.T, step string, cause, err error) {
	t.Helper()
	if step == "short" || step == "lost" {
		return
	}
	if !errors.Is(err, cause) {
		t.Errorf("error %v does not wrap %v", err, cause)
	}
	want := map[error]appliance.Code{unix.ENOSPC: appliance.Full, unix.EDQUOT: appliance.Full, unix.EROFS: appliance.Unavailable}[cause]
	if want != "" && appliance.CodeOf(err) != want {
		t.Errorf("code is %q, want %q", appliance.CodeOf(err), want)
	}
}

// checkDir sees either the old file or, after the rename, the whole new one, and nothing else.
func checkDir(t *testing.T, dir, step string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
	want := "old"
	if step == "syncdir" {
		want = "brand new"
	}
	if got, err := os.ReadFile(filepath.Join(dir, "file")); err != nil || string(got) != want {
		t.Errorf("file holds %q (%v), want %q", got, err, want)
	}
}

func TestOrderOfSteps(t *testing.T) {
	d := &faultDisk{}
	if err := writeFile(d, filepath.Join(t.TempDir(), "file"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	want := "[create chmod write stat sync close rename syncdir]"
	if got := fmt.Sprint(d.steps); got != want {
		t.Errorf("steps %s, want %s", got, want)
	}
}

func TestFailedSyncIsNotRetried(t *testing.T) {
	d := &faultDisk{fail: "sync", err: unix.EIO}
	f, err := create(d, filepath.Join(t.TempDir(), "file"), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if err := f.Commit(); !errors.Is(err, unix.EIO) {
		t.Fatalf("first commit: %v", err)
	}
	d.fail = ""
	if err := f.Commit(); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("second commit after a failed sync: %v, want it refused", err)
	}
}
