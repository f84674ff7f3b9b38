package inference

import (
	"hash/maphash"
	"slices"
)

// suspicious is how many different inputs in a row may get the same answer to the bit before the model is tested.
const suspicious = 5

// sameness notices a model that answers everything with the same: a known way in which runtimes fail in silence.
type sameness struct {
	seed    maphash.Seed
	answer  []float64
	inputs  map[uint64]bool // that got the answer
	vouched bool            // the golden vectors were right when it had been given suspicious times
}

// note takes an input tensor's bytes and its answer, and says whether the model should be tested before the answer is used.
func (s *sameness) note(tensor []byte, answer []float64) bool {
	if s.inputs == nil || !slices.Equal(s.answer, answer) {
		*s = sameness{seed: maphash.MakeSeed(), answer: answer, inputs: map[uint64]bool{}}
	}
	if s.vouched {
		return false
	}
	s.inputs[maphash.Bytes(s.seed, tensor)] = true
	return len(s.inputs) >= suspicious
}

// vouch lets the answer that was tested pass from now on, if it is still the present one.
func (s *sameness) vouch(tested []float64) {
	if s.inputs != nil && slices.Equal(s.answer, tested) {
		s.vouched, s.inputs = true, map[uint64]bool{}
	}
}
