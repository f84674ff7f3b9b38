package eligibility_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/eligibility"
	"dermbox/appliance/text"
)

// The properties hold for every case that the generator can make; the seed of a counterexample is printed.
const cases = 20000

var pathways = []appliance.Pathway{appliance.CaptureOnly, appliance.Shadow, appliance.TriagePriority, appliance.SecondReadPathway,
	appliance.SecondReadPathway, appliance.AutonomousBenign, "DISCHARGE", ""}

var classes = []appliance.Class{appliance.Melanoma, appliance.SCC, appliance.BCC, appliance.IEC, appliance.AK, appliance.AtypicalNaevus,
	appliance.Benign, appliance.Benign, appliance.Benign, "", "NEW"}

// random makes a scene, most of whose answers are the harmless ones, so that each combination of few hits is met.
func random(r *rand.Rand) *scene {
	s := eligible()
	rare := func(act func()) {
		if r.IntN(12) == 0 {
			act()
		}
	}
	answers := []appliance.Answer{appliance.Yes, appliance.No, appliance.Unsure, appliance.NotAsked, "?"}
	l := s.lesion()
	for _, a := range []*appliance.Answer{&l.OnReferral, &l.ChangeSize, &l.ChangeShape, &l.ChangeColour, &l.Inflammation, &l.Oozing,
		&l.Sensation, &l.Nodular, &l.Growing, &l.Ulcerated, &l.PriorTreatment, &l.Scar, &l.Tattoo, &l.HairUncleared, &l.NotVisible,
		&l.Rash, &l.AcralSide, &l.MucosalMargin, &s.c.Consent.AI, &s.c.History.Immunosuppressed} {
		rare(func() { *a = answers[r.IntN(len(answers))] })
	}
	rare(func() { l.ChangeSize, l.ChangeColour = appliance.Yes, appliance.Yes })
	rare(func() { l.ChangeShape, l.Oozing = appliance.Yes, appliance.Yes }) // three points to the dot
	rare(func() { l.ChangeShape, l.Sensation = appliance.Unsure, appliance.NotAsked })
	rare(func() { l.Nodular, l.Growing = appliance.Yes, appliance.Yes })
	rare(func() { l.Site = appliance.BodySites[r.IntN(len(appliance.BodySites))].Code })
	rare(func() { l.Site = []appliance.SiteCode{"", "12345"}[r.IntN(2)] })
	rare(func() { l.DiameterMM = 40 * r.Float64() })
	rare(func() { l.DiameterMM = 0 })
	rare(func() { s.c.Patient.BirthDate = []appliance.Date{"", "2015-03-01", "x"}[r.IntN(3)] })
	rare(func() { s.c.History.SkinType = []string{"", "I", "V", "VI", "unknown"}[r.IntN(5)] })
	rare(func() { s.c.Lesions = append(s.c.Lesions, s.c.Lesions[0], s.c.Lesions[0]) })
	rare(func() { s.f.LesionCap = 0 })
	rare(func() { s.f.ModelReady = false })
	rare(func() { s.f.OpticsAllowed = false })
	rare(func() { s.f.QualityHardFail = true })
	rare(func() { s.f.FieldMM = 0 })
	rare(func() { s.f.Reached = now.AddDate(20, 0, 0) })
	s.c.Site.Pathway = pathways[r.IntN(len(pathways))]
	return s
}

// outcome is what one lesion of one scene comes to.
type outcome struct {
	e    *eligibility.Engine
	s    *scene
	set  []appliance.Class
	made []appliance.RuleHit // of no rule: effects alone, and in other company than the file's
	q    eligibility.Question
	got  eligibility.Decision
}

// draw makes the outcome of a seed. A caller may contradict itself: a class without a set, hits that no rule gave, rules that ran
// out between the hits and the route.
func draw(e *eligibility.Engine, seed uint64) outcome {
	r := rand.New(rand.NewPCG(seed, 1))
	o := outcome{e: e, s: random(r)}
	l := o.s.lesion()
	class := classes[r.IntN(len(classes))]
	if class != "" && r.IntN(12) > 0 {
		o.set = []appliance.Class{class}
	}
	status := []appliance.AIStatus{appliance.Assessed, appliance.Assessed, appliance.Assessed, appliance.Assessed, appliance.NotAssessed, appliance.AIPending, appliance.AINone}[r.IntN(7)]
	hits := append(e.Before(&o.s.c, l, o.s.f), e.After(&o.s.c, l, o.set)...)
	if r.IntN(8) == 0 {
		effects := []appliance.Effect{appliance.NoAI, appliance.HumanRequired, appliance.NeverLower, appliance.AfterAI, "new"}
		made := appliance.RuleHit{Rule: "made"}
		for range r.IntN(3) {
			made.Effects = append(made.Effects, effects[r.IntN(len(effects))])
		}
		o.made = []appliance.RuleHit{made}
		hits = append(hits, made)
	}
	o.q = eligibility.Question{Pathway: o.s.c.Site.Pathway, Lesion: *l, Status: status, Class: class, Hits: hits, Facts: o.s.f}
	if r.IntN(30) == 0 {
		o.q.Facts.Reached = now.AddDate(20, 0, 0)
	}
	o.got = e.Route(o.q)
	return o
}

func (o outcome) String() string {
	return fmt.Sprintf("pathway %q, %s as %s, hits %v: %+v", o.q.Pathway, o.q.Class, o.q.Status, ids(o.q.Hits), o.got)
}

// clear says whether the lesion reached the model and the answer counts, by the table of domain 1.9 and not by the engine.
func (o outcome) clear() bool {
	return slices.Contains([]appliance.Pathway{appliance.TriagePriority, appliance.SecondReadPathway, appliance.AutonomousBenign}, o.q.Pathway) &&
		o.q.Status == appliance.Assessed && len(excluded(o.s)) == 0 && len(o.set) > 0 && !expired(o.q.Facts) && !expired(o.s.f) &&
		!eligibility.Has(o.made, appliance.NoAI) && !eligibility.Has(o.made, appliance.AfterAI)
}

// untouched is what a lesion comes to that no model had a part in.
func (o outcome) untouched() bool {
	return o.got.Route == appliance.DermReviewNoAI && !o.got.Discordant
}

func expired(f eligibility.Facts) bool { return f.Reached.After(now) }

// property is one promise of the engine.
type property struct {
	name  string
	holds func(o outcome) bool
}

var properties = []property{
	{"the AI never runs for an ineligible lesion", func(o outcome) bool {
		return len(excluded(o.s)) == 0 || !eligibility.MayJudge(o.q.Pathway, o.q.Hits) && o.untouched()
	}},
	{"every rule that applies is named, with effect, source and sentence", func(o outcome) bool {
		for _, h := range o.q.Hits {
			if h.Rule != "made" && (len(h.Effects) == 0 || h.Source == "" || !text.Has(h.Key)) {
				return false
			}
		}
		return !slices.ContainsFunc(excluded(o.s), func(id string) bool { return !has(o.q.Hits, id) })
	}},
	{"no model is asked against an effect or the pathway", func(o outcome) bool {
		known := slices.Contains([]appliance.Pathway{appliance.Shadow, appliance.TriagePriority, appliance.SecondReadPathway, appliance.AutonomousBenign}, o.q.Pathway)
		return !eligibility.MayJudge(o.q.Pathway, o.q.Hits) || known && !eligibility.Has(o.q.Hits, appliance.NoAI)
	}},
	{"an effect that excludes keeps the answer out", func(o outcome) bool {
		return !eligibility.Has(o.q.Hits, appliance.NoAI) && !eligibility.Has(o.q.Hits, appliance.AfterAI) || o.untouched()
	}},
	{"skin type V, VI or unknown always has a human", func(o outcome) bool {
		return !darkOrUnknown(o.s) ||
			eligibility.Has(o.q.Hits, appliance.HumanRequired) && eligibility.Has(o.q.Hits, appliance.NeverLower) && o.got.Route != appliance.SecondRead
	}},
	{"immunosuppressed, or nodular and growing, is never lowered", func(o outcome) bool {
		return !fragile(o.s) || eligibility.Has(o.q.Hits, appliance.NeverLower) && o.got.Route != appliance.SecondRead
	}},
	{"an empty set is never benign, nor anything else", func(o outcome) bool {
		return len(o.set) > 0 || eligibility.Has(o.q.Hits, appliance.AfterAI) && o.untouched()
	}},
	{"no answer ends with a human", func(o outcome) bool { return o.q.Status == appliance.Assessed || o.untouched() }},
	{"a class that is not known ends with a human", func(o outcome) bool {
		return o.q.Class != "" && o.q.Class != "NEW" || o.untouched()
	}},
	{"rules that ran out end with a human", func(o outcome) bool { return !expired(o.q.Facts) || o.untouched() }},
	{"never later than without AI but in the one case", func(o outcome) bool {
		q := o.q
		q.Status, q.Class = appliance.NotAssessed, ""
		if o.got.Route.Urgency() >= o.e.Route(q).Route.Urgency() && o.got.Route.Urgency() >= appliance.DermReviewNoAI.Urgency() {
			return true
		}
		return o.clear() && o.q.Pathway == appliance.SecondReadPathway && o.q.Class == appliance.Benign && len(o.q.Hits) == 0 &&
			!o.got.Discordant && !suspicious(o.s.lesion())
	}},
	{"CAPTURE_ONLY, SHADOW and what is no pathway are unmoved", func(o outcome) bool {
		return slices.Contains([]appliance.Pathway{appliance.TriagePriority, appliance.SecondReadPathway, appliance.AutonomousBenign}, o.q.Pathway) ||
			o.got.Route == appliance.DermReviewNoAI
	}},
	{"AUTONOMOUS_BENIGN lowers nothing", func(o outcome) bool {
		q := o.q
		q.Pathway = appliance.TriagePriority
		return o.q.Pathway != appliance.AutonomousBenign || o.got.Route == o.e.Route(q).Route && o.got.Route != appliance.SecondRead
	}},
	{"a contradicted benign answer goes to a human", func(o outcome) bool {
		if o.got.Discordant && (o.got.Route != appliance.DermReviewNoAI || o.q.Class != appliance.Benign) {
			return false
		}
		return !o.clear() || o.q.Class != appliance.Benign || !contradicted(o.s.lesion()) || o.got.Discordant
	}},
	{"melanoma and squamous cell carcinoma are urgent, and no class is later than a milder one", func(o outcome) bool {
		if !o.clear() {
			return true
		}
		for _, class := range vocabulary {
			q := o.q
			q.Class = class
			if d := o.e.Route(q); o.q.Class.Severity() > 0 && o.q.Class != "NEW" && class.Severity() > o.q.Class.Severity() && d.Route.Urgency() < o.got.Route.Urgency() ||
				(class == appliance.Melanoma || class == appliance.SCC) && d.Route != appliance.UrgentReview {
				return false
			}
		}
		return true
	}},
}

var vocabulary = []appliance.Class{appliance.Melanoma, appliance.SCC, appliance.BCC, appliance.IEC, appliance.AK, appliance.AtypicalNaevus, appliance.Benign}

// violated gives the first property that fails for an engine, with its seed, or ""; only are the names of those to look at, none
// for all.
func violated(e *eligibility.Engine, n uint64, only ...string) (name, how string) {
	for seed := range n {
		o := draw(e, seed)
		for _, p := range properties {
			if (len(only) == 0 || slices.Contains(only, p.name)) && !p.holds(o) {
				return p.name, fmt.Sprintf("seed %d: %v", seed, o)
			}
		}
	}
	return "", ""
}

func TestProperties(t *testing.T) {
	if name, how := violated(engine(t), cases); name != "" {
		t.Errorf("%s: %s", name, how)
	}
}

// A file that is as strict as one can be keeps the properties that do not name the default's routes.
func TestPropertiesOfAStricterFile(t *testing.T) {
	stricter := parsed(t, edited(t, func(f map[string]any) {
		f["discordance"] = map[string]any{"seven_point": 1}
		f["routes"].(map[string]any)["classes"].(map[string]any)["BCC"] = "URGENT_DERM_REVIEW"
		f["routes"].(map[string]any)["benign"].(map[string]any)["SECOND_READ"] = "DERM_REVIEW"
	}))
	if name, how := violated(stricter, cases/4); name != "" {
		t.Errorf("%s: %s", name, how)
	}
}

// The generator meets what the properties are about, often enough to say something.
func TestTheGeneratorMeetsTheCases(t *testing.T) {
	e := engine(t)
	met := map[string]int{}
	count := func(name string, yes bool) {
		if yes {
			met[name]++
		}
	}
	for seed := range uint64(cases) {
		o := draw(e, seed)
		count("lowered", o.got.Route == appliance.SecondRead)
		count("clear", o.clear())
		count("ineligible", len(excluded(o.s)) > 0)
		count("dark or unknown, clear", o.clear() && darkOrUnknown(o.s))
		count("discordant", o.got.Discordant)
		count("ran out", expired(o.q.Facts))
		count("urgent", o.got.Route == appliance.UrgentReview)
		for _, id := range excluded(o.s) {
			count(id+" alone", len(excluded(o.s)) == 1)
		}
	}
	for _, name := range []string{"lowered", "clear", "ineligible", "dark or unknown, clear", "discordant", "ran out", "urgent"} {
		if met[name] < 50 {
			t.Errorf("%s: %d of %d", name, met[name], cases)
		}
	}
	for id := range exclusions {
		if met[id+" alone"] < 5 {
			t.Errorf("%s alone: %d of %d", id, met[id+" alone"], cases)
		}
	}
}
