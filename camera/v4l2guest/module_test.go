//go:build v4l2guest

package v4l2guest

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

// load puts a kernel module of the share into the kernel until the test ends, and gives the video devices that came with
// it, in order.
func load(t *testing.T, module, parameters string) []string {
	t.Helper()
	f, err := os.Open(filepath.Join(os.Getenv(envShare), module+".ko"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	before := videos(t)
	if err := unix.FinitModule(int(f.Fd()), parameters, 0); err != nil {
		t.Fatalf("load %s %s: %v", module, parameters, err)
	}
	t.Cleanup(func() { unload(t, module) })
	var added []string
	eventually(t, module+" has made its devices", func() bool {
		added = slices.DeleteFunc(videos(t), func(v string) bool { return slices.Contains(before, v) })
		return len(added) > 0
	})
	return added
}

// unload takes the module out, once who still has its devices open has let go.
func unload(t *testing.T, module string) {
	t.Helper()
	eventually(t, module+" can be unloaded", func() bool {
		err := unix.DeleteModule(module, unix.O_NONBLOCK)
		return err == nil || err == unix.ENOENT
	})
}

// videos gives the video devices that there are.
func videos(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob("/dev/video*")
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(found)
	return found
}
