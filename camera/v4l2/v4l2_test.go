package v4l2

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"unsafe"

	"dermbox/camera"
)

// The sizes are part of each request's number: with another one the kernel knows no such request.
func TestStructuresAreTheKernels(t *testing.T) {
	for name, s := range map[string][2]uintptr{
		"capability": {unsafe.Sizeof(capability{}), 104}, "fmtdesc": {unsafe.Sizeof(fmtdesc{}), 64},
		"frmsizeenum": {unsafe.Sizeof(frmsize{}), 44}, "frmivalenum": {unsafe.Sizeof(frmival{}), 52},
		"queryctrl": {unsafe.Sizeof(queryctrl{}), 68}, "control": {unsafe.Sizeof(value{}), 8},
	} {
		if s[0] != s[1] {
			t.Errorf("v4l2_%s has %d bytes, not %d", name, s[0], s[1])
		}
	}
}

// Every control of a profile can be found on a camera, and nothing else bears such a name.
func TestNamesAreTheProfiles(t *testing.T) {
	known := camera.ControlNames()
	for id, n := range names {
		if !slices.Contains(known, n) {
			t.Errorf("control %#x is called %s, which no profile may ask for", id, n)
		}
	}
	if len(names) != len(known) {
		t.Errorf("%d controls have an id, %d may stand in a profile", len(names), len(known))
	}
	if got := name(0x980906, "Exposure, Auto Priority"); got != "exposure_auto_priority" {
		t.Errorf("%q", got)
	}
}

func TestWhatIsNoCamera(t *testing.T) {
	plain := filepath.Join(t.TempDir(), "plain")
	if err := os.WriteFile(plain, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]error{"/nonexistent/video0": fs.ErrNotExist, plain: errNoCamera, os.DevNull: errNoCamera} {
		if _, err := Describe(path); !errors.Is(err, want) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestTextsOfADriver(t *testing.T) {
	if got := text([]byte("Cam\x1b[2J\xff\x00rest")); got != "Cam?[2J?" {
		t.Errorf("%q", got)
	}
}
