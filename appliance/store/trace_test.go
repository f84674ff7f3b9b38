package store_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/sync/wire"
)

func TestTrace(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	if _, err := r.SaveCameraOpened(ctx, json.RawMessage(`{"backend":"FFMPEG","opening":1}`)); err != nil {
		t.Fatal(err)
	}
	r.clock.Advance(time.Second)
	c := r.upTo(appliance.HistoryDone)
	first, _ := r.capture(c)
	r.NoteSaved(c.ID, first.ID, 12.5)
	if trace, err := r.Trace(ctx, c.ID); err != nil || *trace.Captures[0].SavedMS != 12.5 {
		t.Errorf("timing before the next commit: %+v, %v", trace.Captures, err)
	}
	jpeg := picture(500)
	second := still(c, jpeg)
	second.Exposed = r.clock.Now() // exposed before the camera was opened again, stored after
	second.Override = "best-possible"
	r.clock.Advance(time.Second)
	reopened, err := r.SaveCameraOpened(ctx, json.RawMessage(`{"backend":"FFMPEG","opening":2}`))
	must(t, err)
	must(t, r.stills.Keep(ctx, c, second, jpeg, act("capture.keep")))
	third, _ := r.capture(c)
	c.Findings = []appliance.Finding{{LesionID: third.LesionID, Status: appliance.Assessed, Route: appliance.UrgentReview}}
	c.Route = appliance.UrgentReview
	must(t, r.SignOff(ctx, c, true, act("case.sign_off")))
	b := r.next()
	_, digest := r.offer(b)
	must(t, r.SaveProgress(ctx, b.Number, wire.Progress{PartsSent: 4, PartsTotal: 4, BytesSent: 2500, BytesTotal: 2500}))
	must(t, r.SaveReceipt(ctx, b.Number, r.receipt(b, digest), results(b, wire.Accepted)))
	r.reopen()

	trace, err := r.Trace(ctx, c.ID)
	must(t, err)
	if len(trace.Captures) != 3 || len(trace.Openings) != 2 || trace.Captures[0].Opening != reopened-1 ||
		trace.Captures[1].Opening != reopened-1 || trace.Captures[2].Opening != reopened {
		t.Errorf("openings %+v of %+v", trace.Openings, trace.Captures)
	}
	if got := trace.Captures[0]; got.SavedMS == nil || *got.SavedMS != 12.5 || got.Seq != 42 || got.SHA256 != first.SHA256 || got.Overridden {
		t.Errorf("first capture %+v", got)
	}
	if !trace.Captures[1].Overridden || trace.Captures[1].SavedMS != nil {
		t.Errorf("second capture %+v", trace.Captures[1])
	}
	if got := trace.Batches[0]; got.Number != 1 || got.Digest != digest || got.BytesSent != 2500 || got.PartsTotal != 4 ||
		got.State != "committed" || got.OfferedAt == nil || got.CommittedAt == nil || got.AuditHead == "" || got.Outcome != "accepted" {
		t.Errorf("batch %+v", got)
	}
	if trace.Receipt.KeyID != "p256:0123" || trace.Receipt.ManifestDigest != digest || !trace.Received.Equal(*trace.Receipt.IssuedAt) {
		t.Errorf("receipt %+v", trace.Receipt)
	}
	if len(trace.Findings) != 1 || len(trace.Attempts) != 2 || len(trace.Audit) < 7 || trace.State != appliance.Receipted {
		t.Errorf("trace %+v", trace)
	}
	out, err := json.Marshal(trace)
	must(t, err)
	for _, secret := range []string{"Quillfeather", "Ottoline", "9990000018", "1951-07-14"} {
		if strings.Contains(string(out), secret) {
			t.Errorf("the trace shows %q", secret)
		}
	}
	_, err = r.Trace(ctx, "none")
	checkError(t, err, appliance.NotFound, "storage.case.not_found")
}

func TestOpeningsDoNotPileUp(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	var first int64
	for i := range 210 {
		id, err := r.SaveCameraOpened(ctx, json.RawMessage(`{}`))
		must(t, err)
		if i == 0 {
			first = id
			c := r.upTo(appliance.HistoryDone)
			capture, _ := r.capture(c)
			defer func() {
				trace, err := r.Trace(ctx, c.ID)
				if err != nil || len(trace.Openings) != 1 || trace.Captures[0].ID != capture.ID || trace.Openings[0].ID != first {
					t.Errorf("the opening of a capture went: %+v, %v", trace.Openings, err)
				}
			}()
		}
	}
	if rows := r.auditRows(); rows < 211 {
		t.Errorf("%d rows in the trail; each opening has one", rows)
	}
	_, err := r.SaveCameraOpened(ctx, json.RawMessage(`{`))
	checkError(t, err, appliance.Invalid, "storage.capture.incomplete")
}

func TestAuditAgainstWhatWasSent(t *testing.T) {
	r := newRig(t)
	r.signedOff(false)
	b := r.next()
	r.offer(b)
	r.auditRows()
	must(t, r.Store.Close())
	raw(t, r.path(), `DROP TRIGGER audit_no_delete; DELETE FROM audit WHERE seq >= (SELECT MAX(seq) - 1 FROM audit)`)
	r.open()
	_, err := r.VerifyAudit(t.Context())
	checkError(t, err, appliance.Unverified, "storage.audit.cut")
}

func TestLastSeen(t *testing.T) {
	r := newRig(t)
	ctx := t.Context()
	at := r.clock.Now().Wall
	must(t, r.Audit(ctx, act("clock.checked")))
	r.clock.SetQuality(appliance.ClockUnverified)
	r.clock.SetWall(at.AddDate(10, 0, 0))
	must(t, r.Audit(ctx, act("clock.checked"))) // an unsteered clock says nothing
	if got, err := r.LastSeen(ctx); err != nil || !got.Equal(at) {
		t.Errorf("last seen %v, %v; want %v", got, err, at)
	}
}
