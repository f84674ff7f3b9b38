package blobs_test

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"dermbox/appliance"
	"dermbox/sync/hub/blobs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// gcm is a Key as the vault's are, small enough for a test.
type gcm struct{ aead cipher.AEAD }

func newKey(t testing.TB) gcm {
	t.Helper()
	raw := make([]byte, 32)
	rand.Read(raw)
	block, err := aes.NewCipher(raw)
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		t.Fatal(err)
	}
	return gcm{aead}
}

func (k gcm) Seal(table, column, row string, plain []byte) ([]byte, error) {
	return k.aead.Seal(nil, nil, plain, []byte(table+"|"+column+"|"+row)), nil
}

func (k gcm) Open(table, column, row string, sealed []byte) ([]byte, error) {
	return k.aead.Open(nil, nil, sealed, []byte(table+"|"+column+"|"+row))
}

func put(t testing.TB, s *blobs.Store, key blobs.Key, start int64, plain []byte) blobs.Segment {
	t.Helper()
	f, err := s.Create("part", key)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(plain); err != nil {
		t.Fatal(err)
	}
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	return blobs.Segment{Name: f.Name(), Start: start, Size: f.Size()}
}

func open(t testing.TB) (*blobs.Store, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "blobs")
	s, err := blobs.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s, dir
}

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

func TestSegmentsGiveThePartBack(t *testing.T) {
	s, dir := open(t)
	key := newKey(t)
	for _, sizes := range [][]int{{1}, {64 << 10}, {200_000, 1, 64 << 10}, {5, 5, 5}} {
		var whole []byte
		var segments []blobs.Segment
		for _, size := range sizes {
			b := random(size)
			segments = append(segments, put(t, s, key, int64(len(whole)), b))
			whole = append(whole, b...)
		}
		r := s.Reader("part", key, segments)
		got, err := io.ReadAll(r)
		if err != nil || !bytes.Equal(got, whole) {
			t.Errorf("%v: %d bytes, %v", sizes, len(got), err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	noPlain(t, dir, []byte("marker of a patient"), s, key)
}

func noPlain(t *testing.T, dir string, marker []byte, s *blobs.Store, key blobs.Key) {
	t.Helper()
	put(t, s, key, 0, bytes.Repeat(marker, 10_000))
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, marker) {
			t.Errorf("plain bytes in %s", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestDamageIsNoticed(t *testing.T) {
	s, dir := open(t)
	key := newKey(t)
	one, two := put(t, s, key, 0, random(100_000)), put(t, s, key, 100_000, random(100))
	path := func(seg blobs.Segment) string { return filepath.Join(dir, seg.Name[:2], seg.Name) }
	read := func(part string, k blobs.Key, segments ...blobs.Segment) error {
		r := s.Reader(part, k, segments)
		defer r.Close()
		_, err := io.ReadAll(r)
		return err
	}
	shorter := one
	shorter.Size--
	for name, err := range map[string]error{
		"another key":      read("part", newKey(t), one, two),
		"another part":     read("other", key, one, two),
		"order":            read("part", key, two, one),
		"length":           read("part", key, shorter),
		"no such file":     read("part", key, blobs.Segment{Name: fmt.Sprintf("%032x", 1), Size: 1}),
		"path for a name":  read("part", key, blobs.Segment{Name: "../../../../etc/passwd", Size: 1}),
		"exchanged":        exchange(t, path(one), path(two), func() error { return read("part", key, one, two) }),
		"one bit":          flip(t, path(one), func() error { return read("part", key, one, two) }),
		"cut to its start": cut(t, path(one), func() error { return read("part", key, one, two) }),
	} {
		if appliance.CodeOf(err) != appliance.Unverified {
			t.Errorf("%s: got %v, want Unverified", name, err)
		}
	}
}

func exchange(t *testing.T, a, b string, f func() error) error {
	t.Helper()
	swap := func() {
		for _, step := range [][2]string{{a, a + "x"}, {b, a}, {a + "x", b}} {
			if err := os.Rename(step[0], step[1]); err != nil {
				t.Fatal(err)
			}
		}
	}
	swap()
	defer swap()
	return f()
}

func flip(t *testing.T, path string, f func() error) error {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer os.WriteFile(path, bytes.Clone(b), 0o600)
	bad := bytes.Clone(b)
	bad[len(bad)-20_000] ^= 1
	if err := os.WriteFile(path, bad, 0o600); err != nil {
		t.Fatal(err)
	}
	return f()
}

func cut(t *testing.T, path string, f func() error) error {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	defer os.WriteFile(path, b, 0o600)
	if err := os.WriteFile(path, b[:70_000], 0o600); err != nil {
		t.Fatal(err)
	}
	return f()
}

func TestSweepKeepsWhatNoRowNames(t *testing.T) {
	s, dir := open(t)
	key := newKey(t)
	kept, orphan := put(t, s, key, 0, []byte("kept")), put(t, s, key, 0, []byte("orphan"))
	half, err := s.Create("part", key)
	if err != nil {
		t.Fatal(err)
	}
	foreign := filepath.Join(dir, "README")
	if err := os.WriteFile(foreign, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{kept.Name: true}
	sweep := func(want blobs.Swept, orphans int) {
		t.Helper()
		got, err := s.Sweep(func(name string) (bool, error) { return named[name], nil })
		if err != nil || got != want {
			t.Errorf("swept %+v, want %+v, %v", got, want, err)
		}
		if n, err := s.Orphans(); err != nil || n != orphans {
			t.Errorf("%d orphans, want %d, %v", n, orphans, err)
		}
	}
	sweep(blobs.Swept{Removed: 1, Orphaned: 1}, 1)
	if _, err := os.Stat(filepath.Join(dir, "orphaned", orphan.Name)); err != nil {
		t.Errorf("a sealed file is lost: %v", err)
	}
	if _, err := os.Stat(foreign); err != nil {
		t.Error("a file that is not ours is gone")
	}
	sweep(blobs.Swept{}, 1)
	named[orphan.Name] = true // the right ledger was put back
	sweep(blobs.Swept{Returned: 1}, 0)
	if err := s.Check("part", key, []blobs.Segment{orphan}, orphan.Size); err != nil {
		t.Errorf("what came back cannot be read: %v", err)
	}
	_ = half.Abort()
	if err := s.Remove(kept.Name, kept.Name, "../x"); err != nil {
		t.Errorf("remove twice: %v", err)
	}
}

func TestCheckFindsWhatIsLost(t *testing.T) {
	s, dir := open(t)
	key := newKey(t)
	one, two := put(t, s, key, 0, random(100_000)), put(t, s, key, 100_000, random(100))
	both := []blobs.Segment{one, two}
	if err := s.Check("part", key, both, 100_100); err != nil {
		t.Errorf("a whole part: %v", err)
	}
	shorter := one
	shorter.Size--
	path := filepath.Join(dir, one.Name[:2], one.Name)
	for name, err := range map[string]error{
		"another key":  s.Check("part", newKey(t), both, 100_100),
		"another size": s.Check("part", key, both, 100_101),
		"none":         s.Check("part", key, nil, 1),
		"length":       s.Check("part", key, []blobs.Segment{shorter}, shorter.Size),
		"cut":          cut(t, path, func() error { return s.Check("part", key, both, 100_100) }),
		"gone": func() error {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			return s.Check("part", key, both, 100_100)
		}(),
	} {
		if appliance.CodeOf(err) != appliance.Unverified {
			t.Errorf("%s: got %v, want Unverified", name, err)
		}
	}
}
