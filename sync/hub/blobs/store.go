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

// Commit makes the file durable under its name. Until the ledger names it too, Sweep would set it aside.
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
				return 0, err
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
		return damaged(errors.New("sealed files do not follow each other"))
	}
	file, err := open(r.store.path(segment.Name))
	if err != nil {
		return err
	}
	plain, err := age.Decrypt(file, wrapping{key: r.key, row: bind(r.part, segment.Name)})
	if err != nil {
		return damaged(errors.Join(err, file.Close()))
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

// Check opens every file of a part and says whether together they hold size bytes: that each is there, has its recorded
// length, and opens with the part's key. It reads only each file's first and last chunk. What will not mend by itself is an
// *appliance.Error Unverified; a fault of the moment is another error.
func (s *Store) Check(part string, key Key, segments []Segment, size int64) error {
	var at int64
	for _, segment := range segments {
		if !validName(segment.Name) || segment.Start != at {
			return damaged(errors.New("sealed files do not follow each other"))
		}
		if err := s.check(part, key, segment); err != nil {
			return err
		}
		at += segment.Size
	}
	if at != size {
		return damaged(errors.New("sealed files do not hold the whole part"))
	}
	return nil
}

func (s *Store) check(part string, key Key, segment Segment) error {
	file, err := open(s.path(segment.Name))
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("open a sealed file: %w", err)
	}
	_, size, err := age.DecryptReaderAt(file, info.Size(), wrapping{key: key, row: bind(part, segment.Name)})
	if err != nil {
		return damaged(err)
	}
	if size != segment.Size {
		return damaged(errors.New("sealed file of another length"))
	}
	return nil
}

// open opens a sealed file. One that is gone is lost; any other failure may pass.
func open(path string) (*os.File, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, damaged(err)
	}
	if err != nil {
		return nil, fmt.Errorf("open a sealed file: %w", err)
	}
	return file, nil
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

func validName(name string) bool {
	return len(name) == 32 && strings.Trim(name, "0123456789abcdef") == ""
}
