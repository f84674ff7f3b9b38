package images

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"filippo.io/age"

	"dermbox/appliance"
	"dermbox/appliance/vault"
)

// Image is an open image: plain bytes, readable from any offset. Reads fail with an *appliance.Error, code Unverified, from
// the first chunk on that is not what was sealed. Close it.
type Image struct {
	*io.SectionReader
	file *os.File
}

// Close closes the file.
func (i *Image) Close() error { return i.file.Close() }

// Open opens the image of that name and gives it with its plain size in bytes. Errors are *appliance.Error: NotFound when
// the file is gone; Unverified when it is damaged, cut short, or was sealed under another key or for another image. An image
// that a sweep put aside is found there: the database that names it has come back.
func (f *Folder) Open(name string, key *vault.CaseKey, id appliance.CaseID, capture appliance.CaptureID) (*Image, int64, error) {
	if !validName(name) {
		return nil, 0, appliance.E(appliance.NotFound, "storage.image.missing", nil)
	}
	file, err := os.Open(f.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		file, err = os.Open(filepath.Join(f.dir, orphanFolder, name[:2], name))
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, appliance.E(appliance.NotFound, "storage.image.missing", err)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("open image: %w", err)
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return nil, 0, fmt.Errorf("open image: %w", err)
	}
	plain, size, err := age.DecryptReaderAt(file, info.Size(), &binding{key, id, capture})
	if err != nil {
		file.Close()
		return nil, 0, damaged(err)
	}
	return &Image{io.NewSectionReader(checked{plain}, 0, size), file}, size, nil
}

// Read gives the whole plain image, at most limit bytes of it: a longer one is refused as Invalid.
func (f *Folder) Read(ctx context.Context, name string, key *vault.CaseKey, id appliance.CaseID, capture appliance.CaptureID, limit int64) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	image, size, err := f.Open(name, key, id, capture)
	if err != nil {
		return nil, err
	}
	defer image.file.Close()
	if size > limit {
		return nil, appliance.E(appliance.Invalid, "storage.image.size", nil)
	}
	plain := make([]byte, size)
	if _, err := io.ReadFull(image, plain); err != nil {
		return nil, damaged(err)
	}
	return plain, nil
}

// checked gives read errors their code.
type checked struct{ io.ReaderAt }

func (c checked) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.ReaderAt.ReadAt(p, off)
	if err != nil && !errors.Is(err, io.EOF) {
		err = damaged(err)
	}
	return n, err
}

func damaged(err error) error {
	if e, ok := errors.AsType[*appliance.Error](err); ok && e.Key == "storage.image.damaged" {
		return err
	}
	return appliance.E(appliance.Unverified, "storage.image.damaged", err)
}
