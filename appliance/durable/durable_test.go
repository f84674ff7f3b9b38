package durable_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"dermbox/appliance"
	"dermbox/appliance/durable"
)

func TestWriteFileReplaces(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	for _, data := range [][]byte{[]byte("one"), {}, bytes.Repeat([]byte("long"), 1<<18)} {
		if err := durable.WriteFile(path, data, 0o640); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil || !bytes.Equal(got, data) {
			t.Fatalf("read back %d bytes (%v), want %d", len(got), err, len(data))
		}
		if info, _ := os.Stat(path); info.Mode().Perm() != 0o640 {
			t.Errorf("mode %v, want 0640", info.Mode().Perm())
		}
	}
}

func TestAbortLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	f, err := durable.Create(filepath.Join(dir, "file"), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("half")); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := f.Abort(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.Write([]byte("more")); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("write after abort: %v", err)
	}
	if err := f.Commit(); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("commit after abort: %v", err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 0 {
		t.Errorf("left behind: %v", entries)
	}
}

func TestMissingFolder(t *testing.T) {
	err := durable.WriteFile(filepath.Join(t.TempDir(), "no", "file"), []byte("x"), 0o600)
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestRequire(t *testing.T) {
	dir := t.TempDir()
	free, err := durable.Free(dir)
	if err != nil || free == 0 {
		t.Fatalf("free %d, %v", free, err)
	}
	if err := durable.Require(dir, 1); err != nil {
		t.Errorf("one byte: %v", err)
	}
	err = durable.Require(dir, 1<<62)
	if appliance.CodeOf(err) != appliance.Full {
		t.Errorf("four exabytes: %v", err)
	}
	if _, err := durable.Free(filepath.Join(dir, "missing")); err == nil {
		t.Error("free space of a missing folder")
	}
}

func TestDiskReallyFull(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("needs to mount a small tmpfs (root): %v", err)
	}
	t.Cleanup(func() { unix.Unmount(dir, unix.MNT_DETACH) })
	path := filepath.Join(dir, "file")
	if err := durable.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := durable.WriteFile(path, make([]byte, 1<<20), 0o600)
	if appliance.CodeOf(err) != appliance.Full {
		t.Fatalf("a full disk gave %v", err)
	}
	if got, _ := os.ReadFile(path); string(got) != "old" {
		t.Errorf("old file holds %q", got)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
	if err := durable.WriteFile(path, []byte("new"), 0o600); err != nil {
		t.Errorf("after the failure the space is not there again: %v", err)
	}
}

func TestReadOnlyFileSystem(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", unix.MS_RDONLY, ""); err != nil {
		t.Skipf("needs to mount a tmpfs (root): %v", err)
	}
	t.Cleanup(func() { unix.Unmount(dir, unix.MNT_DETACH) })
	err := durable.WriteFile(filepath.Join(dir, "file"), []byte("x"), 0o600)
	if appliance.CodeOf(err) != appliance.Unavailable {
		t.Errorf("a read-only disk gave %v", err)
	}
}

func TestIsTemp(t *testing.T) {
	dir := t.TempDir()
	f, err := durable.Create(filepath.Join(dir, "file"), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Abort()
	entries, _ := os.ReadDir(dir)
	if len(entries) != 1 || !durable.IsTemp(entries[0].Name()) || durable.IsTemp("file") {
		t.Errorf("temporary files are not told apart: %v", entries)
	}
}
