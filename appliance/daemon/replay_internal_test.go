package daemon

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/clock"
	"dermbox/appliance/eligibility"
	"dermbox/appliance/images"
	"dermbox/appliance/intake"
	"dermbox/appliance/store"
	"dermbox/appliance/vault"
	"dermbox/camera"
)

// It is an internal test because it joins intake and the store as the daemon does, and a camera that gives the very frame of
// an earlier visit cannot be asked for from outside.

// replay is a camera that gives one picture again and again, each time under a new number and time of exposure.
type replay struct {
	clock appliance.Clock
	plain []byte
	seq   uint64
}

func (r *replay) Next(context.Context, appliance.Stamp) (intake.Still, error) {
	r.seq++
	exposed := r.clock.Now()
	jpeg := camera.Exposure{Seq: r.seq, Boottime: exposed.Mono, Boot: exposed.Boot}.Insert(r.plain)
	scan, w, h, err := camera.ScanHash(jpeg)
	sum := sha256.Sum256(jpeg)
	return intake.Still{JPEG: jpeg, Capture: appliance.Capture{
		Seq: r.seq, Exposed: exposed, ExposureClock: camera.ClockStream, MediaType: "image/jpeg", SHA256: hex.EncodeToString(sum[:]),
		ScanSHA256: scan, Size: int64(len(jpeg)), Width: w, Height: h,
	}}, err
}

func (r *replay) Optics() (appliance.Camera, bool) { return appliance.Camera{}, true }

// lenient finds every still good, and there is no model.
type lenient struct{}

func (lenient) Doubted(string) bool { return false }

func (lenient) Measure(context.Context, []byte, appliance.View, []intake.Other) (appliance.Verdict, error) {
	return appliance.Verdict{Pass: true}, nil
}
func (lenient) Ready() (appliance.ModelRef, bool) { return appliance.ModelRef{}, false }
func (lenient) State() appliance.ModelState       { return appliance.ModelNone }
func (lenient) Allows(appliance.OpticsID) bool    { return false }
func (lenient) Assess(context.Context, []byte, appliance.OpticsID) (intake.Answer, error) {
	return intake.Answer{}, appliance.E(appliance.Unavailable, "daemon.no_pack", nil)
}

// clinic is intake with the box's own store in a folder.
type clinic struct {
	*testing.T
	*intake.Service
	cases *cases
	op    appliance.Operator
	close func()
}

func openClinic(t *testing.T, dir string, scope intake.Camera, now *clock.Machine) clinic {
	t.Helper()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	if !vault.Exists(dir) {
		_, err := vault.Create(dir, vault.FileProvider(filepath.Join(dir, "vault.key")))
		check(err)
	}
	safe, err := vault.Open(dir, vault.FileProvider(filepath.Join(dir, "vault.key")))
	check(err)
	log := slog.New(slog.DiscardHandler)
	records, err := store.Open(t.Context(), store.Options{Path: filepath.Join(dir, "cases.db"), Vault: safe, Clock: now, Log: log})
	check(err)
	folder, err := images.Open(filepath.Join(dir, "images"))
	check(err)
	rules, err := eligibility.Parse(eligibility.Default())
	check(err)
	kept := &cases{Stills: store.Stills{Store: records, Folder: folder}, clock: now}
	s := intake.New(intake.Options{
		Cases: kept, Camera: scope, Judge: lenient{}, Model: lenient{}, Rules: rules, Clock: now, Log: log, Space: func() error { return nil },
		Signed: func() {}, Site: appliance.Site{Trust: "RZZ", Code: "RZZ01", Pathway: appliance.TriagePriority}, DeviceID: "box1",
		Demonstration: true, LesionCap: 2, Patience: time.Second,
	})
	return clinic{t, s, kept, appliance.Operator{ID: "hca1", Name: "H", Role: "hca"}, func() {
		check(errors.Join(s.Close(), records.Close()))
	}}
}

// press takes a new patient to the images and presses Capture.
func (c clinic) press(number appliance.NHSNumber) (appliance.CaseID, *appliance.CaptureResult, error) {
	c.Helper()
	must := func(v *appliance.VisitView, err error) *appliance.VisitView {
		c.Helper()
		if err != nil {
			c.Fatal(err)
		}
		return v
	}
	ctx := c.Context()
	v := must(c.Start(ctx, c.op))
	id := v.Case.ID
	v = must(c.Identify(ctx, id, v.Banner, c.op, appliance.Patient{NHSNumber: number, FamilyName: "Example", GivenName: "Ann",
		BirthDate: "1960-02-03", Gender: "female", IdentityCheckedBy: []string{"name", "birth_date"}}, appliance.Referral{Date: "2026-11-20", Pathway: "usc"}))
	v = must(c.Consent(ctx, id, v.Banner, c.op, appliance.Consent{Photography: appliance.Yes, AI: appliance.No, Teaching: appliance.No, Research: appliance.No, Wording: "1"}))
	v = must(c.History(ctx, id, v.Banner, c.op, appliance.History{SkinType: "II", Immunosuppressed: appliance.No, PreviousSkinCancer: appliance.No, FamilyMelanoma: appliance.No}))
	v = must(c.PutLesion(ctx, id, v.Banner, c.op, appliance.Lesion{OnReferral: appliance.Yes, Site: "75093004", Laterality: appliance.Midline, DiameterMM: 6, Duration: "3-6m",
		ChangeSize: appliance.No, ChangeShape: appliance.No, ChangeColour: appliance.No, Inflammation: appliance.No, Oozing: appliance.No,
		Sensation: appliance.No, Nodular: appliance.No, Growing: appliance.No, Pigmented: appliance.Yes, Ulcerated: appliance.No,
		PriorTreatment: appliance.No, Scar: appliance.No, Tattoo: appliance.No, HairUncleared: appliance.No, NotVisible: appliance.No, Rash: appliance.No}))
	result, err := c.Capture(ctx, id, v.Banner, c.op, v.Case.Lesions[0].ID, appliance.Dermoscopic)
	return id, result, err
}

// files counts the files in a folder and the folders in it.
func files(t *testing.T, dir string) (n int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// A camera, a driver or a cable in between gives the first patient's frame once more when the second is photographed: new
// number, new time of exposure, new bytes in its comment, and the same image. Nothing of it is kept, in the same run of the
// daemon or after a restart, and the press is on record.
func TestR19IdenticalFrameForTwoPatientsIsRefused(t *testing.T) {
	plain, err := os.ReadFile("../../camera/testdata/restarts-0.jpg")
	if err != nil {
		t.Fatal(err)
	}
	now := clock.System(time.Time{}, time.Time{})
	dir, scope := t.TempDir(), &replay{clock: now, plain: plain}
	c := openClinic(t, dir, scope, now)
	first, result, err := c.press("9990548609")
	if err != nil || !result.Kept {
		t.Fatalf("the first patient: %+v %v", result, err)
	}
	for _, number := range []appliance.NHSNumber{"9990000018", "9990000026"} {
		id, _, err := c.press(number)
		if e, ok := errors.AsType[*appliance.Error](err); !ok || e.Key != "error.capture.seen_before" || e.Code != appliance.Conflict {
			t.Fatalf("the frame of %s for another patient: %v", first, err)
		}
		kept, err := c.cases.Case(t.Context(), id)
		if err != nil || len(kept.Captures) != 0 {
			t.Errorf("kept %+v, %v", kept.Captures, err)
		}
		attempts, err := c.cases.Attempts(t.Context(), id)
		if err != nil || len(attempts) != 1 || attempts[0].Outcome != "error.capture.seen_before" {
			t.Errorf("attempts %+v, %v", attempts, err)
		}
		c.close()
		c = openClinic(t, dir, scope, now) // the second time after a restart
	}
	defer c.close()
	if n := files(t, filepath.Join(dir, "images")); n != 1 {
		t.Errorf("%d images on the disk", n)
	}
	scope.plain, err = os.ReadFile("../../camera/testdata/restarts-1.jpg")
	if err != nil {
		t.Fatal(err)
	}
	if _, result, err := c.press("9990000034"); err != nil || !result.Kept {
		t.Fatalf("a frame of their own: %+v %v", result, err)
	}
}
