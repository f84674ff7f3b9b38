package shelf

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"dermbox/appliance"
	"dermbox/appliance/durable"
	"dermbox/inference/pack"
)

// Install verifies a pack and puts it on the shelf, durably and whole or not at all. The same pack again is harmless, and mends a
// file of it that was damaged; placed says whether a file was written. It refuses a pack that the keys do not vouch for, another
// pack under the same id and version (Conflict "shelf.other_content"), and one for which there is no room (Full).
func (s *Shelf) Install(ctx context.Context, raw []byte) (p *pack.Pack, placed bool, err error) {
	if p, err = pack.Read(ctx, raw, s.keys); err != nil {
		return nil, false, err
	}
	list, err := s.names()
	if err != nil {
		return p, false, err
	}
	if i := slices.IndexFunc(list, func(e Entry) bool { return e.Digest == p.Digest }); i >= 0 {
		if e := s.open(ctx, list[i]); e.Err == nil {
			return p, false, nil
		}
		list = slices.Delete(list, i, i+1)
	}
	if err := s.admits(list, p, len(raw)); err != nil {
		return p, false, err
	}
	if err := durable.MkdirAll(s.dir, 0o700); err != nil {
		return p, false, err
	}
	return p, true, s.write(filepath.Join(s.dir, fileName(p)), raw, 0o600)
}

// admits says why there is no place for a new pack beside the others.
func (s *Shelf) admits(others []Entry, p *pack.Pack, size int) error {
	for _, e := range others {
		if e.ID == p.Manifest.ID && e.Version == p.Manifest.Version {
			return appliance.E(appliance.Conflict, "shelf.other_content", nil, "pack", e.Ref(), "digest", e.Digest)
		}
	}
	if len(others) >= Most {
		return appliance.E(appliance.Full, "shelf.full", nil, "most", strconv.Itoa(Most))
	}
	return durable.Require(existing(s.dir), uint64(size)+s.reserve)
}

// existing gives the folder, or the nearest above it that is there.
func existing(dir string) string {
	for {
		if _, err := os.Stat(dir); err == nil || filepath.Dir(dir) == dir {
			return dir
		}
		dir = filepath.Dir(dir)
	}
}

// Removable refuses the packs with the digests that are in use (Conflict "shelf.in_use").
func (e Entry) Removable(inUse ...string) error {
	if slices.Contains(inUse, e.Digest) {
		return appliance.E(appliance.Conflict, "shelf.in_use", nil, "pack", e.Ref())
	}
	return nil
}

// Remove takes a pack off the shelf, but for those that are in use, see Removable.
func (s *Shelf) Remove(e Entry, inUse ...string) error {
	if err := e.Removable(inUse...); err != nil {
		return err
	}
	if err := os.Remove(e.Path); err != nil {
		return appliance.E(appliance.Unavailable, "shelf.unreadable", err, "path", s.dir)
	}
	return durable.SyncDir(s.dir)
}
