package intake

import (
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/eligibility"
	"dermbox/appliance/text"
)

// This is an internal test: findings are held against thousands of random visits, which no store and no camera could be led through.

var morning = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

type morningClock struct{ reached time.Time }

func (morningClock) Now() appliance.Stamp       { return appliance.Stamp{Wall: morning, Boot: "b"} }
func (c morningClock) Bounded() time.Time       { return c.reached }
func (c morningClock) expired(e time.Time) bool { return !c.reached.Before(e) }

// askedModel stands in for one that is, or is not, there now; what it said of stills is in the case.
type askedModel struct {
	Model
	ready bool
}

func (m askedModel) Ready() (appliance.ModelRef, bool) { return appliance.ModelRef{ID: "m"}, m.ready }
func (askedModel) State() appliance.ModelState         { return appliance.ModelUnavailable }
func (askedModel) Doubted(period string) bool          { return period == "doubted" }
func (askedModel) Allows(o appliance.OpticsID) bool    { return o == appliance.OpticsSimulatedScope }

// visited is a random visit with what is known of it by construction, and not by the code under test.
type visited struct {
	s         *Service
	c         appliance.Case
	broken    bool                    // rules that are not there or ran out
	excluded  map[int]bool            // lesions that a rule excludes for certain
	dark      bool                    // skin type V, VI or unknown
	stills    map[int][]judged        // usable stills of each lesion
	suspected map[int]appliance.Class // the most severe class over its threshold of a sensible answer
}

// judged says what came of a usable still.
type judged struct{ sensible, benign, none bool }

func (v *visited) String() string {
	return fmt.Sprintf("pathway %s, broken %v, excluded %v, dark %v, stills %v, suspected %v, findings %+v", v.c.Site.Pathway, v.broken, v.excluded,
		v.dark, v.stills, v.suspected, v.c.Findings)
}

var everyPathway = []appliance.Pathway{appliance.CaptureOnly, appliance.Shadow, appliance.TriagePriority, appliance.SecondReadPathway,
	appliance.SecondReadPathway, appliance.AutonomousBenign, "DISCHARGE"}

func randomVisit(rules *eligibility.Engine, seed uint64) *visited {
	r := rand.New(rand.NewPCG(seed, 3))
	v := &visited{excluded: map[int]bool{}, stills: map[int][]judged{}, suspected: map[int]appliance.Class{}}
	clock := morningClock{reached: morning}
	switch r.IntN(16) {
	case 0:
		rules, v.broken = nil, true
	case 1:
		clock.reached = rules.ExpiresAt()
		v.broken = clock.expired(rules.ExpiresAt())
	}
	v.s = New(Options{Clock: clock, Camera: noCamera{}, Model: askedModel{ready: r.IntN(3) > 0}, Rules: rules, LesionCap: 3, Log: slog.New(slog.DiscardHandler)})
	no := appliance.No
	v.c = appliance.Case{Site: appliance.Site{Pathway: everyPathway[r.IntN(len(everyPathway))]}, Patient: appliance.Patient{BirthDate: "1951-07-14"},
		Consent: appliance.Consent{AI: appliance.Yes}, History: appliance.History{SkinType: "II", Immunosuppressed: no}}
	if r.IntN(6) == 0 {
		v.c.History.SkinType, v.dark = []string{"V", "VI", "unknown", ""}[r.IntN(4)], true
	}
	for i := range 1 + r.IntN(3) {
		v.lesion(r, i)
	}
	if r.IntN(12) == 0 {
		v.c.Consent.AI = appliance.No
		for i := range v.c.Lesions {
			v.excluded[i] = true
		}
	}
	return v
}

func (v *visited) lesion(r *rand.Rand, i int) {
	no := appliance.No
	l := appliance.Lesion{ID: appliance.LesionID(fmt.Sprint("lesion ", i)), OnReferral: appliance.Yes, Site: "45981001", DiameterMM: 5,
		ChangeSize: no, ChangeShape: no, ChangeColour: no, Inflammation: no, Oozing: no, Sensation: no, Nodular: no, Growing: no, Ulcerated: no,
		PriorTreatment: no, Scar: no, Tattoo: no, HairUncleared: no, NotVisible: no, Rash: no}
	if r.IntN(6) == 0 {
		[]func(){func() { l.Scar = appliance.Yes }, func() { l.Ulcerated = appliance.NotAsked }, func() { l.Site = "70887009" }, func() { l.OnReferral = no }}[r.IntN(4)]()
		v.excluded[i] = true
	}
	if r.IntN(6) == 0 {
		l.ChangeSize, l.ChangeShape = appliance.Yes, []appliance.Answer{appliance.Yes, appliance.Unsure, no}[r.IntN(3)]
	}
	v.c.Lesions = append(v.c.Lesions, l)
	f := appliance.Finding{LesionID: l.ID}
	for range r.IntN(4) {
		v.still(r, i, &f)
	}
	v.c.Findings = append(v.c.Findings, f)
}

// still adds a dermoscopic still, poor or through other optics at times, and what the model said of it, if it did.
func (v *visited) still(r *rand.Rand, i int, f *appliance.Finding) {
	id := appliance.CaptureID(fmt.Sprint("still ", len(v.c.Captures)))
	still := appliance.Capture{ID: id, LesionID: f.LesionID, View: appliance.Dermoscopic, Quality: appliance.Verdict{Pass: true},
		Camera: appliance.Camera{Optics: appliance.OpticsSimulatedScope, FieldMM: 20}}
	still.Quality.HardFail = r.IntN(8) == 0
	if !still.Quality.HardFail && r.IntN(20) == 0 {
		still.Camera.Optics = "another"
	}
	v.c.Captures = append(v.c.Captures, still)
	result := appliance.StillResult{Capture: id, Model: appliance.ModelRef{ID: "m"}}
	known, j := v.answer(r, &result)
	if known {
		f.Stills = append(f.Stills, result)
	}
	if still.Camera.Optics == "another" {
		v.excluded[i] = true
	}
	if still.Quality.HardFail { // no model sees it, and what one said of it does not count
		return
	}
	v.stills[i] = append(v.stills[i], j)
	for _, c := range result.Classes {
		if j.sensible && c.Over && (c.Class != appliance.Benign || j.benign) && rank(c.Class) > rank(v.suspected[i]) {
			v.suspected[i] = c.Class
		}
	}
}

// rank is the hierarchy of domain 1.10 once more: the later the worse.
func rank(c appliance.Class) int {
	return slices.Index([]appliance.Class{appliance.Benign, appliance.AtypicalNaevus, appliance.AK, appliance.IEC, appliance.BCC, appliance.SCC, appliance.Melanoma}, c)
}

// answer makes an answer, or none.
func (v *visited) answer(r *rand.Rand, result *appliance.StillResult) (known bool, j judged) {
	switch r.IntN(12) {
	case 0:
		return false, judged{none: true}
	case 1:
		result.Reason = "finding.reason.timeout"
		return true, judged{none: true}
	}
	j = judged{sensible: true}
	unlike := false
	for _, class := range []appliance.Class{appliance.Melanoma, appliance.SCC, appliance.BCC, appliance.IEC, appliance.AK, appliance.AtypicalNaevus, appliance.Benign, ""} {
		odds := map[bool]int{true: 12, false: 20}[class != ""]
		if class == appliance.Benign {
			odds = 2
		}
		over := r.IntN(odds) == 0
		c := appliance.ClassResult{Label: "l" + string(class), Class: class, Probability: 0.1, Threshold: 0.5}
		if over {
			c.Probability, c.Over = 0.9, true
		}
		unlike = unlike || over && class == ""
		j.benign = j.benign || over && class == appliance.Benign
		result.Classes = append(result.Classes, c)
	}
	r.Shuffle(len(result.Classes), func(i, j int) { result.Classes[i], result.Classes[j] = result.Classes[j], result.Classes[i] })
	if r.IntN(15) == 0 {
		result.OutOfDistribution, unlike = &appliance.Score{Value: 1, Limit: 0.5, Over: true}, true
	}
	j.benign = j.benign && !unlike
	// What a result calls itself is not believed.
	result.Class = []appliance.Class{appliance.Benign, appliance.Melanoma, ""}[r.IntN(3)]
	if r.IntN(12) == 0 {
		j.sensible = false
		odd := &result.Classes[r.IntN(len(result.Classes))]
		odd.Probability = []float64{math.NaN(), math.Inf(1), -0.5, 1.5}[r.IntN(4)]
	}
	return true, j
}

// clean says whether every usable still of a lesion, one at least, was judged sensibly.
func (v *visited) clean(i int) bool {
	return len(v.stills[i]) > 0 && !slices.ContainsFunc(v.stills[i], func(j judged) bool { return j.none || !j.sensible })
}

// promise is one thing that holds for each lesion of each visit once it is settled.
type promise struct {
	name  string
	holds func(v *visited, i int, f *appliance.Finding) bool
}

func without(f *appliance.Finding) bool {
	return f.Status == appliance.NotAssessed && f.Class == "" && f.Route == appliance.DermReviewNoAI && !f.Discordant
}

var promises = []promise{
	{"nothing of the model's stays with an ineligible lesion", func(v *visited, i int, f *appliance.Finding) bool {
		return !v.excluded[i] || without(f) && f.Model.ID == "" && f.Classes == nil && f.Stills == nil
	}},
	{"broken rules end with a human", func(v *visited, _ int, f *appliance.Finding) bool { return !v.broken || without(f) }},
	{"no sensible answer ends with a human", func(v *visited, i int, f *appliance.Finding) bool {
		return v.suspected[i] != "" || without(f)
	}},
	{"benign counts only when every usable still was judged so", func(v *visited, i int, f *appliance.Finding) bool {
		all := v.clean(i) && !slices.ContainsFunc(v.stills[i], func(j judged) bool { return !j.benign })
		return f.Class != appliance.Benign || all && v.suspected[i] == appliance.Benign
	}},
	{"the most severe still decides", func(v *visited, i int, f *appliance.Finding) bool {
		if v.broken || v.excluded[i] || rank(v.suspected[i]) <= rank(appliance.Benign) || !slices.Contains(everyPathway[1:6], v.c.Site.Pathway) {
			return true
		}
		return f.Status == appliance.Assessed && f.Class == v.suspected[i]
	}},
	{"melanoma is urgent where a model has a say", func(v *visited, i int, f *appliance.Finding) bool {
		return v.broken || v.excluded[i] || v.suspected[i] != appliance.Melanoma || !slices.Contains(everyPathway[2:6], v.c.Site.Pathway) ||
			f.Route == appliance.UrgentReview
	}},
	{"lower than without AI only in the one case", func(v *visited, i int, f *appliance.Finding) bool {
		if f.Route.Urgency() >= appliance.DermReviewNoAI.Urgency() {
			return true
		}
		return v.c.Site.Pathway == appliance.SecondReadPathway && !v.broken && !v.excluded[i] && !v.dark && v.clean(i) &&
			v.suspected[i] == appliance.Benign && len(f.Hits) == 0 && v.c.Lesions[i].ChangeShape == appliance.No
	}},
	{"skin type V, VI or unknown has a human", func(v *visited, _ int, f *appliance.Finding) bool {
		return !v.dark || f.Route != appliance.SecondRead && (v.broken || eligibility.Has(f.Hits, appliance.HumanRequired))
	}},
	{"without a model's say nothing moves", func(v *visited, _ int, f *appliance.Finding) bool {
		return slices.Contains(everyPathway[2:6], v.c.Site.Pathway) || f.Route == appliance.DermReviewNoAI
	}},
	{"each hit says rule, effect, source and sentence", func(_ *visited, _ int, f *appliance.Finding) bool {
		return !slices.ContainsFunc(f.Hits, func(h appliance.RuleHit) bool {
			return h.Rule == "" || len(h.Effects) == 0 || h.Source == "" || !text.Has(h.Key)
		})
	}},
	{"who was not assessed is told why", func(_ *visited, _ int, f *appliance.Finding) bool {
		return f.Status == appliance.Assessed || f.Reason != ""
	}},
	{"a later look changes nothing", func(v *visited, i int, f *appliance.Finding) bool {
		again := v.s.finding(&v.c, &v.c.Lesions[i])
		return again.Status == f.Status && again.Class == f.Class && again.Route == f.Route
	}},
}

func TestEveryVisitKeepsThePromises(t *testing.T) {
	rules, err := eligibility.Parse(eligibility.Default())
	if err != nil {
		t.Fatal(err)
	}
	met := map[string]int{}
	for seed := range uint64(6000) {
		v := randomVisit(rules, seed)
		v.s.settle(&v.c)
		worst := 0
		for i := range v.c.Lesions {
			f, ok := v.c.Finding(v.c.Lesions[i].ID)
			if !ok {
				t.Fatalf("seed %d: lesion %d has no finding", seed, i)
			}
			worst = max(worst, f.Route.Urgency())
			met[string(f.Route)]++
			for _, p := range promises {
				if !p.holds(v, i, f) {
					t.Fatalf("seed %d, lesion %d: not so: %s: %v", seed, i, p.name, v)
				}
			}
		}
		if v.c.MostUrgent().Urgency() != worst {
			t.Fatalf("seed %d: the case goes %s: %v", seed, v.c.MostUrgent(), v)
		}
		sameAsTriage(t, rules, seed)
	}
	for _, route := range []appliance.Route{appliance.UrgentReview, appliance.DermReview, appliance.DermReviewNoAI, appliance.SecondRead} {
		if met[string(route)] < 100 {
			t.Errorf("%s was met %d times: the promises say little", route, met[string(route)])
		}
	}
}

// sameAsTriage holds AUTONOMOUS_BENIGN against TRIAGE_PRIORITY, and SHADOW's record against it: the same visit, route by route.
func sameAsTriage(t *testing.T, rules *eligibility.Engine, seed uint64) {
	t.Helper()
	settled := func(p appliance.Pathway) *visited {
		v := randomVisit(rules, seed)
		v.c.Site.Pathway = p
		v.s.settle(&v.c)
		return v
	}
	triage, shadow := settled(appliance.TriagePriority), settled(appliance.Shadow)
	left := settled(appliance.AutonomousBenign)
	for i, f := range triage.c.Findings {
		if l := left.c.Findings[i]; l.Route != f.Route || l.Class != f.Class || l.Status != f.Status {
			t.Fatalf("seed %d: AUTONOMOUS_BENIGN: %+v, TRIAGE_PRIORITY: %+v", seed, l, f)
		}
		if s := shadow.c.Findings[i]; s.Class != f.Class || s.Status != f.Status || s.Discordant != f.Discordant {
			t.Fatalf("seed %d: SHADOW keeps %+v, TRIAGE_PRIORITY %+v", seed, s, f)
		}
	}
}

// TestADoubtedBenignLowersNothing has the model fail its self-test after some of the answers: no route is lower for it, a suspicion
// stays, and no lesion is benign by an answer of that period.
func TestADoubtedBenignLowersNothing(t *testing.T) {
	rules, err := eligibility.Parse(eligibility.Default())
	if err != nil {
		t.Fatal(err)
	}
	fell := 0
	for seed := range uint64(6000) {
		trusted, v := randomVisit(rules, seed), randomVisit(rules, seed)
		r := rand.New(rand.NewPCG(seed, 4))
		touched := map[appliance.LesionID]bool{}
		for i := range v.c.Findings {
			f := &v.c.Findings[i]
			for j := range f.Stills {
				if r.IntN(2) == 0 && slices.ContainsFunc(usable(&v.c, f.LesionID), func(c appliance.Capture) bool { return c.ID == f.Stills[j].Capture }) {
					f.Stills[j].Period, touched[f.LesionID] = "doubted", true
				}
			}
		}
		trusted.s.settle(&trusted.c)
		v.s.settle(&v.c)
		for i := range v.c.Findings {
			f, before := v.c.Findings[i], trusted.c.Findings[i]
			if f.Route.Urgency() < before.Route.Urgency() || touched[f.LesionID] && f.Class == appliance.Benign && f.Status == appliance.Assessed {
				t.Fatalf("seed %d: with doubt %+v, without %+v", seed, f, before)
			}
			if before.Class != "" && before.Class != appliance.Benign && f.Class != before.Class {
				t.Fatalf("seed %d: a suspicion of %s became %q", seed, before.Class, f.Class)
			}
			if before.Class == appliance.Benign && f.Class == "" {
				fell++
			}
		}
	}
	if fell < 100 {
		t.Errorf("%d benign lesions fell: the test says little", fell)
	}
}
