package durable

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// MkdirAll makes a folder and those above it that are missing, and syncs the one that each new name stands in: os.MkdirAll leaves
// a tree that a power cut can take away with all that was synced in it. A folder that is there is left as it is.
func MkdirAll(path string, perm fs.FileMode) error {
	return mkdirAll(osDisk{}, filepath.Clean(path), perm)
}

func mkdirAll(d disk, path string, perm fs.FileMode) error {
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return nil
	case err == nil:
		return &fs.PathError{Op: "mkdir", Path: path, Err: unix.ENOTDIR}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	parent := filepath.Dir(path)
	if parent != path {
		if err := mkdirAll(d, parent, perm); err != nil {
			return err
		}
	}
	if err := d.mkdir(path, perm); err != nil && !errors.Is(err, fs.ErrExist) {
		return Map(fmt.Errorf("make folder: %w", err))
	}
	if err := d.syncDir(parent); err != nil {
		return Map(fmt.Errorf("sync folder: %w", err))
	}
	return nil
}
