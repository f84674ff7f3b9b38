package demo_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"dermbox/appliance/durable"
	"dermbox/firmware/demo"
)

// TestFullDisk gives the box a disk of its own and fills it: first so far that no new visit fits, then to the last byte in
// the middle of one. Nobody's case is lost, and sign-off goes through as soon as there is room.
func TestFullDisk(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("a disk of its own can be mounted by root only")
	}
	var data string
	r := newRig(t, func(o *demo.Options) {
		data = filepath.Join(o.Var, "box", "data")
		if err := os.MkdirAll(data, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := unix.Mount("tmpfs", data, "tmpfs", 0, "size=320m"); err != nil {
			t.Skipf("this machine lets nobody mount: %v", err)
		}
		t.Cleanup(func() {
			if err := unix.Unmount(data, unix.MNT_DETACH); err != nil {
				t.Error(err)
			}
		})
	})
	r.startAll(t)
	before := r.visit(t)
	r.received(t, before)

	ballast := filepath.Join(data, "ballast")
	v, err := r.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	fill(t, ballast, data, 0)
	if err := v.Capture(t.Context()); err == nil {
		t.Error("a still was kept on a full disk")
	} else {
		tells(t, err.Error(), "space")
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if err := v.Continue(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := v.Capture(t.Context()); err != nil {
		t.Fatal(err)
	}

	fill(t, ballast, data, 0)
	signed := v.SignOff(t.Context())
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if signed == nil {
		t.Log("sign-off still found room in the database's own pages")
	} else {
		tells(t, signed.Error(), "space")
		if err := v.SignOff(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	r.received(t, v.ID())

	fill(t, ballast, data, 200<<20)
	tells(t, r.check(t, "space", "error"), "space")
	if _, err := r.Begin(t.Context()); err == nil {
		t.Error("a visit was started that would not fit")
	} else {
		tells(t, err.Error(), "space")
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	r.check(t, "space", "ok")
	r.onceAtHub(t, before)
	r.received(t, r.visit(t))
}

// fill writes a file until only keep bytes are free.
func fill(t *testing.T, path, dir string, keep uint64) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	block := make([]byte, 1<<20)
	for {
		free, err := durable.Free(dir)
		if err != nil {
			t.Fatal(err)
		}
		if free <= keep {
			return
		}
		_, err = f.Write(block[:min(uint64(len(block)), free-keep)])
		if errors.Is(err, unix.ENOSPC) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
