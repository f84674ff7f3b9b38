package eligibility_test

import (
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/eligibility"
	"dermbox/appliance/text"
)

func TestRoutes(t *testing.T) {
	with := func(change func(*appliance.Lesion)) appliance.Lesion {
		l := *eligible().lesion()
		change(&l)
		return l
	}
	quiet := with(func(*appliance.Lesion) {})
	sevenPoint := with(func(l *appliance.Lesion) { l.ChangeSize, l.Oozing = appliance.Yes, appliance.Yes })
	growing := with(func(l *appliance.Lesion) { l.Nodular, l.Growing = appliance.Yes, appliance.Yes })
	hit := func(effects ...appliance.Effect) []appliance.RuleHit { return []appliance.RuleHit{{Effects: effects}} }
	second, triage := appliance.SecondReadPathway, appliance.TriagePriority
	for _, c := range []struct {
		name       string
		pathway    appliance.Pathway
		lesion     appliance.Lesion
		status     appliance.AIStatus
		class      appliance.Class
		hits       []appliance.RuleHit
		want       appliance.Route
		discordant bool
	}{
		{"melanoma", triage, appliance.Lesion{}, appliance.Assessed, appliance.Melanoma, nil, appliance.UrgentReview, false},
		{"squamous cell carcinoma", second, appliance.Lesion{}, appliance.Assessed, appliance.SCC, nil, appliance.UrgentReview, false},
		{"basal cell carcinoma", triage, appliance.Lesion{}, appliance.Assessed, appliance.BCC, nil, appliance.DermReview, false},
		{"intra-epidermal carcinoma", second, appliance.Lesion{}, appliance.Assessed, appliance.IEC, nil, appliance.DermReview, false},
		{"actinic keratosis", second, appliance.Lesion{}, appliance.Assessed, appliance.AK, nil, appliance.DermReview, false},
		{"atypical naevus", second, appliance.Lesion{}, appliance.Assessed, appliance.AtypicalNaevus, nil, appliance.DermReview, false},
		{"benign, triage", triage, quiet, appliance.Assessed, appliance.Benign, nil, appliance.DermReview, false},
		{"benign, second read", second, quiet, appliance.Assessed, appliance.Benign, nil, appliance.SecondRead, false},
		{"benign, all unsure", second, with(func(l *appliance.Lesion) {
			for _, a := range sevenPointAnswers(l) {
				*a.at = appliance.Unsure
			}
		}), appliance.Assessed, appliance.Benign, nil, appliance.DermReview, false},
		{"benign, nothing asked", second, appliance.Lesion{}, appliance.Assessed, appliance.Benign, nil, appliance.DermReview, false},
		{"benign, two points unsure", second, with(func(l *appliance.Lesion) { l.ChangeSize = appliance.Unsure }), appliance.Assessed, appliance.Benign, nil, appliance.SecondRead, false},
		{"benign, two points and perhaps one", second, with(func(l *appliance.Lesion) { l.ChangeSize, l.Oozing = appliance.Yes, appliance.Unsure }), appliance.Assessed, appliance.Benign, nil, appliance.DermReview, false},
		{"benign, two points and not measured", second, with(func(l *appliance.Lesion) { l.ChangeSize, l.DiameterMM = appliance.Yes, 0 }), appliance.Assessed, appliance.Benign, nil, appliance.DermReview, false},
		{"benign, perhaps nodular and growing", second, with(func(l *appliance.Lesion) { l.Nodular, l.Growing = appliance.Unsure, appliance.NotAsked }), appliance.Assessed, appliance.Benign, nil, appliance.DermReview, false},
		{"benign, perhaps nodular, not growing", second, with(func(l *appliance.Lesion) { l.Nodular = appliance.Unsure }), appliance.Assessed, appliance.Benign, nil, appliance.SecondRead, false},
		{"benign, human required", second, quiet, appliance.Assessed, appliance.Benign, hit(appliance.HumanRequired), appliance.DermReview, false},
		{"benign, never lower", second, quiet, appliance.Assessed, appliance.Benign, hit(appliance.NeverLower), appliance.DermReview, false},
		{"benign, effect of a later version", second, quiet, appliance.Assessed, appliance.Benign, hit("new"), appliance.DermReview, false},
		{"melanoma, human required", second, appliance.Lesion{}, appliance.Assessed, appliance.Melanoma, hit(appliance.HumanRequired, appliance.NeverLower), appliance.UrgentReview, false},
		{"melanoma, excluded", second, appliance.Lesion{}, appliance.Assessed, appliance.Melanoma, hit(appliance.NoAI), appliance.DermReviewNoAI, false},
		{"cannot judge", second, appliance.Lesion{}, appliance.Assessed, "", hit(appliance.AfterAI), appliance.DermReviewNoAI, false},
		{"class in spite of cannot judge", second, appliance.Lesion{}, appliance.Assessed, appliance.Melanoma, hit(appliance.AfterAI), appliance.DermReviewNoAI, false},
		{"benign against seven points", second, sevenPoint, appliance.Assessed, appliance.Benign, nil, appliance.DermReviewNoAI, true},
		{"benign against growth", triage, growing, appliance.Assessed, appliance.Benign, hit(appliance.NeverLower), appliance.DermReviewNoAI, true},
		{"melanoma with seven points", second, sevenPoint, appliance.Assessed, appliance.Melanoma, nil, appliance.UrgentReview, false},
		{"not assessed", second, quiet, appliance.NotAssessed, appliance.Benign, nil, appliance.DermReviewNoAI, false},
		{"pending", second, appliance.Lesion{}, appliance.AIPending, appliance.Melanoma, nil, appliance.DermReviewNoAI, false},
		{"shadow", appliance.Shadow, appliance.Lesion{}, appliance.Assessed, appliance.Melanoma, nil, appliance.DermReviewNoAI, false},
		{"shadow, discordant", appliance.Shadow, growing, appliance.Assessed, appliance.Benign, nil, appliance.DermReviewNoAI, true},
		{"capture only", appliance.CaptureOnly, appliance.Lesion{}, appliance.Assessed, appliance.Melanoma, nil, appliance.DermReviewNoAI, false},
		{"benign, left to the trust", appliance.AutonomousBenign, quiet, appliance.Assessed, appliance.Benign, nil, appliance.DermReview, false},
		{"melanoma, benign left to the trust", appliance.AutonomousBenign, quiet, appliance.Assessed, appliance.Melanoma, nil, appliance.UrgentReview, false},
		{"no such pathway", "DISCHARGE", quiet, appliance.Assessed, appliance.Benign, nil, appliance.DermReviewNoAI, false},
		{"no such class", triage, appliance.Lesion{}, appliance.Assessed, "NEW", nil, appliance.DermReviewNoAI, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := engine(t).Route(eligibility.Question{Pathway: c.pathway, Lesion: c.lesion, Status: c.status, Class: c.class, Hits: c.hits, Facts: eligible().f})
			if d.Route != c.want || d.Discordant != c.discordant || !text.Has(d.Why) {
				t.Errorf("%+v", d)
			}
		})
	}
}

// Whatever the table of rules that are not there, or no longer in force, would have said.
func TestRulesThatAreNotInForceRouteAsNone(t *testing.T) {
	urgent := parsed(t, edit(t, func(f map[string]any, _ []any) { everyRoute(f, "URGENT_DERM_REVIEW") }))
	q := eligibility.Question{Pathway: appliance.TriagePriority, Lesion: *eligible().lesion(), Status: appliance.Assessed, Class: appliance.Melanoma,
		Facts: eligible().f}
	if d := urgent.Route(q); d.Route != appliance.UrgentReview {
		t.Fatalf("in force: %+v", d)
	}
	var none *eligibility.Engine
	if d := none.Route(q); d.Route != appliance.DermReviewNoAI || d.Why != "rules.why.no_rules" {
		t.Errorf("none: %+v", d)
	}
	q.Facts.Reached = urgent.ExpiresAt()
	if d := urgent.Route(q); d.Route != appliance.DermReviewNoAI || d.Why != "rules.why.expired" || d.Discordant {
		t.Errorf("expired: %+v", d)
	}
}

// everyRoute writes one route into each line of the table.
func everyRoute(f map[string]any, route string) {
	for _, part := range f["routes"].(map[string]any) {
		for name := range part.(map[string]any) {
			part.(map[string]any)[name] = route
		}
	}
}
