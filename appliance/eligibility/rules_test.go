package eligibility_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dermbox/appliance"
	"dermbox/appliance/eligibility"
)

var now = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

const lesionID = appliance.LesionID("11111111-1111-4111-8111-111111111111")

// scene is a case with one lesion and the facts around it.
type scene struct {
	c appliance.Case
	f eligibility.Facts
}

func (s *scene) lesion() *appliance.Lesion { return &s.c.Lesions[0] }

// eligible gives a scene that no rule hits.
func eligible() *scene {
	no := appliance.No
	return &scene{
		c: appliance.Case{
			Site:    appliance.Site{Pathway: appliance.SecondReadPathway},
			Patient: appliance.Patient{BirthDate: "1951-07-14"},
			Consent: appliance.Consent{AI: appliance.Yes},
			History: appliance.History{SkinType: "II", Immunosuppressed: no},
			Lesions: []appliance.Lesion{{
				ID: lesionID, OnReferral: appliance.Yes, Site: "45981001" /* shoulder */, Laterality: appliance.Left, DiameterMM: 6,
				ChangeSize: no, ChangeShape: no, ChangeColour: no, Inflammation: no, Oozing: no, Sensation: no,
				Nodular: no, Growing: no, Ulcerated: no, PriorTreatment: no, Scar: no, Tattoo: no, HairUncleared: no, NotVisible: no, Rash: no,
			}},
		},
		f: eligibility.Facts{ModelReady: true, OpticsAllowed: true, FieldMM: 15, LesionCap: 2, Now: now},
	}
}

func engine(t testing.TB) *eligibility.Engine {
	t.Helper()
	return parsed(t, eligibility.Default())
}

func parsed(t testing.TB, payload []byte) *eligibility.Engine {
	t.Helper()
	e, err := eligibility.Parse(payload)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// ids gives the rules that hit, with "?" after those that hit because something is not known.
func ids(hits []appliance.RuleHit) []string {
	var list []string
	for _, h := range hits {
		id := h.Rule
		if h.Unknown {
			id += "?"
		}
		list = append(list, id)
	}
	return list
}

func TestEachRule(t *testing.T) {
	e := engine(t)
	yes, no, unsure, notAsked := appliance.Yes, appliance.No, appliance.Unsure, appliance.NotAsked
	at := func(code appliance.SiteCode) func(*scene) { return func(s *scene) { s.lesion().Site = code } }
	cases := []struct {
		name   string
		change func(*scene)
		want   []string
	}{
		{"eligible", func(*scene) {}, nil},
		{"day before 18", func(s *scene) { s.c.Patient.BirthDate = "2008-11-23" }, []string{"X01"}},
		{"18 today", func(s *scene) { s.c.Patient.BirthDate = "2008-11-22" }, nil},
		{"birth date not known", func(s *scene) { s.c.Patient.BirthDate = "" }, []string{"X01?"}},
		{"born in the future", func(s *scene) { s.c.Patient.BirthDate = "2031-01-01" }, []string{"X01?"}},
		{"clock not known", func(s *scene) { s.f.Now = time.Time{} }, []string{"X01?"}},
		{"palm", at("70887009"), []string{"X02"}},
		{"finger, side not asked", at("244169007"), []string{"X02?"}},
		{"finger, palmar side", func(s *scene) { s.lesion().Site, s.lesion().AcralSide = "244169007", yes }, []string{"X02"}},
		{"toe, unsure", func(s *scene) { s.lesion().Site, s.lesion().AcralSide = "52034004", unsure }, []string{"X02?"}},
		{"dorsum of the foot", func(s *scene) { s.lesion().Site, s.lesion().AcralSide = "60496002", no }, nil},
		{"palm, whatever was answered", func(s *scene) { s.lesion().Site, s.lesion().AcralSide = "70887009", no }, []string{"X02"}},
		{"arm, whatever was answered", func(s *scene) { s.lesion().AcralSide, s.lesion().MucosalMargin = yes, yes }, nil},
		{"mouth", at("113277000"), []string{"X03"}},
		{"upper lip, margin not asked", at("16251004"), []string{"X03?"}},
		{"vermilion of the lip", func(s *scene) { s.lesion().Site, s.lesion().MucosalMargin = "16251004", yes }, []string{"X03"}},
		{"eyelid, clear of the margin", func(s *scene) { s.lesion().Site, s.lesion().MucosalMargin = "41310005", no }, nil},
		{"mouth, whatever was answered", func(s *scene) { s.lesion().Site, s.lesion().MucosalMargin = "113277000", no }, []string{"X03"}},
		{"finger nail", at("770809003"), []string{"X04"}},
		{"vulva", at("59112000"), []string{"X05"}},
		{"site not known", at(""), []string{"X02?", "X03?", "X04?", "X05?", "X06?", "X12?"}},
		{"site that is not ours", at("12345"), []string{"X02?", "X03?", "X04?", "X05?", "X06?", "X12?"}},
		{"eyebrow, said to be cleared", at("367577003"), []string{"X06"}},
		{"axilla, said to be cleared", at("76261009"), []string{"X06"}},
		{"nape, cleared", at("4658004"), nil},
		{"vertex, not asked", func(s *scene) { s.lesion().Site, s.lesion().HairUncleared = "61719002", notAsked }, []string{"X06?"}},
		{"hair", func(s *scene) { s.lesion().HairUncleared = yes }, []string{"X06"}},
		{"hair not asked", func(s *scene) { s.lesion().HairUncleared = notAsked }, []string{"X06?"}},
		{"cleared scalp", at("43067004"), nil},
		{"as large as the field", func(s *scene) { s.lesion().DiameterMM = 15 }, nil},
		{"larger than the field", func(s *scene) { s.lesion().DiameterMM = 15.1 }, []string{"X07"}},
		{"not measured", func(s *scene) { s.lesion().DiameterMM = 0 }, []string{"X07?"}},
		{"measured as nonsense", func(s *scene) { s.lesion().DiameterMM = math.NaN() }, []string{"X07?"}},
		{"field not known", func(s *scene) { s.f.FieldMM = 0 }, []string{"X07?"}},
		{"field without end", func(s *scene) { s.f.FieldMM = math.Inf(1) }, []string{"X07?"}},
		{"treated", func(s *scene) { s.lesion().PriorTreatment = yes }, []string{"X08"}},
		{"treated, unsure", func(s *scene) { s.lesion().PriorTreatment = unsure }, []string{"X08?"}},
		{"scar", func(s *scene) { s.lesion().Scar = yes }, []string{"X09"}},
		{"scar, unsure", func(s *scene) { s.lesion().Scar = unsure }, []string{"X09?"}},
		{"tattoo", func(s *scene) { s.lesion().Tattoo = yes }, []string{"X10"}},
		{"tattoo, other word", func(s *scene) { s.lesion().Tattoo = "perhaps" }, []string{"X10?"}},
		{"ulcerated", func(s *scene) { s.lesion().Ulcerated = yes }, []string{"X11"}},
		{"ulcerated, not asked", func(s *scene) { s.lesion().Ulcerated = notAsked }, []string{"X11?"}},
		{"not visible", func(s *scene) { s.lesion().NotVisible = yes }, []string{"X12"}},
		{"ear canal", at("86409001"), []string{"X12"}},
		{"visible, not asked", func(s *scene) { s.lesion().NotVisible = notAsked }, []string{"X12?"}},
		{"at the cap", func(s *scene) { s.c.Lesions = append(s.c.Lesions, s.c.Lesions[0]) }, nil},
		{"over the cap", func(s *scene) { s.c.Lesions = append(s.c.Lesions, s.c.Lesions[0], s.c.Lesions[0]) }, []string{"X13"}},
		{"no cap known", func(s *scene) { s.f.LesionCap = 0 }, []string{"X13?"}},
		{"rash", func(s *scene) { s.lesion().Rash = yes }, []string{"X14"}},
		{"rash, unsure", func(s *scene) { s.lesion().Rash = unsure }, []string{"X14?"}},
		{"skin type IV", func(s *scene) { s.c.History.SkinType = "IV" }, nil},
		{"skin type V", func(s *scene) { s.c.History.SkinType = "V" }, []string{"X15"}},
		{"skin type VI", func(s *scene) { s.c.History.SkinType = "VI" }, []string{"X15"}},
		{"skin type unknown", func(s *scene) { s.c.History.SkinType = "unknown" }, []string{"X15?"}},
		{"skin type not asked", func(s *scene) { s.c.History.SkinType = "" }, []string{"X15?"}},
		{"skin type in other words", func(s *scene) { s.c.History.SkinType = "2" }, []string{"X15?"}},
		{"AI declined", func(s *scene) { s.c.Consent.AI = no }, []string{"X16"}},
		{"AI not asked", func(s *scene) { s.c.Consent.AI = notAsked }, []string{"X16?"}},
		{"other optics", func(s *scene) { s.f.OpticsAllowed = false }, []string{"X17"}},
		{"quality, from the caller", func(s *scene) { s.f.QualityHardFail = true }, []string{"X18"}},
		{"quality, from the case", func(s *scene) { s.c.Captures = stills(true, true) }, []string{"X18"}},
		{"quality, one of two is usable", func(s *scene) { s.c.Captures = stills(false, true) }, nil},
		{"quality, taken again", func(s *scene) { s.c.Captures = stills(true, false) }, nil},
		{"immunosuppressed", func(s *scene) { s.c.History.Immunosuppressed = yes }, []string{"X20"}},
		{"immunosuppressed, unsure", func(s *scene) { s.c.History.Immunosuppressed = unsure }, []string{"X20?"}},
		{"nodular, not growing", func(s *scene) { s.lesion().Nodular = yes }, nil},
		{"nodular, growing not asked", func(s *scene) { s.lesion().Nodular, s.lesion().Growing = yes, notAsked }, []string{"X20?"}},
		{"nodular and growing", func(s *scene) { s.lesion().Nodular, s.lesion().Growing = yes, yes }, []string{"X20"}},
		{"not on the referral", func(s *scene) { s.lesion().OnReferral = no }, []string{"X21"}},
		{"referral not asked", func(s *scene) { s.lesion().OnReferral = notAsked }, []string{"X21?"}},
		{"no model", func(s *scene) { s.f.ModelReady = false }, []string{"X22"}},
	}
	seen := map[string]bool{}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := eligible()
			c.change(s)
			got := ids(e.Before(&s.c, s.lesion(), s.f))
			if !slices.Equal(got, c.want) {
				t.Errorf("hits %v, want %v", got, c.want)
			}
			for _, id := range got {
				seen[id[:3]] = true
			}
		})
	}
	if len(seen) != 21 { // all but X19, which is about the model's answer
		t.Errorf("the table reaches %d rules: %v", len(seen), seen)
	}
}

// stills gives dermoscopic stills of the lesion in the order they were taken, each with its hard failure, and a macro.
func stills(hardFails ...bool) []appliance.Capture {
	var list []appliance.Capture
	for _, failed := range hardFails {
		list = append(list, appliance.Capture{LesionID: lesionID, View: appliance.Dermoscopic, Quality: appliance.Verdict{HardFail: failed}})
	}
	return append(list, appliance.Capture{LesionID: lesionID, View: appliance.Macro, Quality: appliance.Verdict{HardFail: true}})
}

func TestZeroFactsExclude(t *testing.T) {
	s := eligible()
	got := ids(engine(t).Before(&s.c, s.lesion(), eligibility.Facts{}))
	if want := []string{"X01?", "X07?", "X13?", "X17", "X22"}; !slices.Equal(got, want) {
		t.Errorf("hits %v, want %v", got, want)
	}
}

func TestEmptyClassSet(t *testing.T) {
	e, s := engine(t), eligible()
	hits := e.After(&s.c, s.lesion(), nil)
	if !slices.Equal(ids(hits), []string{"X19"}) || !eligibility.Has(hits, appliance.AfterAI) {
		t.Errorf("hits %v", hits)
	}
	if hits := e.After(&s.c, s.lesion(), []appliance.Class{appliance.Benign}); hits != nil {
		t.Errorf("hits %v", hits)
	}
}

func TestHitSaysEverything(t *testing.T) {
	s := eligible()
	s.lesion().Scar = appliance.Unsure
	s.c.History.SkinType = "VI"
	got := engine(t).Before(&s.c, s.lesion(), s.f)
	want := []appliance.RuleHit{
		{Rule: "X09", Effects: []appliance.Effect{appliance.NoAI}, LesionID: lesionID, Unknown: true, Key: "rules.X09", Source: "DERM-006 study protocol, exclusion criteria"},
		{Rule: "X15", Effects: []appliance.Effect{appliance.HumanRequired, appliance.NeverLower}, Key: "rules.X15",
			Source: "NICE HTE24 (2025): review by a healthcare professional for black or brown skin"},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	got[0].Effects[0] = "changed"
	if again := engine(t).Before(&s.c, s.lesion(), s.f); again[0].Effects[0] != appliance.NoAI {
		t.Error("a caller changed the rules")
	}
}

func TestWithoutRulesNobodyIsEligible(t *testing.T) {
	s := eligible()
	var none *eligibility.Engine
	for _, hits := range [][]appliance.RuleHit{none.Before(&s.c, s.lesion(), s.f), none.After(&s.c, s.lesion(), []appliance.Class{appliance.Benign})} {
		if !eligibility.Has(hits, appliance.NoAI) || hits[0].Key != "rules.none" {
			t.Errorf("hits %v", hits)
		}
	}
	if none.Version() != "none" || none.Digest() != "" || !none.ExpiresAt().IsZero() {
		t.Error("no rules have a version")
	}
	e := engine(t)
	for name, change := range map[string]func(*eligibility.Facts){
		"while the box was running":  func(f *eligibility.Facts) { f.Now = e.ExpiresAt() },
		"before its clock fell back": func(f *eligibility.Facts) { f.Reached = e.ExpiresAt() },
	} {
		facts := s.f
		change(&facts)
		if hits := e.Before(&s.c, s.lesion(), facts); !eligibility.Has(hits, appliance.NoAI) || hits[0].Key != "rules.expired" {
			t.Errorf("rules that ran out %s gave %v", name, hits)
		}
	}
}
