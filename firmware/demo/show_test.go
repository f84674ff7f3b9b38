package demo_test

import (
	"bytes"
	"strings"
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/text"
	"dermbox/firmware/demo"
)

// A finding that no model made says why in words, whether a rule or a failure is the reason, and keeps the model's mark.
func TestAFindingSaysWhyItWasNotAssessed(t *testing.T) {
	for reason, key := range map[string]string{"X17": "rules.X17", "inference.bad_output": "inference.bad_output", "Z1": ""} {
		var out bytes.Buffer
		mark := text.Mark("demonstration")
		demo.NewPrinter(&out).Finding(appliance.Finding{Status: appliance.NotAssessed, Reason: reason, Route: appliance.DermReviewNoAI}, mark)
		want := text.T("demo.rule", map[string]string{"rule": reason})
		if key != "" {
			want = text.T(key, nil)
		}
		for _, sentence := range []string{text.T("demo.not_assessed", map[string]string{"reason": want}), string(appliance.DermReviewNoAI), mark} {
			if !strings.Contains(out.String(), sentence) {
				t.Errorf("%s: no %q in %s", reason, sentence, out.String())
			}
		}
	}
}

// A finding of a model that notices what it cannot judge shows the score beside its limit.
func TestAFindingSaysHowUnlikeThePictureIs(t *testing.T) {
	for want, score := range map[string]*appliance.Score{
		"unlike 1.2000 <= limit 4.0000": {Value: 1.2, Limit: 4},
		"unlike 9.0000  > limit 4.0000": {Value: 9, Limit: 4, Over: true},
		"":                              nil,
	} {
		var out bytes.Buffer
		demo.NewPrinter(&out).Finding(appliance.Finding{Status: appliance.Assessed, Stills: []appliance.StillResult{{OutOfDistribution: score}}}, "")
		if !strings.Contains(out.String(), want) || score == nil && strings.Contains(out.String(), "unlike") {
			t.Errorf("no %q in %s", want, out.String())
		}
	}
}
