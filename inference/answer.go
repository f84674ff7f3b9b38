package inference

import (
	"fmt"

	"dermbox/inference/pack"
)

// Answer is what a model says of one picture.
type Answer struct {
	Probabilities []float64 // 0 to 1, in the order of the manifest's labels
	// Unlikeness is the score of the method feature_residual, 0 to pack.MaxUnlikeness; nil with any other method.
	Unlikeness *float64
}

// ReadAnswer reads the worker's output: the labels' values and, for a model whose features say whether it can judge a picture, the
// features after them. Both must be there whole. Features that are no numbers are no error: such a picture is as unlike as can be.
// The error is Internal inference.bad_output.
func ReadAnswer(m *pack.Manifest, f *pack.Features, raw []float32) (Answer, error) {
	if f == nil {
		probabilities, err := Probabilities(m.Output, raw)
		return Answer{Probabilities: probabilities}, err
	}
	labels := len(m.Output.Labels)
	if len(raw) != labels+m.FeatureCount() {
		return Answer{}, badOutput(fmt.Errorf("%d values for %d labels and %d features", len(raw), labels, m.FeatureCount()))
	}
	probabilities, err := Probabilities(m.Output, raw[:labels])
	score := f.Score(raw[labels:])
	return Answer{Probabilities: probabilities, Unlikeness: &score}, err
}

// parts are what may each get stuck by itself: the score comes from another output of the model than the probabilities.
func (a Answer) parts() [][]float64 {
	if a.Unlikeness == nil {
		return [][]float64{a.Probabilities}
	}
	return [][]float64{a.Probabilities, {*a.Unlikeness}}
}
