package blobs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"dermbox/appliance/durable"
)

// dirOrphaned is where sealed files go that no row names. Nothing in it is ever removed by the hub: with a ledger that was
// lost, or restored from an older backup, they may be the only copy of a case.
const dirOrphaned = "orphaned"

// Swept is what a sweep did.
type Swept struct {
	Removed  int // files that were being written when a hub stopped: they never had a name
	Orphaned int // sealed files that no row names, now set aside
	Returned int // files set aside earlier that a row names again, put back
}

// Sweep tidies the folder: what was abandoned half-written goes, sealed files that known does not claim are set aside, and
// those that it claims again come back. Only before the first upload: what is being written is in no ledger yet.
func (s *Store) Sweep(known func(name string) (bool, error)) (Swept, error) {
	var swept Swept
	if err := s.putBack(known, &swept); err != nil {
		return swept, err
	}
	touched := map[string]bool{}
	err := filepath.WalkDir(s.dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path == s.orphaned():
			return fs.SkipDir
		case entry.IsDir():
			return nil
		case durable.IsTemp(entry.Name()):
			swept.Removed++
			return os.Remove(path)
		case !validName(entry.Name()):
			return nil // not ours: leave it to whoever put it there
		}
		keep, err := known(entry.Name())
		if err != nil || keep {
			return err
		}
		swept.Orphaned++
		touched[filepath.Dir(path)] = true
		return s.setAside(path)
	})
	return swept, errors.Join(err, syncAll(touched, s.orphaned()))
}

// Orphans counts the sealed files that were set aside.
func (s *Store) Orphans() (int, error) {
	names, err := s.orphans()
	return len(names), err
}

func (s *Store) orphaned() string { return filepath.Join(s.dir, dirOrphaned) }

func (s *Store) orphans() ([]string, error) {
	entries, err := os.ReadDir(s.orphaned())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("look at the files set aside: %w", err)
	}
	var names []string
	for _, entry := range entries {
		if validName(entry.Name()) {
			names = append(names, entry.Name())
		}
	}
	return names, nil
}

func (s *Store) setAside(path string) error {
	if err := os.Mkdir(s.orphaned(), 0o700); err == nil {
		if err := durable.SyncDir(s.dir); err != nil {
			return err
		}
	} else if !errors.Is(err, fs.ErrExist) {
		return durable.Map(fmt.Errorf("set a sealed file aside: %w", err))
	}
	return durable.Map(os.Rename(path, filepath.Join(s.orphaned(), filepath.Base(path))))
}

// putBack returns the files that a row names: the ledger was put right after it had been lost.
func (s *Store) putBack(known func(name string) (bool, error), swept *Swept) error {
	names, err := s.orphans()
	if err != nil {
		return err
	}
	touched := map[string]bool{}
	for _, name := range names {
		claimed, err := known(name)
		if err != nil {
			return err
		}
		if _, err := os.Lstat(s.path(name)); !claimed || err == nil {
			continue
		}
		if err := os.Rename(filepath.Join(s.orphaned(), name), s.path(name)); err != nil {
			return durable.Map(fmt.Errorf("put a sealed file back: %w", err))
		}
		swept.Returned++
		touched[filepath.Dir(s.path(name))] = true
	}
	return syncAll(touched, s.orphaned())
}

// syncAll makes the moves between the touched folders and the one for orphans durable.
func syncAll(touched map[string]bool, orphaned string) error {
	if len(touched) == 0 {
		return nil
	}
	errs := []error{durable.SyncDir(orphaned)}
	for dir := range touched {
		errs = append(errs, durable.SyncDir(dir))
	}
	return errors.Join(errs...)
}
