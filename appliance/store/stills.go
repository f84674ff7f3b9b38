package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"

	"dermbox/appliance"
	"dermbox/appliance/audit"
	"dermbox/appliance/images"
)

// MaxStill is the size of the largest still that is read back whole, in bytes.
const MaxStill = 64 << 20

// Stills is the store and the image folder together: what keeping and reading a still takes. It is safe for concurrent use.
type Stills struct {
	Store  *Store
	Folder *images.Folder
}

// Keep makes a still durable: its bytes sealed in a file first, then capture row, case and attempts in one commit. It returns
// only after that, with the errors of images.Folder.Put and Store.AddCapture, and Invalid "storage.image.hash" when jpeg is
// not what capture.SHA256 and capture.Size say. C is as stored afterwards, or as it was on an error.
func (s Stills) Keep(ctx context.Context, c *appliance.Case, capture appliance.Capture, jpeg []byte, e audit.Event, attempts ...Attempt) error {
	sum := sha256.Sum256(jpeg)
	if hex.EncodeToString(sum[:]) != capture.SHA256 || int64(len(jpeg)) != capture.Size {
		return appliance.E(appliance.Invalid, "storage.image.hash", nil)
	}
	key, err := s.Store.CaseKey(ctx, c.ID)
	if err != nil {
		return err
	}
	name, err := s.Folder.Put(ctx, key, c.ID, capture.ID, jpeg)
	if err != nil {
		return err
	}
	err = s.Store.AddCapture(ctx, c, capture, name, e, attempts...)
	if refusedForCertain(err) { // after any other failure the file stays, and the sweep at the next start decides
		if removeErr := s.Folder.Remove(name); removeErr != nil {
			s.Store.log.WarnContext(ctx, "image of a refused capture not removed", "case", c.ID)
		}
	}
	if err == nil {
		s.Folder.Named(name)
	}
	return err
}

// Open gives the plain bytes of a kept still, readable from any offset. Close it.
func (s Stills) Open(ctx context.Context, id appliance.CaseID, capture appliance.CaptureID) (io.ReadSeekCloser, error) {
	name, err := s.Store.ImageName(ctx, id, capture)
	if err != nil {
		return nil, err
	}
	key, err := s.Store.CaseKey(ctx, id)
	if err != nil {
		return nil, err
	}
	image, _, err := s.Folder.Open(name, key, id, capture)
	if err != nil {
		return nil, err
	}
	return image, nil
}

// Read gives the exact bytes of a kept still.
func (s Stills) Read(ctx context.Context, id appliance.CaseID, capture appliance.CaptureID) ([]byte, error) {
	name, err := s.Store.ImageName(ctx, id, capture)
	if err != nil {
		return nil, err
	}
	key, err := s.Store.CaseKey(ctx, id)
	if err != nil {
		return nil, err
	}
	return s.Folder.Read(ctx, name, key, id, capture, MaxStill)
}

// Sweep sets the files of interrupted captures aside, which no row names, and gives how many. Call it at start, before the
// first capture.
func (s Stills) Sweep(ctx context.Context) (int, error) {
	names, err := s.Store.ImageNames(ctx)
	if err != nil {
		return 0, err
	}
	return s.Folder.Sweep(s.known(ctx, names))
}

// known says whether a row names an image: one of names, which were read before, or one that came since. What cannot be asked is
// taken for named, so that the image stays.
func (s Stills) known(ctx context.Context, names map[string]bool) func(string) bool {
	return func(name string) bool {
		if names[name] {
			return true
		}
		var n int
		err := s.Store.read.QueryRowContext(ctx, `SELECT COUNT(*) FROM captures WHERE image = ?`, name).Scan(&n)
		return err != nil || n > 0
	}
}
