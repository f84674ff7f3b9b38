package evaluate

import (
	"fmt"

	"dermbox/appliance/figure"
	"dermbox/appliance/text"
)

// Rate is a share of pictures with Wilson's interval of 95 per cent. Without any picture the figures are null.
type Rate struct {
	K     int      `json:"k"`
	N     int      `json:"n"`
	Value *float64 `json:"value"`
	Low   *float64 `json:"low"`
	High  *float64 `json:"high"`
}

// newRate counts the pictures of a list for which is holds.
func newRate[T any](list []T, is func(T) bool) Rate {
	var s figure.Share
	for _, v := range list {
		s.Add(is(v))
	}
	r := Rate{K: s.K, N: s.N}
	if s.N > 0 {
		low, high := s.Interval()
		r.Value, r.Low, r.High = at(s.Value()), at(low), at(high)
	}
	return r
}

// String gives counts, share and interval in per cent, as "27 of 30: 90.0 % (74.4 to 96.5)".
func (r Rate) String() string {
	if r.Value == nil {
		return fmt.Sprintf("%d of %d", r.K, r.N)
	}
	return fmt.Sprintf("%d of %d: %.1f %% (%.1f to %.1f)", r.K, r.N, 100**r.Value, 100**r.Low, 100**r.High)
}

// String gives the figure with its interval, as "0.912 (0.861 to 0.953)", or why it is not given.
func (e Estimate) String() string {
	switch {
	case e.Value == nil:
		key := e.Withheld
		if e.Withheld == Few && e.Others > 0 {
			key = "few_each"
		}
		return text.T("evaluation.withheld."+key, map[string]string{"n": fmt.Sprint(e.N), "others": fmt.Sprint(e.Others), "least": fmt.Sprint(MinEach)})
	case e.Low == nil:
		return fmt.Sprintf("%.3f ", *e.Value) + text.T("evaluation.withheld."+e.Withheld, nil)
	}
	return fmt.Sprintf("%.3f (%.3f to %.3f)", *e.Value, *e.Low, *e.High)
}
