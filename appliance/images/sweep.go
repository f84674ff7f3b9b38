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

// orphanFolder is where a sweep puts the images that no row names, in the same tree as their own.
const orphanFolder = "orphaned"

// Sweep puts aside what interrupted captures left. An image that no row names moves, durably, to the folder "orphaned": a
// sweep never removes one, for the database may be the wrong one. Files in the making, which never were images, are
// removed. An image stays in its place that known answers for, that this process wrote and whose row may be on its way, or
// that is listed in keep. Ask the database for all names first: a failing database must stop the sweep before it starts. Known is
// asked after that, and must answer for what got its row meanwhile. Files that are no images of ours are left alone. It gives how many images it moved now; Orphaned counts all.
func (f *Folder) Sweep(known func(name string) bool, keep ...string) (moved int, err error) {
	dirs, err := os.ReadDir(f.dir)
	if err != nil {
		return 0, fmt.Errorf("sweep images: %w", err)
	}
	for _, dir := range dirs {
		if !dir.IsDir() || len(dir.Name()) != 2 {
			continue
		}
		n, err := f.sweepDir(dir.Name(), known, keep)
		moved += n
		if err != nil {
			return moved, err
		}
	}
	return moved, nil
}

func (f *Folder) sweepDir(sub string, known func(string) bool, keep []string) (moved int, err error) {
	files, err := os.ReadDir(filepath.Join(f.dir, sub))
	if err != nil {
		return 0, fmt.Errorf("sweep images: %w", err)
	}
	var orphans []string
	for _, file := range files {
		name := file.Name()
		if !file.Type().IsRegular() {
			continue
		}
		if durable.IsTemp(name) && !f.writing() {
			if err := os.Remove(filepath.Join(f.dir, sub, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return 0, fmt.Errorf("sweep images: %w", err)
			}
			continue
		}
		if validName(name) && name[:2] == sub && !f.isFresh(name) && !slices.Contains(keep, name) && !known(name) {
			orphans = append(orphans, name)
		}
	}
	return f.setAside(sub, orphans)
}

// setAside moves images of one subfolder to the orphans, and makes that durable: the new place first, so that a power cut
// leaves a file in one place or the other.
func (f *Folder) setAside(sub string, names []string) (moved int, err error) {
	if len(names) == 0 {
		return 0, nil
	}
	from, to := filepath.Join(f.dir, sub), filepath.Join(f.dir, orphanFolder, sub)
	if err := os.MkdirAll(to, 0o700); err != nil {
		return 0, durable.Map(fmt.Errorf("make folder of orphaned images: %w", err))
	}
	for _, name := range names {
		if _, err := os.Lstat(filepath.Join(to, name)); !errors.Is(err, fs.ErrNotExist) {
			continue // another image has that name there: neither may be lost
		}
		if err := os.Rename(filepath.Join(from, name), filepath.Join(to, name)); err != nil {
			return moved, durable.Map(fmt.Errorf("set an image aside: %w", err))
		}
		moved++
	}
	for _, dir := range []string{to, filepath.Dir(to), f.dir, from} {
		if err := durable.SyncDir(dir); err != nil {
			return moved, err
		}
	}
	return moved, nil
}

// Orphaned gives how many images sweeps have put aside so far: while there are any, somebody must find out whose they are.
func (f *Folder) Orphaned() (int, error) { return count(filepath.Join(f.dir, orphanFolder)) }

// Holds says whether dir, which may be missing, is an image folder with at least one sealed image, orphaned ones too. It
// changes nothing.
func Holds(dir string) (bool, error) {
	n, err := count(dir)
	if err != nil || n > 0 {
		return n > 0, err
	}
	n, err = count(filepath.Join(dir, orphanFolder))
	return n > 0, err
}

// count gives how many images lie in the subfolders of dir; a missing dir has none.
func count(dir string) (int, error) {
	subs, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("count images: %w", err)
	}
	n := 0
	for _, sub := range subs {
		if !sub.IsDir() || len(sub.Name()) != 2 {
			continue
		}
		files, err := os.ReadDir(filepath.Join(dir, sub.Name()))
		if err != nil {
			return n, fmt.Errorf("count images: %w", err)
		}
		for _, file := range files {
			if validName(file.Name()) && file.Name()[:2] == sub.Name() {
				n++
			}
		}
	}
	return n, nil
}

// writing says whether this process has written images: then a file in the making may be its own.
func (f *Folder) writing() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.fresh) > 0
}
