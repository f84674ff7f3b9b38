package evaluate

import (
	"slices"
	"strings"

	"dermbox/appliance"
)

// Reason is a check that is right to refuse a fault, at one end of its limit or at either.
type Reason struct {
	Check string
	End   string // "low", "high", or "" for either
}

func reasons(checks ...string) (list []Reason) {
	for _, c := range checks {
		list = append(list, Reason{Check: c})
	}
	return list
}

func low(check string) Reason  { return Reason{check, "low"} }
func high(check string) Reason { return Reason{check, "high"} }

// Fits says whether a measure failed for this reason.
func (r Reason) Fits(m appliance.Measure) bool {
	return !m.Pass && m.Name == r.Check && (r.End == "" || strings.HasSuffix(m.Key, "."+r.End))
}

// String gives the reason as "focus" or "exposure_mean.high".
func (r Reason) String() string {
	if r.End == "" {
		return r.Check
	}
	return r.Check + "." + r.End
}

// Right says whether a verdict refuses for one of the reasons: said, the first that failed, whose sentence the user reads, is
// one of them; named, any that failed is.
func Right(v appliance.Verdict, right []Reason) (said, named bool) {
	fits := func(m appliance.Measure) bool {
		return slices.ContainsFunc(right, func(r Reason) bool { return r.Fits(m) })
	}
	first := slices.IndexFunc(v.Measures, func(m appliance.Measure) bool { return !m.Pass })
	return first >= 0 && fits(v.Measures[first]), slices.ContainsFunc(v.Measures, fits)
}
