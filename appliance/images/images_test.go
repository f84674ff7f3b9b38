package images_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"dermbox/appliance"
	"dermbox/appliance/images"
	"dermbox/appliance/vault"
)

const chunk = 64 << 10 // age's

type rig struct {
	vault   *vault.Vault
	dir     string
	folder  *images.Folder
	key     *vault.CaseKey
	id      appliance.CaseID
	capture appliance.CaptureID
}

func newRig(t *testing.T) *rig {
	t.Helper()
	v, err := vault.Create(t.TempDir(), vault.FileProvider(filepath.Join(t.TempDir(), "key")))
	must(t, err)
	r := &rig{vault: v, dir: filepath.Join(t.TempDir(), "images"), id: appliance.CaseID(appliance.NewID()), capture: appliance.CaptureID(appliance.NewID())}
	r.folder, err = images.Open(r.dir)
	must(t, err)
	r.key = r.newKey(t)
	return r
}

func (r *rig) newKey(t *testing.T) *vault.CaseKey {
	t.Helper()
	wrapped, err := r.vault.NewCaseKey()
	must(t, err)
	key, err := r.vault.CaseKey(wrapped)
	must(t, err)
	return key
}

func (r *rig) put(t *testing.T, plain []byte) (name, path string) {
	t.Helper()
	name, err := r.folder.Put(t.Context(), r.key, r.id, r.capture, plain)
	must(t, err)
	return name, filepath.Join(r.dir, name[:2], name)
}

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

func TestRoundTrip(t *testing.T) {
	r := newRig(t)
	for _, size := range []int{1, chunk - 1, chunk, chunk + 1, 3*chunk + 777} {
		plain := random(size)
		name, path := r.put(t, plain)
		image, got, err := r.folder.Open(name, r.key, r.id, r.capture)
		must(t, err)
		if got != int64(size) {
			t.Errorf("size %d, want %d", got, size)
		}
		all, err := io.ReadAll(image)
		must(t, err)
		if !bytes.Equal(all, plain) {
			t.Errorf("%d bytes read back differ", size)
		}
		must(t, image.Close())
		if sealed, _ := os.ReadFile(path); size > 64 && bytes.Contains(sealed, plain[:32]) {
			t.Error("the file holds the plain bytes")
		}
		if whole, err := r.folder.Read(t.Context(), name, r.key, r.id, r.capture, int64(size)); err != nil || !bytes.Equal(whole, plain) {
			t.Errorf("Read: %v", err)
		}
		_, err = r.folder.Read(t.Context(), name, r.key, r.id, r.capture, int64(size-1))
		checkError(t, err, appliance.Invalid, "storage.image.size")
	}
}

func TestReadsFromTheMiddle(t *testing.T) {
	r := newRig(t)
	plain := random(5*chunk + 99)
	name, path := r.put(t, plain)
	image, _, err := r.folder.Open(name, r.key, r.id, r.capture)
	must(t, err)
	defer image.Close()
	for _, at := range []int{0, 1, chunk - 1, chunk, 3*chunk + 5, len(plain) - 1} {
		if _, err := image.Seek(int64(at), io.SeekStart); err != nil {
			t.Fatal(err)
		}
		rest, err := io.ReadAll(image)
		if err != nil || !bytes.Equal(rest, plain[at:]) {
			t.Errorf("from %d: %d bytes, %v", at, len(rest), err)
		}
	}
	// A damaged first chunk does not hinder reading from the middle, and is never given out.
	sealed, _ := os.ReadFile(path)
	sealed[len(sealed)-len(plain)-6*16+10] ^= 1
	must(t, os.WriteFile(path, sealed, 0o600))
	damaged, _, err := r.folder.Open(name, r.key, r.id, r.capture)
	must(t, err)
	defer damaged.Close()
	part := make([]byte, 100)
	if _, err := damaged.ReadAt(part, 3*chunk); err != nil || !bytes.Equal(part, plain[3*chunk:3*chunk+100]) {
		t.Errorf("middle of a file with a damaged start: %v", err)
	}
	_, err = io.ReadAll(damaged)
	checkError(t, err, appliance.Unverified, "storage.image.damaged")
}

func TestRefusesAnythingElse(t *testing.T) {
	r := newRig(t)
	other := r.newKey(t)
	plain := random(4 * chunk)
	name, path := r.put(t, plain)
	_, secondPath := r.put(t, random(4*chunk))
	header := func(b []byte) int { return len(b) - 4*(chunk+16) }
	for testName, c := range map[string]struct {
		key     *vault.CaseKey
		id      appliance.CaseID
		capture appliance.CaptureID
		harm    func(sealed, second []byte) []byte
	}{
		"other key":     {key: other},
		"other case":    {id: appliance.CaseID(appliance.NewID())},
		"other capture": {capture: appliance.CaptureID(appliance.NewID())},
		"cut by a byte": {harm: func(b, _ []byte) []byte { return b[:len(b)-1] }},
		"cut at a chunk": {harm: func(b, _ []byte) []byte {
			return b[:len(b)-chunk-16]
		}},
		"only header":    {harm: func(b, _ []byte) []byte { return b[:header(b)] }},
		"empty":          {harm: func(_, _ []byte) []byte { return nil }},
		"byte appended":  {harm: func(b, _ []byte) []byte { return append(b, 0) }},
		"chunk appended": {harm: func(b, _ []byte) []byte { return append(b, b[len(b)-chunk-16:]...) }},
		"chunks swapped": {harm: func(b, _ []byte) []byte {
			at, n := header(b), chunk+16
			first := bytes.Clone(b[at : at+n])
			copy(b[at:], b[at+n:at+2*n])
			copy(b[at+n:], first)
			return b
		}},
		"chunk of another file": {harm: func(b, s []byte) []byte {
			copy(b[header(b):], s[header(s):header(s)+chunk+16])
			return b
		}},
		"header of another file": {harm: func(b, s []byte) []byte { return append(bytes.Clone(s[:header(s)]), b[header(b):]...) }},
		"bit in header":          {harm: func(b, _ []byte) []byte { b[60] ^= 1; return b }},
		"bit in body":            {harm: func(b, _ []byte) []byte { b[len(b)/2] ^= 1; return b }},
	} {
		t.Run(testName, func(t *testing.T) {
			key, id, capture := r.key, r.id, r.capture
			if c.key != nil {
				key = c.key
			}
			if c.id != "" {
				id = c.id
			}
			if c.capture != "" {
				capture = c.capture
			}
			before, _ := os.ReadFile(path)
			defer os.WriteFile(path, before, 0o600)
			if c.harm != nil {
				another, _ := os.ReadFile(secondPath)
				must(t, os.WriteFile(path, c.harm(bytes.Clone(before), another), 0o600))
			}
			got, err := r.folder.Read(t.Context(), name, key, id, capture, 1<<30)
			checkError(t, err, appliance.Unverified, "storage.image.damaged")
			if got != nil {
				t.Error("bytes came with the error")
			}
		})
	}
}

func TestMissingAndForeignNames(t *testing.T) {
	r := newRig(t)
	for _, name := range []string{strings.Repeat("0", 32), "", "x", "../../../../etc/passwd", strings.Repeat("A", 32), strings.Repeat("/", 32)} {
		_, _, err := r.folder.Open(name, r.key, r.id, r.capture)
		checkError(t, err, appliance.NotFound, "storage.image.missing")
	}
	_, err := r.folder.Put(t.Context(), r.key, r.id, r.capture, nil)
	checkError(t, err, appliance.Invalid, "storage.image.size")
}

func TestNamesSayNothing(t *testing.T) {
	r := newRig(t)
	plain := random(100)
	one, path := r.put(t, plain)
	two, _ := r.put(t, plain)
	if one == two {
		t.Error("the same bytes got the same name")
	}
	sealed, _ := os.ReadFile(path)
	for _, secret := range []string{string(r.id), string(r.capture)} {
		if bytes.Contains(sealed, []byte(secret)) {
			t.Errorf("the file shows %q", secret)
		}
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
}

func TestSweep(t *testing.T) {
	r := newRig(t)
	named, _ := r.put(t, random(10))
	orphan, orphanPath := r.put(t, random(10))
	kept, _ := r.put(t, random(10))
	temp := filepath.Join(r.dir, "ab", ".tmp-123")
	foreign := filepath.Join(r.dir, "ab", "README")
	must(t, os.WriteFile(temp, nil, 0o600))
	must(t, os.WriteFile(foreign, nil, 0o600))
	known := func(name string) bool { return name == named }

	if n, err := r.folder.Sweep(known); err != nil || n != 0 {
		t.Errorf("the writing process swept %d of its own, %v", n, err)
	}
	later, err := images.Open(r.dir) // the next start
	must(t, err)
	if n, err := later.Sweep(known, kept); err != nil || n != 1 {
		t.Errorf("moved %d, %v; want the orphan", n, err)
	}
	for path, want := range map[string]bool{orphanPath: false, temp: false, foreign: true, filepath.Join(r.dir, "orphaned", orphan[:2], orphan): true} {
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) == want {
			t.Errorf("%s is there: %v, want %v", filepath.Base(path), !want, want)
		}
	}
	for _, name := range []string{named, kept, orphan} {
		if _, err := later.Read(t.Context(), name, r.key, r.id, r.capture, 100); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n, err := later.Orphaned(); err != nil || n != 1 {
		t.Errorf("%d orphaned, %v", n, err)
	}
	if n, err := later.Sweep(known, kept); err != nil || n != 0 {
		t.Errorf("moved %d again, %v", n, err)
	}
	must(t, later.Remove(kept))
}

// TestANamedImageIsRemembered by its row and no longer by the process, which may run for months.
func TestANamedImageIsRemembered(t *testing.T) {
	r := newRig(t)
	first, path := r.put(t, random(10))
	r.folder.Named(first)
	if n, err := r.folder.Sweep(func(name string) bool { return name == first }); err != nil || n != 0 {
		t.Errorf("moved %d that its row names, %v", n, err)
	}
	if n, err := r.folder.Sweep(func(string) bool { return false }); err != nil || n != 1 {
		t.Errorf("moved %d, %v; want the one that nobody names", n, err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Error("it is still there")
	}
}

func TestHolds(t *testing.T) {
	r := newRig(t)
	for _, dir := range []string{r.dir, filepath.Join(r.dir, "missing")} {
		if held, err := images.Holds(dir); err != nil || held {
			t.Errorf("%s holds %v, %v", filepath.Base(dir), held, err)
		}
	}
	r.put(t, random(10))
	if held, err := images.Holds(r.dir); err != nil || !held {
		t.Errorf("holds %v, %v", held, err)
	}
	later, err := images.Open(r.dir)
	must(t, err)
	_, err = later.Sweep(func(string) bool { return false })
	must(t, err)
	if held, err := images.Holds(r.dir); err != nil || !held {
		t.Errorf("holds its orphans: %v, %v", held, err)
	}
}

func TestDiskFull(t *testing.T) {
	r := newRig(t)
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=2m"); err != nil {
		t.Skipf("needs to mount a small tmpfs (root): %v", err)
	}
	t.Cleanup(func() { unix.Unmount(dir, unix.MNT_DETACH) })
	folder, err := images.Open(dir)
	must(t, err)
	_, err = folder.Put(t.Context(), r.key, r.id, r.capture, random(4<<20))
	if appliance.CodeOf(err) != appliance.Full {
		t.Fatalf("a full disk gave %v", err)
	}
	left := 0
	must(t, filepath.WalkDir(dir, func(_ string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			left++
		}
		return err
	}))
	if left != 0 {
		t.Errorf("%d files left behind", left)
	}
	if _, err := folder.Put(t.Context(), r.key, r.id, r.capture, random(100<<10)); err != nil {
		t.Errorf("a small image after that: %v", err)
	}
}

func TestConcurrentPuts(t *testing.T) {
	r := newRig(t)
	plain := random(2 * chunk)
	names := make(chan string, 8)
	for range 8 {
		go func() {
			name, err := r.folder.Put(t.Context(), r.key, r.id, r.capture, plain)
			if err != nil {
				name = fmt.Sprint(err)
			}
			names <- name
		}()
	}
	for range 8 {
		if _, err := r.folder.Read(t.Context(), <-names, r.key, r.id, r.capture, 1<<30); err != nil {
			t.Error(err)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func checkError(t *testing.T, err error, code appliance.Code, key string) {
	t.Helper()
	e, ok := errors.AsType[*appliance.Error](err)
	if !ok || e.Code != code || e.Key != key {
		t.Errorf("error %v, want %s %s", err, code, key)
	}
}
