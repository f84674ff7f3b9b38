package eligibility_test

import (
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/eligibility"
)

func TestRoutes(t *testing.T) {
	sevenPoint := appliance.Lesion{ChangeSize: appliance.Yes, Oozing: appliance.Yes}
	growing := appliance.Lesion{Nodular: appliance.Yes, Growing: appliance.Yes}
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
		{"benign, triage", triage, appliance.Lesion{}, appliance.Assessed, appliance.Benign, nil, appliance.DermReview, false},
		{"benign, second read", second, appliance.Lesion{}, appliance.Assessed, appliance.Benign, nil, appliance.SecondRead, false},
		{"benign, human required", second, appliance.Lesion{}, appliance.Assessed, appliance.Benign, hit(appliance.HumanRequired), appliance.DermReview, false},
		{"benign, never lower", second, appliance.Lesion{}, appliance.Assessed, appliance.Benign, hit(appliance.NeverLower), appliance.DermReview, false},
		{"benign, effect of a later version", second, appliance.Lesion{}, appliance.Assessed, appliance.Benign, hit("new"), appliance.DermReview, false},
		{"melanoma, human required", second, appliance.Lesion{}, appliance.Assessed, appliance.Melanoma, hit(appliance.HumanRequired, appliance.NeverLower), appliance.UrgentReview, false},
		{"melanoma, excluded", second, appliance.Lesion{}, appliance.Assessed, appliance.Melanoma, hit(appliance.NoAI), appliance.DermReviewNoAI, false},
		{"cannot judge", second, appliance.Lesion{}, appliance.Assessed, "", hit(appliance.AfterAI), appliance.DermReviewNoAI, false},
		{"class in spite of cannot judge", second, appliance.Lesion{}, appliance.Assessed, appliance.Melanoma, hit(appliance.AfterAI), appliance.DermReviewNoAI, false},
		{"benign against seven points", second, sevenPoint, appliance.Assessed, appliance.Benign, nil, appliance.DermReviewNoAI, true},
		{"benign against growth", triage, growing, appliance.Assessed, appliance.Benign, hit(appliance.NeverLower), appliance.DermReviewNoAI, true},
		{"melanoma with seven points", second, sevenPoint, appliance.Assessed, appliance.Melanoma, nil, appliance.UrgentReview, false},
		{"not assessed", second, appliance.Lesion{}, appliance.NotAssessed, appliance.Benign, nil, appliance.DermReviewNoAI, false},
		{"pending", second, appliance.Lesion{}, appliance.AIPending, appliance.Melanoma, nil, appliance.DermReviewNoAI, false},
		{"shadow", appliance.Shadow, appliance.Lesion{}, appliance.Assessed, appliance.Melanoma, nil, appliance.DermReviewNoAI, false},
		{"shadow, discordant", appliance.Shadow, growing, appliance.Assessed, appliance.Benign, nil, appliance.DermReviewNoAI, true},
		{"capture only", appliance.CaptureOnly, appliance.Lesion{}, appliance.Assessed, appliance.Melanoma, nil, appliance.DermReviewNoAI, false},
		{"no such pathway", "AUTONOMOUS_BENIGN", appliance.Lesion{}, appliance.Assessed, appliance.Benign, nil, appliance.DermReviewNoAI, false},
		{"no such class", triage, appliance.Lesion{}, appliance.Assessed, "NEW", nil, appliance.DermReviewNoAI, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			route, discordant := eligibility.Route(c.pathway, c.lesion, c.status, c.class, c.hits)
			if route != c.want || discordant != c.discordant {
				t.Errorf("route %s, discordant %v", route, discordant)
			}
		})
	}
}
