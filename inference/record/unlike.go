package record

import (
	"fmt"
	"math"

	"dermbox/appliance"
	"dermbox/inference/pack"
)

// unlike is the group of pictures without a label that the model cannot judge. It is no label, nor several sorted ones.
const unlike = "unlike pictures"

// clearOfLimit says whether a score keeps twice the tolerance from the limit.
func clearOfLimit(m *pack.Manifest, score float64) bool {
	d := m.Output.Distribution
	return math.Abs(score-d.Limit) > 2*d.Tolerance
}

// strangest is the highest score of the pictures without a label, for whoever must find a stranger one.
type strangest struct {
	pictures int
	highest  float64
}

func (s *strangest) see(p Picture, c candidate) {
	if p.Group == "" && c.vector.Unlikeness != nil {
		s.pictures++
		s.highest = max(s.highest, *c.vector.Unlikeness)
	}
}

func (s *strangest) refusal(m *pack.Manifest) error {
	return appliance.E(appliance.Invalid, "inference.record_unlike", nil, "candidates", fmt.Sprint(s.pictures),
		"highest", fmt.Sprintf("%.3g", s.highest), "limit", fmt.Sprint(m.Output.Distribution.Limit))
}
