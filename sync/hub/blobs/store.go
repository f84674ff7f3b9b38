package blobs

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"

	"dermbox/appliance"
	"dermbox/appliance/durable"
)

// Store is a folder of sealed files. Safe for concurrent use.
type Store struct{ dir string }

// Segment is one sealed file of a part: the plain bytes from Start on.
type Segment struct {
	Name  string // as File.Name gave it
	Start int64  // bytes from the beginning of the part
	Size  int64  // plain bytes
}

// Open prepares the folder: its 256 subfolders exist and are durable afterwards.
func Open(dir string) (*Store, error) {
	for i := range 256 {
		if err := os.MkdirAll(filepath.Join(dir, fmt.Sprintf("%02x", i)), 0o700); err != nil {
			return nil, durable.Map(fmt.Errorf("make the parts' folders: %w", err))
		}
	}
	if err := errors.Join(durable.SyncDir(dir), durable.SyncDir(filepath.Dir(dir))); err != nil {
		return nil, err
	}
	return &Store{dir: dir}, nil
}

// Require refuses with code Full when so many further bytes would leave less than the reserve free.
func (s *Store) Require(bytes int64) error { return durable.Require(s.dir, uint64(bytes)+reserve) }

// reserve is kept free for the ledger: it must be able to say what happened.
const reserve = 64 << 20

// File is a sealed file in the making. It is not safe for concurrent use.
type File struct {
	name   string
	size   int64
	file   *durable.File
	sealed io.WriteCloser
}

// Create begins a sealed file of the part that is named part (any string that the ledger never uses twice), under its key.
func (s *Store) Create(part string, key Key) (*File, error) {
	var raw [16]byte
	rand.Read(raw[:]) // never fails (Go 1.24)
	name := hex.EncodeToString(raw[:])
	file, err := durable.Create(s.path(name), 0o600)
	if err != nil {
		return nil, err
	}
	sealed, err := age.Encrypt(file, wrapping{key: key, row: bind(part, name)})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("begin a sealed file: %w", err), file.Abort())
	}
	return &File{name: name, file: file, sealed: sealed}, nil
}

// Name is what the ledger keeps of the file.
func (f *File) Name() string { return f.name }

// Size is the number of plain bytes written so far.
func (f *File) Size() int64 { return f.size }

// Write seals p. After an error the file can only be aborted.
func (f *File) Write(p []byte) (int, error) {
	n, err := f.sealed.Write(p)
	f.size += int64(n)
	return n, err
}

// Commit makes the file durable under its name. Until the ledger names it too, Sweep would remove it.
func (f *File) Commit() error {
	if err := f.sealed.Close(); err != nil {
		return errors.Join(err, f.file.Abort())
	}
	return f.file.Commit()
}

// Abort gives the file up.
func (f *File) Abort() error { return f.file.Abort() }

func (s *Store) path(name string) string { return filepath.Join(s.dir, name[:2], name) }

// Reader gives the plain bytes of a part from its first byte on. Each chunk is authenticated before it is given out; a
// missing, damaged or exchanged file is an *appliance.Error Unverified.
func (s *Store) Reader(part string, key Key, segments []Segment) io.ReadCloser {
	return &reader{store: s, part: part, key: key, rest: segments}
}

type reader struct {
	store *Store
	part  string
	key   Key
	rest  []Segment
	file  *os.File
	plain io.Reader
	left  int64 // plain bytes that the open file must still give
	at    int64
}

// Read is io.Reader.
func (r *reader) Read(p []byte) (int, error) {
	for {
		if r.plain == nil {
			if len(r.rest) == 0 {
				return 0, io.EOF
			}
			if err := r.next(); err != nil {
				return 0, damaged(err)
			}
		}
		n, err := r.plain.Read(p)
		r.left -= int64(n)
		if r.left < 0 || errors.Is(err, io.EOF) && r.left > 0 {
			return 0, damaged(errors.New("sealed file of another length"))
		}
		if errors.Is(err, io.EOF) {
			err = r.shut()
		}
		if err != nil {
			return n, damaged(err)
		}
		if n > 0 {
			r.at += int64(n)
			return n, nil
		}
	}
}

func (r *reader) next() error {
	segment := r.rest[0]
	r.rest = r.rest[1:]
	if !validName(segment.Name) || segment.Start != r.at {
		return errors.New("sealed files do not follow each other")
	}
	file, err := os.Open(r.store.path(segment.Name))
	if err != nil {
		return err
	}
	plain, err := age.Decrypt(file, wrapping{key: r.key, row: bind(r.part, segment.Name)})
	if err != nil {
		return errors.Join(err, file.Close())
	}
	r.file, r.plain, r.left = file, plain, segment.Size
	return nil
}

func (r *reader) shut() error {
	err := r.file.Close()
	r.file, r.plain = nil, nil
	return err
}

// Close is io.Closer.
func (r *reader) Close() error {
	if r.file == nil {
		return nil
	}
	return r.shut()
}

func damaged(cause error) error {
	return appliance.E(appliance.Unverified, "hubctl.part_damaged", cause)
}

// Remove deletes files that the ledger no longer names; one that is gone already is no error.
func (s *Store) Remove(names ...string) error {
	var errs []error
	for _, name := range names {
		if !validName(name) {
			continue
		}
		if err := os.Remove(s.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, fmt.Errorf("remove a sealed file: %w", err))
		}
	}
	return errors.Join(errs...)
}

// Sweep removes every file that known does not claim, and counts them. Only before the first upload: what is being written
// is in no ledger yet.
func (s *Store) Sweep(known func(name string) (bool, error)) (removed int, err error) {
	err = filepath.WalkDir(s.dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name := entry.Name()
		if validName(name) {
			keep, err := known(name)
			if err != nil || keep {
				return err
			}
		} else if !durable.IsTemp(name) {
			return nil // not ours: leave it to whoever put it there
		}
		removed++
		return os.Remove(path)
	})
	return removed, err
}

func validName(name string) bool {
	return len(name) == 32 && strings.Trim(name, "0123456789abcdef") == ""
}
