package shelf

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"
	"go.uber.org/goleak"

	"dermbox/appliance"
	"dermbox/appliance/durable"
	"dermbox/appliance/signed"
	"dermbox/inference/pack"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var publisher = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))

// keys trusts the publisher, or nobody.
type keys struct{ nobody bool }

func (k keys) Verifiers(context.Context, signed.Kind) ([]dsse.Verifier, error) {
	if k.nobody {
		return nil, nil
	}
	return []dsse.Verifier{signed.NewVerifier(publisher.Public())}, nil
}

// version gives the committed simulation pack under another id, version and name, signed by the publisher.
func version(t *testing.T, id string, n int, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile("../../firmware/demo/signed/simulation.dermpack")
	must(t, err)
	p, err := pack.Inspect(raw)
	must(t, err)
	members := map[string][]byte{}
	for archive := tar.NewReader(bytes.NewReader(raw)); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		must(t, err)
		members[header.Name], err = io.ReadAll(archive)
		must(t, err)
	}
	p.Manifest.ID, p.Manifest.Version, p.Manifest.Name = id, n, name
	raw, err = pack.Sign(t.Context(), p.Manifest, members, signed.NewEd25519Signer(publisher))
	must(t, err)
	return raw
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newShelf(t *testing.T) *Shelf {
	s := Open(filepath.Join(t.TempDir(), "deep", "models"), keys{})
	s.reserve = 0
	return s
}

func install(t *testing.T, s *Shelf, raw []byte) *pack.Pack {
	t.Helper()
	p, placed, err := s.Install(t.Context(), raw)
	if err != nil || !placed {
		t.Fatalf("placed %t, %v", placed, err)
	}
	return p
}

func refs(list []Entry) (all []string) {
	for _, e := range list {
		all = append(all, e.Ref())
	}
	return all
}

func TestInstallAndFind(t *testing.T) {
	s := newShelf(t)
	if list, err := s.List(t.Context()); err != nil || len(list) != 0 {
		t.Fatalf("an empty shelf: %v, %v", list, err)
	}
	one, two := version(t, "nevus-a", 2, "x"), version(t, "nevus-a", 10, "x")
	first := install(t, s, one)
	second := install(t, s, two)
	other := install(t, s, version(t, "nevus", 1, "x"))
	if _, placed, err := s.Install(t.Context(), one); err != nil || placed {
		t.Errorf("the same again: placed %t, %v", placed, err)
	}
	list, err := s.List(t.Context())
	if want := []string{"nevus/1", "nevus-a/10", "nevus-a/2"}; err != nil || !slices.Equal(refs(list), want) {
		t.Fatalf("%v, %v", refs(list), err)
	}
	for name, want := range map[string]*pack.Pack{"nevus-a": second, "nevus-a/2": first, "nevus": other, "nevus/1": other, first.Digest: first,
		second.Digest: second, strings.TrimPrefix(first.Digest, "sha256:")[:8]: first} {
		if e, err := s.Find(t.Context(), name); err != nil || e.Pack == nil || e.Digest != want.Digest {
			t.Errorf("%s: %+v, %v", name, e, err)
		}
	}
	for _, name := range []string{"", "nev", "nevus/2", "nevus-a/02", "sha256:", first.Digest[:14], "../nevus"} {
		if e, err := s.Find(t.Context(), name); appliance.CodeOf(err) != appliance.NotFound {
			t.Errorf("%q: %+v, %v", name, e, err)
		}
	}
	if p, err := s.Load(t.Context(), second.Digest); err != nil || p.Manifest.Version != 10 || len(p.Model) == 0 {
		t.Errorf("%v", err)
	}
}

func TestInstallRefuses(t *testing.T) {
	s := newShelf(t)
	first := version(t, "a", 1, "x")
	install(t, s, first)
	for name, c := range map[string]struct {
		raw  []byte
		code appliance.Code
	}{
		"no pack":       {[]byte("x"), appliance.Unverified},
		"other content": {version(t, "a", 1, "y"), appliance.Conflict},
	} {
		if _, placed, err := s.Install(t.Context(), c.raw); placed || appliance.CodeOf(err) != c.code {
			t.Errorf("%s: placed %t, %v", name, placed, err)
		}
	}
	untrusted := Open(s.dir, keys{nobody: true})
	if _, placed, err := untrusted.Install(t.Context(), version(t, "b", 1, "x")); placed || appliance.CodeOf(err) != appliance.Unverified {
		t.Errorf("a publisher that nobody trusts: %t, %v", placed, err)
	}
	if _, err := untrusted.Load(t.Context(), signed.Digest(nil)); appliance.CodeOf(err) != appliance.NotFound {
		t.Errorf("a digest that is not there: %v", err)
	}
	if list, _ := untrusted.List(t.Context()); len(list) != 1 || list[0].Pack != nil || appliance.CodeOf(list[0].Err) != appliance.Unverified {
		t.Errorf("what nobody vouches for any more is listed as %+v", list)
	}
	s.reserve = 1 << 62
	if _, placed, err := s.Install(t.Context(), version(t, "b", 1, "x")); placed || appliance.CodeOf(err) != appliance.Full {
		t.Errorf("no room: %t, %v", placed, err)
	}
}

func TestShelfIsFull(t *testing.T) {
	s := newShelf(t)
	for n := range Most {
		install(t, s, version(t, "a", n+1, "x"))
	}
	if _, _, err := s.Install(t.Context(), version(t, "a", 99, "x")); appliance.CodeOf(err) != appliance.Full {
		t.Fatalf("one more: %v", err)
	}
	e, err := s.Find(t.Context(), "a/3")
	must(t, err)
	if err := s.Remove(e, "sha256:other", e.Digest); appliance.CodeOf(err) != appliance.Conflict {
		t.Errorf("one in use: %v", err)
	}
	must(t, s.Remove(e, "sha256:other"))
	install(t, s, version(t, "a", 99, "x"))
	if err := s.Remove(e); err == nil {
		t.Error("removed twice")
	}
}

// Whatever becomes of a file on the disk, its pack does not come back from Load, and a good copy mends it.
func TestChangedFiles(t *testing.T) {
	raw, other := version(t, "a", 1, "x"), version(t, "b", 1, "x")
	flipped := bytes.Clone(raw)
	flipped[len(flipped)/2] ^= 1
	for name, spoil := range map[string]func(path string) error{
		"a byte":         func(path string) error { return os.WriteFile(path, flipped, 0o600) },
		"cut short":      func(path string) error { return os.WriteFile(path, raw[:len(raw)/2], 0o600) },
		"empty":          func(path string) error { return os.WriteFile(path, nil, 0o600) },
		"another's pack": func(path string) error { return os.WriteFile(path, other, 0o600) },
		"a link": func(path string) error {
			return errors.Join(os.Rename(path, path+".real"), os.Symlink(path+".real", path))
		},
		"too large": func(path string) error { return os.Truncate(path, pack.MaxSize+1) },
		"gone":      os.Remove,
	} {
		t.Run(name, func(t *testing.T) {
			s := newShelf(t)
			p := install(t, s, raw)
			e, err := s.Find(t.Context(), "a")
			must(t, err)
			must(t, spoil(e.Path))
			if p, err := s.Load(t.Context(), p.Digest); err == nil || p != nil {
				t.Fatalf("%v", err)
			}
			install(t, s, raw)
			if got, err := s.Load(t.Context(), p.Digest); err != nil || got.Digest != p.Digest {
				t.Errorf("mended: %v", err)
			}
		})
	}
}

// What else lies in the folder is no pack, and only what an interrupted write left is swept away.
func TestOtherFilesAreLeftAlone(t *testing.T) {
	s := newShelf(t)
	must(t, s.Sweep())
	install(t, s, version(t, "a", 1, "x"))
	for _, name := range []string{"notes.txt", ".tmp-123", "a_1_short.dermpack", "A_1_" + strings.Repeat("0", 64) + ".dermpack",
		"a_99999999999999999999_" + strings.Repeat("0", 64) + ".dermpack"} {
		must(t, os.WriteFile(filepath.Join(s.dir, name), []byte("x"), 0o600))
	}
	must(t, s.Sweep())
	if list, err := s.List(t.Context()); err != nil || len(list) != 1 {
		t.Errorf("%v, %v", refs(list), err)
	}
	files, err := os.ReadDir(s.dir)
	must(t, err)
	if len(files) != 5 {
		t.Errorf("%d files", len(files))
	}
}

// An installation that fails at the write leaves what was there; one that was cut off after the rename is simply there.
func TestInterruptedInstall(t *testing.T) {
	s := newShelf(t)
	raw := version(t, "a", 1, "x")
	s.write = func(string, []byte, fs.FileMode) error { return appliance.E(appliance.Full, "storage.full", nil) }
	if _, _, err := s.Install(t.Context(), raw); appliance.CodeOf(err) != appliance.Full {
		t.Fatalf("%v", err)
	}
	if list, err := s.List(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("%v, %v", refs(list), err)
	}
	s.write = func(path string, data []byte, perm fs.FileMode) error {
		return errors.Join(durable.WriteFile(path, data, perm), errors.New("the last sync failed"))
	}
	if _, _, err := s.Install(t.Context(), raw); err == nil {
		t.Fatal("a failed sync was no error")
	}
	if _, placed, err := s.Install(t.Context(), raw); err != nil || placed {
		t.Errorf("again: placed %t, %v", placed, err)
	}
}

// A listing holds no model: sixteen of them would not fit beside a camera.
func TestListKeepsNoModel(t *testing.T) {
	s := newShelf(t)
	p := install(t, s, version(t, "a", 1, "x"))
	list, err := s.List(t.Context())
	if err != nil || len(list) != 1 || list[0].Pack == nil {
		t.Fatalf("%+v, %v", list, err)
	}
	got := list[0].Pack
	if got.Digest != p.Digest || got.KeyID != p.KeyID || got.Manifest.Name != "x" || got.Model != nil || got.Golden != nil || got.Card != "" {
		t.Errorf("%s %s: %d bytes of model", got.Digest, got.KeyID, len(got.Model))
	}
}
