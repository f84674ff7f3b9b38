package intake_test

import (
	"testing"

	"dermbox/appliance"
)

// Rule X19: a picture unlike those that the model knows is not benign, whatever else the answer says; something worse stays what it
// is, and so it does beside a still that the model cannot judge. The record holds each still's score with the model's limit.
func TestUnlikePicturesAreNotBenign(t *testing.T) {
	like, unlike := appliance.Score{Value: 1.9, Limit: 1.9}, appliance.Score{Value: 40, Limit: 1.9, Over: true}
	type still struct {
		class appliance.Class
		score appliance.Score
	}
	for name, test := range map[string]struct {
		stills []still
		status appliance.AIStatus
		class  appliance.Class
		reason string
		route  appliance.Route
	}{
		"benign, and like others":        {[]still{{appliance.Benign, like}}, appliance.Assessed, appliance.Benign, "", appliance.DermReview},
		"benign, and unlike":             {[]still{{appliance.Benign, unlike}}, appliance.NotAssessed, "", "X19", appliance.DermReviewNoAI},
		"benign, one of two unlike":      {[]still{{appliance.Benign, like}, {appliance.Benign, unlike}}, appliance.NotAssessed, "", "X19", appliance.DermReviewNoAI},
		"a melanoma, and unlike":         {[]still{{appliance.Melanoma, unlike}}, appliance.Assessed, appliance.Melanoma, "", appliance.UrgentReview},
		"a melanoma beside one unlike":   {[]still{{appliance.Melanoma, like}, {appliance.Benign, unlike}}, appliance.Assessed, appliance.Melanoma, "", appliance.UrgentReview},
		"an unlike carcinoma and benign": {[]still{{appliance.SCC, unlike}, {appliance.Benign, like}}, appliance.Assessed, appliance.SCC, "", appliance.UrgentReview},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t).toImages()
			for i, s := range test.stills {
				r.model.set(func(m *StandInModel) { m.class, m.unlike = s.class, &s.score })
				if _, err := r.press(); err != nil {
					t.Fatal(err)
				}
				r.judgedStills(i + 1)
			}
			f := r.must(r.signOff()).Case.Findings[0]
			if f.Status != test.status || f.Class != test.class || f.Reason != test.reason || f.Route != test.route || len(f.Stills) != len(test.stills) {
				t.Fatalf("%+v", f)
			}
			for i, s := range test.stills {
				if got := f.Stills[i].OutOfDistribution; got == nil || *got != s.score {
					t.Errorf("still %d: %+v, want %+v", i, got, s.score)
				}
			}
		})
	}
}
