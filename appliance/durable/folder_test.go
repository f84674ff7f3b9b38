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

func (d *faultDisk) mkdir(path string, perm fs.FileMode) error {
	if err := d.step("mkdir " + filepath.Base(path)); err != nil {
		return err
	}
	return d.osDisk.mkdir(path, perm)
}

// namedDisk says which folder is synced.
type namedDisk struct{ *faultDisk }

func (d namedDisk) syncDir(dir string) error {
	if err := d.step("sync " + filepath.Base(dir)); err != nil {
		return err
	}
	return d.osDisk.syncDir(dir)
}

func TestMkdirAllSyncsWhereEachNameStands(t *testing.T) {
	base := filepath.Join(t.TempDir(), "base")
	if err := os.Mkdir(base, 0o700); err != nil {
		t.Fatal(err)
	}
	d := namedDisk{&faultDisk{}}
	path := filepath.Join(base, "data", "images")
	for range 2 { // the second time there is nothing to do
		if err := mkdirAll(d, path, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := fmt.Sprint(d.steps), "[mkdir data sync base mkdir images sync data]"; got != want {
		t.Errorf("steps %s, want %s", got, want)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info, err)
	}
}

func TestMkdirAllSaysWhatFailed(t *testing.T) {
	for _, step := range []string{"mkdir data", "sync data"} {
		d := namedDisk{&faultDisk{fail: step, err: unix.ENOSPC}}
		err := mkdirAll(d, filepath.Join(t.TempDir(), "data", "images"), 0o700)
		if appliance.CodeOf(err) != appliance.Full || !errors.Is(err, unix.ENOSPC) {
			t.Errorf("%s: %v", step, err)
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{file, filepath.Join(file, "below")} {
		if err := MkdirAll(path, 0o700); !errors.Is(err, unix.ENOTDIR) {
			t.Errorf("a file in the way gave %v", err)
		}
	}
}
