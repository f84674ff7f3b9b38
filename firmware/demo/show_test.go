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
