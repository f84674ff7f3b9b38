package inference

import (
	"fmt"
	"math"

	"dermbox/appliance"
	"dermbox/inference/pack"
)

// sumSlack is how far the sum of exclusive probabilities may be from 1: the rounding of 64 quantised outputs, no more.
const sumSlack = 0.02

// Probabilities makes the model's raw output into probabilities as the manifest says, and refuses an answer that is none:
// a wrong count, a value that is not finite, one outside 0 to 1, or exclusive ones that do not add up to 1. The error is
// Internal inference.bad_output.
func Probabilities(o pack.Output, raw []float32) ([]float64, error) {
	if len(raw) != len(o.Labels) {
		return nil, badOutput(fmt.Errorf("%d values for %d labels", len(raw), len(o.Labels)))
	}
	out := make([]float64, len(raw))
	for i, v := range raw {
		out[i] = float64(v)
		if math.IsNaN(out[i]) || math.IsInf(out[i], 0) {
			return nil, badOutput(fmt.Errorf("value %d is %v", i, v))
		}
	}
	temperature := o.Temperature
	if temperature == 0 {
		temperature = 1
	}
	switch o.Activation {
	case pack.LogitsSoftmax:
		softmax(out, temperature)
	case pack.LogitsSigmoid:
		for i, v := range out {
			out[i] = 1 / (1 + math.Exp(-v/temperature))
		}
	}
	return out, checkProbabilities(o, out)
}

func softmax(v []float64, temperature float64) {
	top, sum := math.Inf(-1), 0.0
	for _, x := range v {
		top = max(top, x)
	}
	for i, x := range v {
		v[i] = math.Exp((x - top) / temperature)
		sum += v[i]
	}
	for i := range v {
		v[i] /= sum
	}
}

func checkProbabilities(o pack.Output, p []float64) error {
	const rounding = 1e-3
	sum := 0.0
	for i, v := range p {
		if v < -rounding || v > 1+rounding {
			return badOutput(fmt.Errorf("probability %d is %v", i, v))
		}
		p[i] = max(0, min(1, v))
		sum += p[i]
	}
	exclusive := o.Activation == pack.Softmax || o.Activation == pack.LogitsSoftmax
	if exclusive && math.Abs(sum-1) > sumSlack {
		return badOutput(fmt.Errorf("probabilities add up to %v", sum))
	}
	return nil
}

func badOutput(cause error) error {
	return appliance.E(appliance.Internal, "inference.bad_output", cause)
}
