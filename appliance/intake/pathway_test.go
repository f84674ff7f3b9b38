package intake_test

import (
	"errors"
	"math"
	"slices"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/eligibility"
)

// through takes a visit with one eligible lesion through a pathway, and gives its signed case.
func through(t *testing.T, pathway appliance.Pathway, change func(r *rig)) (*rig, *appliance.Case) {
	t.Helper()
	r := newRig(t)
	r.service.Site.Pathway = pathway
	if change != nil {
		change(r)
	}
	r.captured()
	v := r.must(r.signOff())
	return r, &v.Case
}

// The words of domain 1.2, one by one.
func TestPathwayModels(t *testing.T) {
	const urgent, derm, none, second = appliance.UrgentReview, appliance.DermReview, appliance.DermReviewNoAI, appliance.SecondRead
	for _, c := range []struct {
		name    string
		pathway appliance.Pathway
		class   appliance.Class
		route   appliance.Route
		asked   int
		kept    bool // the model's word is in the record
	}{
		{"no AI: nobody asks a model", appliance.CaptureOnly, appliance.Melanoma, none, 0, false},
		{"no AI: nor of a benign one", appliance.CaptureOnly, appliance.Benign, none, 0, false},
		{"shadow: it runs, is kept and does nothing", appliance.Shadow, appliance.Melanoma, none, 1, true},
		{"shadow: benign does nothing either", appliance.Shadow, appliance.Benign, none, 1, true},
		{"triage: a sort key upwards", appliance.TriagePriority, appliance.Melanoma, urgent, 1, true},
		{"triage: the dermatologist sees all the rest too", appliance.TriagePriority, appliance.BCC, derm, 1, true},
		{"triage: benign removes no case", appliance.TriagePriority, appliance.Benign, derm, 1, true},
		{"second read: benign to the second reader", appliance.SecondReadPathway, appliance.Benign, second, 1, true},
		{"second read: others to the dermatologist", appliance.SecondReadPathway, appliance.AtypicalNaevus, derm, 1, true},
		{"second read: melanoma at once", appliance.SecondReadPathway, appliance.Melanoma, urgent, 1, true},
		{"second read: cannot judge", appliance.SecondReadPathway, "", none, 1, true},
		{"autonomous: the box lowers nothing", appliance.AutonomousBenign, appliance.Benign, derm, 1, true},
		{"autonomous: melanoma at once", appliance.AutonomousBenign, appliance.SCC, urgent, 1, true},
		{"a pathway that nobody knows", "DISCHARGE", appliance.Melanoma, none, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, signed := through(t, c.pathway, func(r *rig) { r.model.class = c.class })
			f := signed.Findings[0]
			if signed.Route != c.route || f.Route != c.route || r.model.asked() != c.asked || signed.Site.Pathway != c.pathway {
				t.Errorf("route %s, asked %d times, pathway %s", signed.Route, r.model.asked(), signed.Site.Pathway)
			}
			if kept := len(f.Classes) > 0 && f.Model.ID != "" && len(f.Stills) == 1; kept != c.kept || c.kept && f.Class != c.class {
				t.Errorf("of the model's word is kept %+v", f)
			}
		})
	}
}

// Skin type V, VI or unknown has a human in every pathway, also in the two that may end in a discharge.
func TestDarkSkinHasAHumanInEveryPathway(t *testing.T) {
	for _, pathway := range []appliance.Pathway{appliance.SecondReadPathway, appliance.AutonomousBenign, appliance.TriagePriority} {
		for _, skin := range []string{"V", "VI", "unknown"} {
			r := newRig(t)
			r.service.Site.Pathway, r.model.class = pathway, appliance.Benign
			r.toImages()
			h := history()
			h.SkinType = skin
			r.must(r.service.History(t.Context(), r.id, r.banner, r.op, h))
			if _, err := r.press(); err != nil {
				t.Fatal(err)
			}
			f := r.must(r.signOff()).Case.Findings[0]
			if f.Route != appliance.DermReview || !eligibility.Has(f.Hits, appliance.HumanRequired) || f.Class != appliance.Benign {
				t.Errorf("%s, skin type %s: %+v", pathway, skin, f)
			}
		}
	}
}

// An answer that makes no sense is none, and each failure of the model ends in a dermatologist's read.
func TestBrokenAnswersEndWithAHuman(t *testing.T) {
	for name, c := range map[string]struct {
		change func(r *rig)
		reason string
	}{
		"not a number":          {func(r *rig) { r.model.odd = func(c *appliance.ClassResult) { c.Probability = math.NaN() } }, "inference.bad_output"},
		"below nothing":         {func(r *rig) { r.model.odd = func(c *appliance.ClassResult) { c.Probability = -0.1 } }, "inference.bad_output"},
		"more than certain":     {func(r *rig) { r.model.odd = func(c *appliance.ClassResult) { c.Probability = 1.01 } }, "inference.bad_output"},
		"over, and is not":      {func(r *rig) { r.model.odd = func(c *appliance.ClassResult) { c.Threshold = 0.95 } }, "inference.bad_output"},
		"a threshold of no sum": {func(r *rig) { r.model.odd = func(c *appliance.ClassResult) { c.Threshold = math.NaN() } }, "inference.bad_output"},
		"error":                 {func(r *rig) { r.model.err = errors.New("gone") }, ""},
		"panic":                 {func(r *rig) { r.model.panics = true }, ""},
		"no model":              {func(r *rig) { r.model.absent = true }, "X22"},
		"no rules":              {func(r *rig) { r.service.Rules = nil }, "X22"},
		"other optics":          {func(r *rig) { r.camera.optics = "another" }, "X17"},
	} {
		t.Run(name, func(t *testing.T) {
			_, signed := through(t, appliance.SecondReadPathway, func(r *rig) {
				r.model.class = appliance.Benign
				c.change(r)
			})
			f := signed.Findings[0]
			if f.Status != appliance.NotAssessed || f.Class != "" || f.Route != appliance.DermReviewNoAI || c.reason != "" && f.Reason != c.reason {
				t.Errorf("%+v", f)
			}
		})
	}
}

// Each hit tells, in the record that goes to the trust, which rule, to what effect, from where and in what words.
func TestHitsOfAFindingSayEverything(t *testing.T) {
	r := newRig(t)
	r.toImages()
	l := lesion()
	l.ID, l.Scar = r.lesion, appliance.Unsure
	r.must(r.service.PutLesion(t.Context(), r.id, r.banner, r.op, l))
	if _, err := r.press(); err != nil {
		t.Fatal(err)
	}
	f := r.must(r.signOff()).Case.Findings[0]
	i := slices.IndexFunc(f.Hits, func(h appliance.RuleHit) bool { return h.Rule == "X09" })
	if i < 0 {
		t.Fatalf("%+v", f.Hits)
	}
	h := f.Hits[i]
	if !h.Unknown || h.LesionID != r.lesion || h.Key != "rules.X09" || h.Source == "" || !slices.Equal(h.Effects, []appliance.Effect{appliance.NoAI}) {
		t.Errorf("%+v", h)
	}
}

// A visit that goes on after its pathway went out of force, the pack having been changed, keeps the answers that it has, asks for no
// more, and neither lowers a route nor leaves a discharge open.
func TestPathwayThatWentOutOfForce(t *testing.T) {
	for _, c := range []struct {
		visit, now, want appliance.Pathway
		route            appliance.Route
	}{
		{appliance.AutonomousBenign, appliance.CaptureOnly, appliance.TriagePriority, appliance.DermReview},
		{appliance.SecondReadPathway, appliance.CaptureOnly, appliance.TriagePriority, appliance.DermReview},
		{appliance.SecondReadPathway, appliance.TriagePriority, appliance.TriagePriority, appliance.DermReview},
		{appliance.SecondReadPathway, appliance.SecondReadPathway, appliance.SecondReadPathway, appliance.SecondRead},
		{appliance.TriagePriority, appliance.SecondReadPathway, appliance.TriagePriority, appliance.DermReview},
		{appliance.Shadow, appliance.AutonomousBenign, appliance.Shadow, appliance.DermReviewNoAI},
	} {
		t.Run(string(c.visit)+" then "+string(c.now), func(t *testing.T) {
			r := newRig(t)
			r.service.Site.Pathway, r.model.class = c.visit, appliance.Benign
			r.captured()
			r.must(r.settled())
			r.service.Site.Pathway = c.now
			v := r.must(r.signOff())
			if v.Case.Site.Pathway != c.want || v.Case.Route != c.route || r.model.asked() != 1 {
				t.Errorf("pathway %s, route %s, asked %d times", v.Case.Site.Pathway, v.Case.Route, r.model.asked())
			}
		})
	}
	r := newRig(t)
	r.service.Site.Pathway = appliance.TriagePriority
	r.toImages()
	r.service.Site.Pathway = appliance.CaptureOnly
	if _, err := r.press(); err != nil {
		t.Fatal(err)
	}
	if v := r.must(r.signOff()); r.model.asked() != 0 || v.Case.Route != appliance.DermReviewNoAI || v.Case.Findings[0].Reason == "" {
		t.Errorf("asked %d times, %+v", r.model.asked(), v.Case.Findings)
	}
}

// settled waits until the model has answered, and gives the visit.
func (r *rig) settled() (*appliance.VisitView, error) {
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(time.Millisecond) {
		v, err := r.service.View(r.t.Context(), r.id)
		if err != nil || len(v.Case.Findings) > 0 && v.Case.Findings[0].Status == appliance.Assessed || time.Now().After(end) {
			return v, err
		}
	}
}
