//go:build v4l2guest

package v4l2guest

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"dermbox/camera"
)

// TestSilentWorkerIsReplaced has the driver drop every frame: the camera is there, and a read from it blocks.
func TestSilentWorkerIsReplaced(t *testing.T) {
	v := plugVivid(t)
	c := v.watch(v.source())
	c.await(t, camera.StateReady)
	before := workers(t)
	if len(before) != 1 {
		t.Fatalf("%d workers run", len(before))
	}
	d := v.open()
	d.set(dropped, 100)
	c.await(t, camera.StateStalled)
	eventually(t, "the silent worker is gone", func() bool { return !slices.Contains(workers(t), before[0]) })
	d.set(dropped, 0)
	c.await(t, camera.StateReady)
	c.capture(t)
}

// workers gives the process ids of the camera workers.
func workers(t *testing.T) []int {
	t.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/exe")
	if err != nil {
		t.Fatal(err)
	}
	var pids []int
	for _, link := range links {
		if to, err := os.Readlink(link); err == nil && to == workerPath() {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(link))) // by the pattern
			pids = append(pids, pid)
		}
	}
	return pids
}

// TestSilentSenderIsNoticed stops the sender of v4l2loopback: the reader stays open and hears nothing.
func TestSilentSenderIsNoticed(t *testing.T) {
	path := load(t, loopback, loopbackParams)[0]
	fed := feed(t, path, 1280, 720)
	c := openCamera(t, jpegs(path))
	c.await(t, camera.StateReady)
	fed.paused.Store(true)
	c.await(t, camera.StateStalled)
	fed.paused.Store(false)
	c.await(t, camera.StateReady)
	if f := c.capture(t); fed.original(f.ScanSHA256) == nil {
		t.Fatal("the still is not a picture that was sent")
	}
}

// TestFrozenPictureIsRefused takes all that moves out of the picture: a sensor's noise is never twice the same.
func TestFrozenPictureIsRefused(t *testing.T) {
	v := plugVivid(t)
	c := v.watch(v.source())
	c.await(t, camera.StateReady)
	d := v.open()
	d.set(pattern, bars)
	d.set(osdText, 2)
	c.await(t, camera.StateFrozen)
	_, err := c.NextAfter(t.Context(), boottime{}.Now())
	wantKey(t, err, "camera.error.frozen")
	d.set(pattern, noise)
	c.await(t, camera.StateReady)
	c.capture(t)
}
