package inference

import (
	"slices"

	"dermbox/appliance"
)

// strikes is how many self-tests may fail while the model is in use before it stays out of use.
const strikes = 2

// stuck remembers failed self-tests of a model in use over its workers: a worker that is fresh gives the known answers even where
// the next thing it does is to stick again. It is guarded by the Client's lock.
type stuck struct {
	answers  [][]float64 // that may have come from a stuck worker: each is suspect at once, and is never vouched for
	failures int
	out      error // why the model stays out of use; nil: it does not
}

// failed takes a failed self-test and the answers that were in doubt then. A worker that died or was slow gave no wrong answer,
// so that only its last answer is remembered.
func (s *stuck) failed(model string, cause error, answers ...[]float64) {
	for _, a := range answers {
		if a != nil && !s.has(a) {
			s.answers = append(s.answers, slices.Clone(a))
		}
	}
	if passing(keyOf(cause)) {
		return
	}
	if s.failures++; s.failures >= strikes {
		s.out = appliance.E(appliance.Unverified, "inference.set_aside", cause, "model", model)
	}
}

func (s *stuck) has(answer []float64) bool {
	return slices.ContainsFunc(s.answers, func(a []float64) bool { return slices.Equal(a, answer) })
}
