package demo_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/text"
	"dermbox/firmware/demo"
)

// photographs takes a case with IMAGES=DIR in the same clinic, with a model that knows such optics and a stand-in's network: the finding
// is that model's, and the case reaches the trust. Then the dermatoscope shows drawings again.
func photographs(t *testing.T, r *rig) {
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	o := r.options
	o.Images, o.Once, o.Pack = t.TempDir(), true, filepath.Join(t.TempDir(), "stand-in.dermpack")
	for i := range 3 {
		writePhotograph(t, filepath.Join(o.Images, fmt.Sprintf("sample%d.jpg", i)), uint64(i))
	}
	t.Run("no model knows them", func(t *testing.T) { unknownPhotographs(t, o) })
	if err := os.WriteFile(o.Pack, r.photographPack(t), 0o600); err != nil {
		t.Fatal(err)
	}
	p := played(t, o)
	p.has(t, "camera", "scale not known", string(appliance.OpticsPublicISIC))
	p.has(t, "card", "no reference card", "no calibration")
	p.has(t, "quality", "public-256/4", "passes")
	p.has(t, "finding", "stand-in 2", text.T("model.status.demonstration", nil), "threshold")
	p.has(t, "receipt", "verified")
	p.has(t, "reconcile", "same SHA-256")
	t.Run("a photograph of val", func(t *testing.T) { publicPhotograph(t, o) })
	t.Run("drawings for a model of photographs", func(t *testing.T) { drawingsUnknown(t, r) })
}

// publicPhotograph takes one visit with a photograph of a public data set that the quality gate passes, and the committed model: a real
// finding of it.
func publicPhotograph(t *testing.T, o demo.Options) {
	const name = "ISIC_0001769.jpg"
	photograph, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "data", "isic2017", "val", name))
	if err != nil {
		t.Skipf("%s of isic2017/val is not beside the checkout", name)
	}
	o.Images = t.TempDir()
	if err := os.WriteFile(filepath.Join(o.Images, name), photograph, 0o600); err != nil {
		t.Fatal(err)
	}
	o.Pack = ""
	p := played(t, o)
	p.has(t, "quality", "public-256/4: passes")
	p.has(t, "receipt", "verified")
	if said := strings.Join(p["finding"], " "); !strings.Contains(said, "threshold") && !strings.Contains(said, "X19") {
		t.Errorf("no model spoke of the photograph: %s", said)
	}
	p.has(t, "finding", text.Mark("demonstration"))
}

// unknownPhotographs shows them to a model of drawings: not assessed, and a dermatologist reads them.
func unknownPhotographs(t *testing.T, o demo.Options) {
	o.Pack = filepath.Join(o.Root, "firmware", "demo", "signed", "simulation.dermpack")
	p := played(t, o)
	p.has(t, "finding", "not assessed", "DERM_REVIEW_NO_AI")
	if strings.Contains(strings.Join(p["finding"], " "), "threshold") {
		t.Errorf("a model spoke of a photograph: %s", p["finding"])
	}
}

// played takes one case with photographs under the dermatoscope, and gives what was printed.
func played(t *testing.T, o demo.Options) printed {
	t.Helper()
	var out bytes.Buffer
	o.Out = &out
	if err := demo.Run(t.Context(), o); err != nil {
		t.Fatalf("Run with IMAGES = %v\n%s", err, out.String())
	}
	if strings.Contains(out.String(), "mm/px") {
		t.Errorf("millimetres of a photograph:\n%s", out.String())
	}
	return readPrinted(out.String())
}

// drawingsUnknown goes back to drawings while the model of photographs is in force: the visit goes on as ever, nothing on the kiosk is
// an alarm, and a dermatologist reads the case. `make run` then puts the model of the drawings in force again.
func drawingsUnknown(t *testing.T, r *rig) {
	var err error
	if r.Demo, err = demo.New(r.options); err != nil {
		t.Fatal(err)
	}
	r.startAll(t)
	r.out.Reset()
	if _, err := r.Visit(t.Context()); err == nil {
		t.Fatal("a drawing was assessed by a model of photographs")
	}
	trace := r.received(t, r.VisitID())
	f := trace.Findings[0]
	if f.Status != appliance.NotAssessed || f.Reason != "X17" || f.Route != appliance.DermReviewNoAI || len(f.Classes) > 0 {
		t.Errorf("a drawing is %s (%s), %s, %v", f.Status, f.Reason, f.Route, f.Classes)
	}
	r.calm(t, trace.ID)
	if err := r.Model(t.Context()); err != nil {
		t.Fatal(err)
	}
	if f := r.received(t, r.visit(t)).Findings[0]; f.Status != appliance.Assessed || f.Model.Status != "simulation" {
		t.Errorf("after `make run` without IMAGES a drawing is %s by %+v", f.Status, f.Model)
	}
}

// calm fails unless the kiosk's pages of a case, and of the device, show nothing as wrong.
func (r *rig) calm(t *testing.T, id appliance.CaseID) {
	t.Helper()
	browser := r.Browser()
	saved, err := browser.Get(t.Context(), "/visits/"+string(id)+"/saved")
	if err != nil {
		t.Fatal(err)
	}
	device, err := browser.Get(t.Context(), "/device")
	if err != nil {
		t.Fatal(err)
	}
	if saved.Alert != "" || device.Alert != "" {
		t.Errorf("the kiosk alarms: %q, %q", saved.Alert, device.Alert)
	}
	for _, sentence := range []string{text.T("kiosk.outcome.NOT_ASSESSED", nil), text.T("rules.X17", nil)} {
		if !strings.Contains(saved.Text, sentence) {
			t.Errorf("the saved page does not say %q: %s", sentence, saved.Text)
		}
	}
	if !strings.Contains(saved.Text, text.T("kiosk.chip.device_ok", nil)) {
		t.Errorf("the kiosk says that something is wrong with the device: %s", device.Text)
	}
}

// writePhotograph writes a picture with a dark blot on grained skin; no two seeds give the same.
func writePhotograph(t *testing.T, path string, seed uint64) {
	t.Helper()
	const w, h = 640, 480
	r := rand.New(rand.NewPCG(seed, 1))
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			grain := uint8(r.IntN(30))
			c := color.RGBA{R: 200 + grain, G: 150 + grain, B: 130 + grain, A: 255}
			if dx, dy := x-w/2, y-h/2; dx*dx+dy*dy < 110*110 {
				c = color.RGBA{R: 90 + grain, G: 55 + grain, B: 40 + grain, A: 255}
			}
			m.SetRGBA(x, y, c)
		}
	}
	f, err := os.Create(path)
	if err == nil {
		err = jpeg.Encode(f, m, &jpeg.Options{Quality: 92})
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}
