package shelf

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"dermbox/appliance"
	"dermbox/appliance/durable"
	"dermbox/appliance/signed"
	"dermbox/inference/pack"
)

// Most is how many packs a shelf holds: the one in force, the one before it, and what is being tried.
const Most = 16

// reserve is the room on the disk that an installation leaves to the cases, in bytes.
const reserve = 256 << 20

// Shelf is the folder of a box's packs. It may be used by several goroutines, but one at a time installs or removes.
type Shelf struct {
	dir     string
	keys    signed.Keys
	reserve uint64
	write   func(path string, data []byte, perm fs.FileMode) error // durable.WriteFile, unless a test has it fail
}

// Open gives the shelf in a folder, which need not exist yet. Keys are those that the box trusts.
func Open(dir string, keys signed.Keys) *Shelf {
	return &Shelf{dir: dir, keys: keys, reserve: reserve, write: durable.WriteFile}
}

// Entry is one file of the shelf.
type Entry struct {
	ID      string
	Version int
	Digest  string // "sha256:..." of the manifest, by the file's name
	Path    string
	Pack    *pack.Pack // nil: the file is not what its name says, or its signature does not check
	Err     error      // why
}

// Ref names the pack as people do: id/version.
func (e Entry) Ref() string { return e.ID + "/" + strconv.Itoa(e.Version) }

// nameForm is what a file of the shelf is called: id, version and digest of its manifest.
var nameForm = regexp.MustCompile(`^([a-z0-9][a-z0-9-]{0,63})_([0-9]{1,19})_([0-9a-f]{64})\.dermpack$`)

func fileName(p *pack.Pack) string {
	return fmt.Sprintf("%s_%d_%s.dermpack", p.Manifest.ID, p.Manifest.Version, strings.TrimPrefix(p.Digest, "sha256:"))
}

// Sweep removes what an interrupted installation left. No installation may be under way.
func (s *Shelf) Sweep() error {
	files, err := os.ReadDir(s.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, f := range files {
		if durable.IsTemp(f.Name()) {
			err = errors.Join(err, os.Remove(filepath.Join(s.dir, f.Name())))
		}
	}
	return err
}

// names gives the entries by the files' names, unopened: by id, the newest version first. What has another name is no pack of the
// shelf.
func (s *Shelf) names() ([]Entry, error) {
	files, err := os.ReadDir(s.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, appliance.E(appliance.Unavailable, "shelf.unreadable", err, "path", s.dir)
	}
	var list []Entry
	for _, f := range files {
		m := nameForm.FindStringSubmatch(f.Name())
		if m == nil {
			continue
		}
		if version, err := strconv.Atoi(m[2]); err == nil {
			list = append(list, Entry{ID: m[1], Version: version, Digest: "sha256:" + m[3], Path: filepath.Join(s.dir, f.Name())})
		}
	}
	slices.SortFunc(list, func(a, b Entry) int {
		if a.ID != b.ID {
			return strings.Compare(a.ID, b.ID)
		}
		return b.Version - a.Version
	})
	return list, nil
}

// Names gives the entries by the names of their files, unopened.
func (s *Shelf) Names() ([]Entry, error) { return s.names() }

// List opens and verifies every pack, one at a time. Of each it keeps manifest, digest and key alone: whole, they would fill a
// gigabyte. Load gives one to run. An entry without its Pack says in Err why it can never run.
func (s *Shelf) List(ctx context.Context) ([]Entry, error) {
	list, err := s.names()
	for i := range list {
		list[i] = s.open(ctx, list[i])
		if p := list[i].Pack; p != nil {
			list[i].Pack = &pack.Pack{Manifest: p.Manifest, Digest: p.Digest, KeyID: p.KeyID}
		}
	}
	return list, err
}

// Load opens and verifies the pack with this digest: Unverified with a "signed.", "pack." or "shelf." key when its file was changed,
// NotFound "shelf.gone" when there is none.
func (s *Shelf) Load(ctx context.Context, digest string) (*pack.Pack, error) {
	list, err := s.names()
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(list, func(e Entry) bool { return e.Digest == digest })
	if i < 0 {
		return nil, appliance.E(appliance.NotFound, "shelf.gone", nil, "digest", digest)
	}
	e := s.open(ctx, list[i])
	return e.Pack, e.Err
}

// open reads and verifies the file of an entry, and holds it to its name.
func (s *Shelf) open(ctx context.Context, e Entry) Entry {
	raw, err := read(e.Path)
	if err == nil {
		e.Pack, err = pack.Read(ctx, raw, s.keys)
	}
	if err == nil && (e.Pack.Digest != e.Digest || e.Pack.Manifest.ID != e.ID || e.Pack.Manifest.Version != e.Version) {
		err = appliance.E(appliance.Unverified, "shelf.exchanged", nil, "path", e.Path)
	}
	if err != nil {
		e.Pack, e.Err = nil, err
	}
	return e
}

// read reads a file of the shelf whole, up to the size that a pack may have.
func read(path string) ([]byte, error) {
	info, err := os.Lstat(path)
	switch {
	case err != nil:
	case !info.Mode().IsRegular():
		err = errors.New("not a regular file")
	case info.Size() > pack.MaxSize:
		return nil, appliance.E(appliance.Unverified, "pack.too_large", nil, "limit_mib", strconv.Itoa(pack.MaxSize>>20))
	}
	var raw []byte
	if err == nil {
		raw, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, appliance.E(appliance.Unavailable, "pack.unreadable", err, "path", path)
	}
	return raw, nil
}
