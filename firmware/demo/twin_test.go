package demo_test

import (
	"slices"
	"strings"
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/text"
	"dermbox/firmware/demo"
)

// twins forgets to move the dermatoscope on to the second lesion: the still is refused by name, and when it is kept with a reason no
// model judges that lesion. The first one's finding stands. When another lesion lies under the dermatoscope both are judged.
func twins(t *testing.T, r *rig) {
	sentence := text.T("quality.twin.low", map[string]string{"label": "L1"})
	for name, tt := range map[string]struct {
		second string
		twin   bool
	}{"not moved": {"nv,2,400004", true}, "moved on": {"nv,2,400005", false}} {
		r.control(t, "--subject", "nv,2,400004", "none")
		v, err := r.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := v.Capture(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := v.AnotherLesion(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.control(t, "--subject", tt.second, "none")
		if err := v.Capture(t.Context()); err != nil { // a twin three times, and then with a reason
			t.Fatal(err)
		}
		if err := v.SignOff(t.Context()); err != nil {
			t.Fatal(err)
		}
		trace := r.received(t, v.ID())
		if len(trace.Captures) != 2 || len(trace.Findings) != 2 {
			t.Fatalf("%s: %d images, %d findings", name, len(trace.Captures), len(trace.Findings))
		}
		second, finding := trace.Captures[1], trace.Findings[1]
		if second.Overridden != tt.twin || second.Quality.HardFail != tt.twin || saysTwin(trace, sentence) != tt.twin {
			t.Errorf("%s: %+v", name, second.Quality)
		}
		hit := slices.ContainsFunc(finding.Hits, func(h appliance.RuleHit) bool { return h.Rule == "X18" })
		if hit != tt.twin || (finding.Status == appliance.Assessed) == tt.twin || trace.Findings[0].Status != appliance.Assessed {
			t.Errorf("%s: the first lesion is %s; the second is %s, %s", name, trace.Findings[0].Status, finding.Status, finding.Reason)
		}
	}
}

// saysTwin says whether the second still's verdict has the sentence that names the first lesion.
func saysTwin(trace demo.Trace, sentence string) bool {
	return slices.ContainsFunc(trace.Captures[1].Quality.Measures, func(m appliance.Measure) bool {
		return !m.Pass && strings.Contains(text.T(m.Key, m.Params), sentence)
	})
}
