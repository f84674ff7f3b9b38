package images

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"filippo.io/age"

	"dermbox/appliance"
	"dermbox/appliance/durable"
	"dermbox/appliance/vault"
)

const (
	nameLen = 32        // hex digits of a random 128-bit name
	maxSize = 512 << 20 // bytes of one image: a bound against nonsense, far above any still
)

// Folder is the folder of sealed images. It is safe for concurrent use; only one process may write to it.
type Folder struct {
	dir string

	mu    sync.Mutex
	fresh map[string]bool // written by this process and not Named yet: a sweep leaves them, their row may be on its way
}

// Open opens the folder and makes it, with its 256 subfolders, where it is missing: done once here, a still then costs two
// syncs (file and subfolder) and no more.
func Open(dir string) (*Folder, error) {
	if err := durable.MkdirAll(dir, 0o700); err != nil {
		return nil, durable.Map(fmt.Errorf("make image folder: %w", err))
	}
	for i := range 256 {
		err := os.Mkdir(filepath.Join(dir, fmt.Sprintf("%02x", i)), 0o700)
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, durable.Map(fmt.Errorf("make image subfolder: %w", err))
		}
	}
	for _, names := range []string{dir, filepath.Dir(dir)} { // also when all are there: an earlier start may have been killed before
		if err := durable.SyncDir(names); err != nil {
			return nil, err
		}
	}
	return &Folder{dir: dir, fresh: map[string]bool{}}, nil
}

// Put seals image and gives the random name under which it is durable when Put returns. Until a row names it, only this
// process's memory keeps a sweep from setting it aside. A full disk is an *appliance.Error with code Full and leaves nothing.
func (f *Folder) Put(ctx context.Context, key *vault.CaseKey, id appliance.CaseID, capture appliance.CaptureID, image []byte) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	if len(image) == 0 || len(image) > maxSize {
		return "", appliance.E(appliance.Invalid, "storage.image.size", nil)
	}
	name := newName()
	f.mark(name, true)
	if err := f.write(name, &binding{key, id, capture}, image); err != nil {
		f.mark(name, false)
		return "", err
	}
	return name, nil
}

func (f *Folder) write(name string, to age.Recipient, image []byte) error {
	file, err := durable.Create(f.path(name), 0o600)
	if err != nil {
		return err
	}
	w, err := age.Encrypt(file, to)
	if err != nil {
		return durable.Map(errors.Join(fmt.Errorf("seal image: %w", err), file.Abort()))
	}
	if _, err := w.Write(image); err != nil {
		return durable.Map(errors.Join(fmt.Errorf("seal image: %w", err), file.Abort()))
	}
	if err := w.Close(); err != nil {
		return durable.Map(errors.Join(fmt.Errorf("seal image: %w", err), file.Abort()))
	}
	return file.Commit()
}

// Remove removes an image whose row could not be written. A missing one is not an error.
func (f *Folder) Remove(name string) error {
	if !validName(name) {
		return appliance.E(appliance.NotFound, "storage.image.missing", nil)
	}
	f.mark(name, false)
	if err := os.Remove(f.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove image: %w", err)
	}
	return nil
}

// Named says that a row names the image durably: from now on a sweep finds it there, and the process lets it go.
func (f *Folder) Named(name string) { f.mark(name, false) }

func (f *Folder) path(name string) string { return filepath.Join(f.dir, name[:2], name) }

func (f *Folder) mark(name string, fresh bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if fresh {
		f.fresh[name] = true
	} else {
		delete(f.fresh, name)
	}
}

func (f *Folder) isFresh(name string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.fresh[name]
}

func newName() string {
	var b [nameLen / 2]byte
	rand.Read(b[:]) // never returns an error (Go 1.24)
	return hex.EncodeToString(b[:])
}

func validName(name string) bool {
	return len(name) == nameLen && strings.Trim(name, "0123456789abcdef") == ""
}
