package server_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/signed"
	"dermbox/sync/hub/blobs"
	"dermbox/sync/hub/ingest"
	"dermbox/sync/hub/ledger"
	"dermbox/sync/hub/server"
	"dermbox/sync/wire"
)

func (b *box) scope() ledger.Device { return ledger.Device{Trust: "RZZ", Site: b.site, ID: b.name} }

func checkTime(t *testing.T, b *box) {
	t.Helper()
	nonce := strings.Repeat("0a", 16)
	_, body := send(t, b.http, "GET", b.rig.url+wire.PathTime+"?nonce="+nonce, nil, nil)
	a, err := wire.DecodeTimeAnswer(body)
	if err != nil {
		t.Fatal(err)
	}
	v, err := signed.Verify(t.Context(), signed.KindReceipt, a.Envelope, hubKey(b.hub.ReceiptKey))
	if err != nil {
		t.Fatal(err)
	}
	now, err := wire.DecodeTime(v.Payload)
	if err != nil || now.Nonce != nonce || time.Since(now.Now).Abs() > time.Minute {
		t.Errorf("%+v %v", now, err)
	}
	if _, err := wire.DecodeReceipt(v.Payload); err == nil {
		t.Error("the time passes for a receipt")
	}
}

// stuck is a body that gives its bytes and then nothing more, as a link that went dead does, until it is let go.
type stuck struct {
	first io.Reader
	gone  chan struct{}
	sent  chan struct{} // closed when the bytes were handed over
}

func newStuck(b []byte) *stuck {
	return &stuck{first: bytes.NewReader(b), gone: make(chan struct{}), sent: make(chan struct{})}
}

func (s *stuck) Read(p []byte) (int, error) {
	n, err := s.first.Read(p)
	if n > 0 || !errors.Is(err, io.EOF) {
		return n, err
	}
	select {
	case <-s.sent:
	default:
		close(s.sent)
	}
	<-s.gone
	return 0, errors.New("the link is dead")
}

// hang begins to send a part and leaves the connection hanging after some bytes.
func (b *box) hang(sum string, offset int64, data []byte) (release func()) {
	b.t.Helper()
	s := newStuck(data)
	done := make(chan struct{})
	go func() {
		defer close(done)
		req, _ := http.NewRequest("PATCH", b.rig.url+wire.PathParts+sum, s)
		req.Header.Set(wire.HeaderOffset, fmt.Sprint(offset))
		if resp, err := b.http.Do(req); err == nil {
			resp.Body.Close()
		}
	}()
	<-s.sent
	return func() { close(s.gone); <-done }
}

// waitForBytes waits until the hub has begun to write a sealed file. The bytes are on their way through the kernel then; how
// many arrived is the hub's to say.
func waitForBytes(t *testing.T, dir string) {
	t.Helper()
	for range 500 {
		found := false
		_ = filepath.WalkDir(filepath.Join(dir, "parts"), func(path string, d fs.DirEntry, err error) error {
			if err == nil && strings.HasPrefix(d.Name(), ".tmp-") {
				info, err := d.Info()
				found = found || err == nil && info.Size() > 64<<10
			}
			return nil
		})
		if found {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the hub never began to write")
}

func TestTakeoverAndResumeMidPart(t *testing.T) {
	r := newRig(t)
	b := r.enrol("box-1")
	v := b.visit(1_000_000)
	a := b.offer(v)
	sum, image := wire.HexSum(v.images[0]), v.images[0]
	release := b.hang(sum, 0, image[:400_000])
	defer release()
	waitForBytes(t, r.dir)
	status, at := b.offset(sum)
	if status != http.StatusNoContent || at <= 0 || at > 400_000 {
		t.Fatalf("HEAD beside a half-dead connection: %d at %d", status, at)
	}
	if status, now, body := b.patch(sum, at+1, bytes.NewReader(image[at+1:])); status != http.StatusConflict || now != at || code(t, body) != wire.CodeOffset {
		t.Errorf("a wrong offset: %d at %d", status, now)
	}
	again := b.hang(sum, at, image[at:700_000])
	defer again()
	waitForBytes(t, r.dir)
	// A PATCH at a guessed offset takes over too, and learns where the hub stands.
	if status, now, _ := b.patch(sum, at, bytes.NewReader(nil)); status == http.StatusConflict {
		at = now
	}
	if status, now, body := b.patch(sum, at, bytes.NewReader(image[at:])); status != http.StatusNoContent || now != 1_000_000 {
		t.Fatalf("the rest: %d at %d %s", status, now, body)
	}
	b.sendMissing(b.offerAgain(v), v)
	b.receipt(a.Digest)
	p, err := r.hub.Proof(t.Context(), v.c.ID)
	if err != nil || !p.Verified || p.Parts[1].Files < 2 {
		t.Errorf("%+v %v", p, err)
	}
}

// offerAgain asks what is missing of the box's visits by a new batch of the same cases.
func (b *box) offerAgain(v visit) wire.OfferAnswer { return b.offer(v) }

func TestHashMismatchIsDiscarded(t *testing.T) {
	r := newRig(t)
	b := r.enrol("box-1")
	v := b.visit(200_000)
	b.offer(v)
	sum, image := wire.HexSum(v.images[0]), v.images[0]
	wrong := bytes.Clone(image)
	wrong[5] ^= 1
	send := func(parts ...[]byte) (status int, at int64, body []byte) {
		at = 0
		for _, p := range parts {
			status, at, body = b.patch(sum, at, bytes.NewReader(p))
		}
		return status, at, body
	}
	for name, parts := range map[string][][]byte{"in one go": {wrong}, "in two": {wrong[:1000], wrong[1000:]}} {
		if status, at, body := send(parts...); status != http.StatusUnprocessableEntity || at != 0 || code(t, body) != wire.CodeHashMismatch {
			t.Errorf("%s: %d at %d %s", name, status, at, body)
		}
		if _, at := b.offset(sum); at != 0 {
			t.Errorf("%s: offset %d afterwards", name, at)
		}
	}
	if n := sealedFiles(t, r.dir); n != 0 {
		t.Errorf("%d sealed files are left", n)
	}
	if status, at, body := b.patch(sum, 0, bytes.NewReader(append(bytes.Clone(image), 1))); status != http.StatusBadRequest || at != 0 {
		t.Errorf("too many bytes: %d at %d %s", status, at, body)
	}
	if status, _, body := send(image[:1], image[1:]); status != http.StatusNoContent {
		t.Errorf("the right bytes: %d %s", status, body)
	}
}

func sealedFiles(t *testing.T, dir string) (n int) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(dir, "parts"), func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// fullDisk is a Blobs whose disk is full after some bytes.
type fullDisk struct {
	ingest.Blobs
	left int
}

func (f *fullDisk) Create(part string, key blobs.Key) (ingest.SealedFile, error) {
	file, err := f.Blobs.Create(part, key)
	return &fullFile{file, f}, err
}

type fullFile struct {
	ingest.SealedFile
	disk *fullDisk
}

func (f *fullFile) Write(p []byte) (int, error) {
	if f.disk.left -= len(p); f.disk.left < 0 {
		return 0, appliance.E(appliance.Full, "storage.full", nil)
	}
	return f.SealedFile.Write(p)
}

func TestAFullDiskIsSaidAndLosesNothing(t *testing.T) {
	h := newHub(t, "RZZ")
	o := h.Ingest.Options
	disk := &fullDisk{Blobs: o.Blobs, left: 100_000}
	o.Blobs = disk
	h.Ingest = ingest.New(o)
	r := &rig{t: t, dir: h.DataDir, hub: h, site: "RZZ01"}
	r.serve()
	b := r.enrol("box-1")
	v := b.visit(300_000)
	a := b.offer(v)
	sum := wire.HexSum(v.images[0])
	status, at, body := b.patch(sum, 0, bytes.NewReader(v.images[0]))
	e, err := wire.DecodeError(body)
	if status != http.StatusInsufficientStorage || err != nil || e.Code != wire.CodeFull || e.Permanent || e.RetryAfterSeconds == 0 || at != 0 {
		t.Fatalf("%d at %d %s", status, at, body)
	}
	if n := sealedFiles(t, r.dir); n != 0 {
		t.Errorf("%d files are left on a full disk", n)
	}
	disk.left = 1 << 30
	b.sendMissing(a, v)
	b.receipt(a.Digest)
}

// TestKilledBetweenParts runs the hub in a process of its own and kills it with a part on its way, at each of several points.
func TestKilledBetweenParts(t *testing.T) {
	r := newRig(t)
	b := r.enrol("box-1")
	r.stop()
	v := b.visit(500_000, 300_000)
	body, digest := b.sign(b.manifest(v))
	kill := r.process(t)
	b.offerBody(body)
	kill()
	kill = r.process(t)
	if status, _, answer := b.patch(wire.HexSum(v.json), 0, bytes.NewReader(v.json)); status != http.StatusNoContent {
		t.Fatalf("%d %s", status, answer)
	}
	if status, at, answer := b.patch(wire.HexSum(v.images[0]), 0, bytes.NewReader(v.images[0][:100_000])); status != http.StatusNoContent || at != 100_000 {
		t.Fatalf("%d at %d %s", status, at, answer)
	}
	release := b.hang(wire.HexSum(v.images[1]), 0, v.images[1][:200_000])
	waitForBytes(t, r.dir)
	kill()
	release()
	kill = r.process(t)
	if n := sealedFiles(t, r.dir); n != 2 {
		t.Errorf("%d sealed files after the sweep, want the two that were acknowledged", n)
	}
	a := b.offerBody(body)
	if len(a.Missing) != 2 {
		t.Fatalf("an acknowledged part is missing: %v", a.Missing)
	}
	if _, at := b.offset(wire.HexSum(v.images[0])); at != 100_000 {
		t.Errorf("acknowledged offset is now %d", at)
	}
	if status, _, answer := b.patch(wire.HexSum(v.images[0]), 100_000, bytes.NewReader(v.images[0][100_000:])); status != http.StatusNoContent {
		t.Fatalf("%d %s", status, answer)
	}
	b.sendMissing(wire.OfferAnswer{Missing: []string{wire.HexSum(v.images[1])}}, v)
	_, first := b.commit(digest)
	kill()
	defer r.process(t)()
	if _, second := b.commit(digest); !bytes.Equal(first, second) {
		t.Error("the receipt changed by the kill")
	}
	proof(t, r, v)
}

// proof looks at the folder while the other process serves from it, as dermhub's commands do.
func proof(t *testing.T, r *rig, v visit) {
	t.Helper()
	h, err := server.OpenReadOnly(t.Context(), r.hub.Settings)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if p, err := h.Proof(t.Context(), v.c.ID); err != nil || !p.Verified {
		t.Errorf("%+v %v", p, err)
	}
	if err := h.Ledger.Note(t.Context(), "it", "x", "", "ok", ""); err == nil {
		t.Error("a read-only ledger took a write")
	}
}

// process serves the rig's folder from another process, which the returned function kills.
func (r *rig) process(t *testing.T) (kill func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), serveEnv+"="+r.dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	r.url = "https://" + strings.TrimSpace(address)
	return func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
}

func TestStoppingTheHubKeepsWhatArrived(t *testing.T) {
	r := newRig(t)
	b := r.enrol("box-1")
	v := b.visit(500_000)
	b.offer(v)
	sum := wire.HexSum(v.images[0])
	release := b.hang(sum, 0, v.images[0][:300_000])
	defer release()
	waitForBytes(t, r.dir)
	r.reopen()
	if _, at := b.offset(sum); at == 0 {
		t.Error("what had arrived is gone")
	}
}

func TestACrashBeforeTheVerificationIsMadeGood(t *testing.T) {
	r := newRig(t)
	b := r.enrol("box-1")
	v := b.visit(1000)
	a := b.offer(v)
	sum := wire.HexSum(v.images[0])
	part, err := r.hub.Ledger.Part(t.Context(), b.scope(), sum)
	if err != nil {
		t.Fatal(err)
	}
	key, err := r.hub.Ledger.PartKey(part)
	if err != nil {
		t.Fatal(err)
	}
	f, err := r.hub.Blobs.Create(part.Name(), key)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(v.images[0]); err != nil {
		t.Fatal(err)
	}
	if err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	// As after a crash between the last file's row and the note that the whole was verified.
	if err := r.hub.Ledger.Advance(t.Context(), part, ledger.Segment{Name: f.Name(), Size: 1000}, false); err != nil {
		t.Fatal(err)
	}
	if _, at := b.offset(sum); at != 1000 {
		t.Errorf("offset %d", at)
	}
	b.sendMissing(wire.OfferAnswer{Missing: []string{wire.HexSum(v.json)}}, v)
	b.receipt(a.Digest)
}
