package inference

import (
	"hash/maphash"
	"slices"
)

// suspicious is how many different inputs in a row may get the same answer to the bit before the model is tested.
const suspicious = 5

// sameness notices a model that answers everything with the same: a known way in which runtimes fail in silence. The parts of an
// answer are looked at each by itself: probabilities that still differ say nothing of features that no longer do.
type sameness struct {
	seed  maphash.Seed
	parts [2]repeat
}

// repeat is one part of the last answer.
type repeat struct {
	answer  []float64
	inputs  map[uint64]bool // that got the answer
	vouched bool            // the golden vectors were right when it had been given suspicious times
}

// note takes an input tensor's bytes and its answer, and says whether the model should be tested before the answer is used.
func (s *sameness) note(tensor []byte, answer Answer) (often bool) {
	if s.parts[0].inputs == nil {
		s.seed = maphash.MakeSeed()
	}
	var input uint64
	for i, part := range answer.parts() {
		r := &s.parts[i]
		if r.inputs == nil || !slices.Equal(r.answer, part) {
			*r = repeat{answer: part, inputs: map[uint64]bool{}}
		}
		if r.vouched {
			continue
		}
		if input == 0 {
			input = maphash.Bytes(s.seed, tensor)
		}
		r.inputs[input] = true
		often = often || len(r.inputs) >= suspicious
	}
	return often
}

// vouch lets what was tested of an answer pass from now on, where it is still the present one.
func (s *sameness) vouch(tested Answer) {
	for i, part := range tested.parts() {
		if r := &s.parts[i]; len(r.inputs) >= suspicious && slices.Equal(r.answer, part) {
			r.vouched, r.inputs = true, map[uint64]bool{}
		}
	}
}

// answers gives the parts of the last answer.
func (s *sameness) answers() (all [][]float64) {
	for _, r := range s.parts {
		if r.answer != nil {
			all = append(all, r.answer)
		}
	}
	return all
}
