package inference

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"dermbox/appliance"
	"dermbox/appliance/worker"
	"dermbox/inference/pack"
)

// runner asks one worker process about one pack.
type runner struct {
	pack *pack.Pack
	p    *worker.Process
}

// load gives the worker the model, and names the engine that runs it.
func (r runner) load(ctx context.Context) (engine string, err error) {
	m := &r.pack.Manifest
	var reply LoadReply
	_, err = r.p.Call(ctx, RequestLoad, LoadRequest{
		SHA256: r.pack.ModelSHA256(), InputDims: m.Input.Dims(), InputType: m.Input.DType,
		Outputs: len(m.Output.Labels), Features: m.FeatureCount(), MinRuntime: m.MinRuntime,
	}, r.pack.Model, &reply)
	return engineName(reply.Engine), err
}

// run has the worker judge one tensor, as EncodeTensor gives it, and says how many milliseconds the model alone took.
func (r runner) run(ctx context.Context, tensor []byte) (a Answer, tookMS float64, err error) {
	var reply RunReply
	body, err := r.p.Call(ctx, RequestRun, nil, tensor, &reply)
	if err != nil {
		return a, 0, err
	}
	raw, err := DecodeTensor(body)
	if err != nil {
		return a, 0, badOutput(err)
	}
	a, err = ReadAnswer(&r.pack.Manifest, r.pack.Features, raw)
	return a, reply.TookMS, err
}

// selfTest has the worker answer the pack's golden vectors. It gives the largest difference of a probability to the known
// one, and Unverified inference.golden_mismatch for the first vector that is answered otherwise.
func (r runner) selfTest(ctx context.Context, engine string) (worst float64, err error) {
	m := &r.pack.Manifest
	for i, vector := range r.pack.Golden.Vectors {
		got, _, err := r.run(ctx, EncodeTensor(goldenTensor(r.pack, i)))
		if err != nil {
			return worst, err
		}
		difference, err := matches(m, vector, got)
		worst = max(worst, difference)
		if err != nil {
			return worst, appliance.E(appliance.Unverified, "inference.golden_mismatch", err, "model", m.ID, "vector", vector.Name,
				"engine", engine)
		}
	}
	return worst, nil
}

// goldenTensor makes the input of a golden vector, whose picture has the input's size already.
func goldenTensor(p *pack.Pack, i int) []float32 {
	bytes := p.Golden.Picture(i)
	picture := make([]uint32, len(bytes))
	for j, b := range bytes {
		picture[j] = uint32(b) << 16
	}
	return p.Manifest.Input.Normalise(picture)
}

// matches compares an answer with the known one: within the manifest's tolerance, with the same labels over their
// thresholds, and as unlike, on the same side of the limit. It gives the largest difference of a probability.
func matches(m *pack.Manifest, want pack.Vector, answer Answer) (worst float64, err error) {
	got := answer.Probabilities
	over := []string{}
	for i, label := range m.Output.Labels {
		difference := math.Abs(got[i] - want.Probabilities[i])
		worst = max(worst, difference)
		if difference > m.Tolerance && err == nil {
			err = fmt.Errorf("%s is %v, want %v", label, got[i], want.Probabilities[i])
		}
		if got[i] >= m.Output.Classes[label].Threshold {
			over = append(over, label)
		}
	}
	slices.Sort(over)
	if err == nil && !slices.Equal(over, want.Over) {
		err = fmt.Errorf("labels %v are over their thresholds, want %v", over, want.Over)
	}
	if err == nil && m.FeatureCount() > 0 {
		err = asUnlike(*m.Output.Distribution, want.Unlikeness, answer.Unlikeness)
	}
	return worst, err
}

// asUnlike compares a score with the known one.
func asUnlike(d pack.Distribution, want, got *float64) error {
	switch {
	case want == nil || got == nil: // the pack's check and ReadAnswer hold that both are there
		return errors.New("no unlikeness")
	case !(math.Abs(*got-*want) <= d.Tolerance):
		return fmt.Errorf("the unlikeness is %v, want %v", *got, *want)
	case (*got > d.Limit) != (*want > d.Limit):
		return fmt.Errorf("the unlikeness %v and the known one, %v, are not on the same side of %v", *got, *want, d.Limit)
	}
	return nil
}
