package images

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"dermbox/appliance/durable"
)

// Sweep removes what interrupted writes left: files in the making, and images that no row names. It never removes an image
// that known answers for, one that this process wrote itself, or one listed in keep. Ask the database for all names first
// and let known look them up: a failing database must stop the sweep before it starts. Files that are no images of ours
// are left alone. It gives how many files it removed.
func (f *Folder) Sweep(known func(name string) bool, keep ...string) (removed int, err error) {
	dirs, err := os.ReadDir(f.dir)
	if err != nil {
		return 0, fmt.Errorf("sweep images: %w", err)
	}
	for _, dir := range dirs {
		if !dir.IsDir() || len(dir.Name()) != 2 {
			continue
		}
		n, err := f.sweepDir(dir.Name(), known, keep)
		removed += n
		if err != nil {
			return removed, err
		}
	}
	return removed, nil
}

func (f *Folder) sweepDir(sub string, known func(string) bool, keep []string) (removed int, err error) {
	files, err := os.ReadDir(filepath.Join(f.dir, sub))
	if err != nil {
		return 0, fmt.Errorf("sweep images: %w", err)
	}
	for _, file := range files {
		name := file.Name()
		orphan := validName(name) && name[:2] == sub && !f.isFresh(name) && !slices.Contains(keep, name) && !known(name)
		if !file.Type().IsRegular() || !orphan && !(durable.IsTemp(name) && !f.writing()) {
			continue
		}
		if err := os.Remove(filepath.Join(f.dir, sub, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return removed, fmt.Errorf("sweep images: %w", err)
		}
		removed++
	}
	return removed, nil
}

// writing says whether this process has written images: then a file in the making may be its own.
func (f *Folder) writing() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.fresh) > 0
}
