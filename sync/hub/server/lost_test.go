package server_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/text"
	"dermbox/sync/hub/ingest"
	"dermbox/sync/hub/ledger"
	"dermbox/sync/hub/people"
	"dermbox/sync/hub/server"
	"dermbox/sync/wire"
)

func TestAHubWhoseLedgerIsGoneChangesNothing(t *testing.T) {
	r := newRig(t)
	b := r.enrol("box-1")
	v := b.visit(1000)
	b.deliver(v)
	r.stop()
	book := filepath.Join(r.dir, "ledger.db")
	if err := os.Rename(book, book+".away"); err != nil {
		t.Fatal(err)
	}
	for name, open := range map[string]func(context.Context, server.Settings) (*server.Hub, error){
		"open": server.Open, "read-only": server.OpenReadOnly,
	} {
		h, err := open(t.Context(), r.hub.Settings)
		if e, ok := errors.AsType[*appliance.Error](err); !ok || e.Code != appliance.NotFound || e.Key != "hubctl.ledger.missing" || !text.Has(e.Key) {
			t.Errorf("%s: %v, want NotFound with its sentence", name, err)
		}
		if err == nil {
			h.Close()
		}
	}
	if _, err := os.Stat(book); err == nil || sealedFiles(t, r.dir) != 2 {
		t.Errorf("a ledger was made, or sealed files are gone: %v", err)
	}
	if err := os.Rename(book+".away", book); err != nil {
		t.Fatal(err)
	}
	proof(t, r, v)
}

// missingFiles removes every sealed file of a part, as a disk that lost them does.
func (b *box) missingFiles(sum string) {
	b.t.Helper()
	part, err := b.rig.hub.Ledger.Part(b.t.Context(), b.scope(), sum)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, s := range part.Segments {
		if err := os.Remove(filepath.Join(b.rig.dir, "parts", s.Name[:2], s.Name)); err != nil {
			b.t.Fatal(err)
		}
	}
}

func TestNoReceiptForAPartWhoseFileIsGone(t *testing.T) {
	for name, sum := range map[string]func(visit) string{
		"an image":  func(v visit) string { return wire.HexSum(v.images[0]) },
		"case.json": func(v visit) string { return wire.HexSum(v.json) },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			b := r.enrol("box-1")
			v := b.visit(100_000)
			body, digest := b.sign(b.manifest(v))
			b.sendMissing(b.offerBody(body), v)
			b.missingFiles(sum(v))
			if status, answer := b.commit(digest); status != http.StatusConflict || code(t, answer) != wire.CodePartsMissing {
				t.Fatalf("commit: %d %s", status, answer)
			}
			again := b.offerBody(body)
			if len(again.Missing) != 1 || again.Missing[0] != sum(v) {
				t.Fatalf("asked again for %v", again.Missing)
			}
			if _, at := b.offset(sum(v)); at != 0 {
				t.Errorf("offset %d", at)
			}
			b.sendMissing(again, v)
			b.receipt(digest)
			if p, err := r.hub.Proof(t.Context(), v.c.ID); err != nil || !p.Verified {
				t.Errorf("%+v %v", p, err)
			}
			alarms, err := r.hub.Ledger.OpenAlarms(t.Context(), "RZZ", 10)
			if err != nil || len(alarms) != 1 || alarms[0].Kind != ledger.AlarmDamaged {
				t.Errorf("alarms %+v %v", alarms, err)
			}
		})
	}
}

func TestAPartThatLostItsBeginningStartsAnew(t *testing.T) {
	r := newRig(t)
	b := r.enrol("box-1")
	v := b.visit(100_000)
	a := b.offer(v)
	sum := wire.HexSum(v.images[0])
	b.patch(sum, 0, bytes.NewReader(v.images[0][:50_000]))
	b.missingFiles(sum)
	if status, at, body := b.patch(sum, 50_000, bytes.NewReader(v.images[0][50_000:])); at != 0 || code(t, body) != wire.CodeHashMismatch {
		t.Errorf("%d at %d %s", status, at, body)
	}
	b.sendMissing(a, v)
	b.receipt(a.Digest)
}

// unclear is a ledger whose disk fails while a transaction becomes durable: the row is there, and the caller gets an error.
type unclear struct {
	ingest.Ledger
	fail bool
}

func (u *unclear) Advance(ctx context.Context, p ledger.Part, s ledger.Segment, complete bool) error {
	err := u.Ledger.Advance(ctx, p, s, complete)
	if u.fail && err == nil {
		u.fail = false
		err = errors.New("input/output error")
	}
	return err
}

func TestAnUnclearFailureKeepsTheFile(t *testing.T) {
	h := newHub(t, "RZZ")
	o := h.Ingest.Options
	o.Ledger = &unclear{Ledger: o.Ledger, fail: true}
	h.Ingest = ingest.New(o)
	r := &rig{t: t, dir: h.DataDir, hub: h, site: "RZZ01"}
	r.serve()
	b := r.enrol("box-1")
	v := b.visit(1000)
	a := b.offer(v)
	sum := wire.HexSum(v.images[0])
	if status, _, body := b.patch(sum, 0, bytes.NewReader(v.images[0])); status != http.StatusInternalServerError {
		t.Fatalf("%d %s", status, body)
	}
	if _, at := b.offset(sum); at != 1000 {
		t.Errorf("offset %d: the row is there", at)
	}
	b.sendMissing(wire.OfferAnswer{Missing: []string{wire.HexSum(v.json)}}, v)
	b.receipt(a.Digest)
	if p, err := r.hub.Proof(t.Context(), v.c.ID); err != nil || !p.Verified {
		t.Errorf("a receipt was given for a case that cannot be read: %v", err)
	}
}

func TestTheSweepLosesNoSealedFile(t *testing.T) {
	r := newRig(t)
	b := r.enrol("box-1")
	v := b.visit(1000)
	b.deliver(v)
	r.stop()
	stray := filepath.Join(r.dir, "parts", "ab", "ab"+strings.Repeat("0", 30))
	if err := os.WriteFile(stray, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.reopen()
	if _, err := os.Stat(stray); !errors.Is(err, fs.ErrNotExist) || sealedFiles(t, r.dir) != 3 {
		t.Errorf("the stray file: %v", err)
	}
	if n, err := r.hub.Blobs.Orphans(); err != nil || n != 1 {
		t.Errorf("%d set aside, %v", n, err)
	}
}

func TestDemonstrationAndPatientsNeverMix(t *testing.T) {
	for _, demonstration := range []bool{false, true} {
		h := newHub(t, "RZZ")
		o := h.Ingest.Options
		o.Demonstration = demonstration
		h.Ingest = ingest.New(o)
		r := &rig{t: t, dir: h.DataDir, hub: h, site: "RZZ01"}
		r.serve()
		b := r.enrol("box-1")
		demo, live := b.visit(10), b.visit(20)
		live.c.Demonstration = false
		live.encode(t)
		got := b.deliver(demo, live).Cases
		refused, taken, want := got[0], got[1], wire.CaseDemonstration
		if demonstration {
			refused, taken, want = got[1], got[0], wire.CaseLive
		}
		if refused.Outcome != wire.Rejected || refused.Code != want || refused.Message == "" || refused.Message[0] == '[' {
			t.Errorf("demonstration %v: refused %+v", demonstration, refused)
		}
		if taken.Outcome != wire.Accepted {
			t.Errorf("demonstration %v: taken %+v", demonstration, taken)
		}
	}
}

func TestOpenOptionsReachTheIngest(t *testing.T) {
	if h := newHub(t, "RZZ"); !h.Ingest.Demonstration || h.Close() != nil {
		t.Error("a demonstration's hub takes patients")
	}
}

func TestAlarmsShowOnTheList(t *testing.T) {
	r := newRig(t)
	b := r.enrol("box-1")
	b.deliver(b.visit(1))
	b.last = wire.Digest([]byte("never arrived"))
	b.deliver(b.visit(2))
	reader := people.Person{Username: "reader", Name: "A Reader", Role: people.RoleClinician}
	if err := r.hub.People.Add(t.Context(), reader, "a long password"); err != nil {
		t.Fatal(err)
	}
	base := r.people(t)
	c, _ := browser(t, r, base, "reader", "a long password")
	_, body, _ := get(t, c, base+"/")
	for _, want := range []string{text.T("hub.alarms.open", map[string]string{"n": "1"}), text.T("hub.alarm.gap", nil),
		text.T("ui.simulation", nil), text.T("ui.sign_out", map[string]string{"name": "A Reader"})} {
		if !strings.Contains(body, want) {
			t.Errorf("the list lacks %q", want)
		}
	}
}
