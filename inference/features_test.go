package inference_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/inference"
	"dermbox/inference/graph/graphtest"
	"dermbox/inference/pack"
)

// unlikeness is the score that the made-up model's features come to for a brightness from 0 to 1: high for a dark picture.
func unlikeness(brightness float64) float64 { return math.Pow(2.5*(1-2*brightness), 2) }

// featuresOf gives the features of a picture by its first value, as many as were asked for.
func (m *madeUp) featuresOf(brightness float32, run int32) []float32 {
	features := make([]float32, m.features.Load())
	if len(features) == 0 {
		if m.mode != "features for nobody" {
			return nil
		}
		features = make([]float32, 48)
	}
	features[0] = 1000 * brightness // explained by the basis
	features[1] = 2.5 * (1 - 2*brightness)
	switch {
	case int(math.Round(float64(brightness)*255)) == lostAt:
		features[1] = float32(math.NaN())
	case m.mode == "no features":
		return nil
	case m.mode == "features cut":
		return features[:47]
	case m.mode == "features a little off":
		features[1] += 0.001
	case m.mode == "features off":
		features[1] += 0.01
	case m.mode == "features stuck" && run > goldenRuns:
		features[1] = 1
	}
	return features
}

// residualPack is a verified pack of the made-up model with 48 features; with them grey (51) scores 2.25 and black 6.25.
func residualPack(t *testing.T) *pack.Pack {
	t.Helper()
	m := manifest()
	m.Output.Distribution = &pack.Distribution{Method: pack.FeatureResidual, Limit: 3, Features: 48, Directions: 1, Tolerance: 0.02}
	grey, black := unlikeness(0.2), unlikeness(0)
	golden, err := json.Marshal(pack.Golden{Schema: pack.GoldenSchema, Vectors: []pack.Vector{
		{Name: "grey", Probabilities: []float64{0.8, 0.2}, Over: []string{"mel", "nv"}, Unlikeness: &grey},
		{Name: "black", Probabilities: []float64{1, 0}, Over: []string{"nv"}, Unlikeness: &black},
	}})
	if err != nil {
		t.Fatal(err)
	}
	features := make([]float32, 48+48+1) // mean 0, the first axis, scale
	features[48], features[96] = 1, 1
	return verified(t, m, map[string][]byte{
		"model.tflite": graphtest.Model{Between: []int32{1, 2}, Result: []int32{1, 2}, Outputs: []int32{0, 3}}.Bytes(), "card.md": []byte("#"),
		"golden.json": golden, "golden.bin": append(bytes.Repeat([]byte{51}, 48), make([]byte, 48)...),
		"features.bin": inference.EncodeTensor(features),
	})
}

func residualOptions(t *testing.T, mode string) inference.ClientOptions {
	o := options(t, mode)
	o.Pack = residualPack(t)
	return o
}

// The worker is asked for features, and the picture's score goes with its probabilities, up to what is said of the lesion.
func TestAssessWithFeatures(t *testing.T) {
	for _, mode := range []string{"good", "features a little off"} {
		c := serve(t, residualOptions(t, mode))
		for brightness, test := range map[byte]struct {
			most appliance.Class
			over bool
		}{
			102:    {appliance.Melanoma, false},
			20:     {"", true},                 // benign, if it were like the training pictures
			25:     {"", true},                 // too
			254:    {appliance.Melanoma, true}, // suspicious, however strange
			lostAt: {appliance.Melanoma, true},
		} {
			scores, err := c.Assess(within(t), grey(brightness))
			if err != nil {
				t.Fatal(err)
			}
			want := unlikeness(float64(brightness) / 255)
			if brightness == lostAt {
				want = pack.MaxUnlikeness
			}
			if scores.Unlikeness == nil || math.Abs(*scores.Unlikeness-want) > 0.02 {
				t.Fatalf("%s, %d: %+v, want a score of %v", mode, brightness, scores, want)
			}
			score := inference.Unlikeness(c.Manifest(), scores)
			if _, _, most, _ := inference.Interpret(c.Manifest(), scores); most != test.most || score.Over != test.over || score.Limit != 3 {
				t.Errorf("%s, %d: %q, %+v", mode, brightness, most, score)
			}
		}
	}
}

// A pack without the method is told nothing of features.
func TestAssessWithoutFeatures(t *testing.T) {
	c := serve(t, options(t, "good"))
	if scores, err := c.Assess(within(t), grey(20)); err != nil || scores.Unlikeness != nil {
		t.Fatalf("%+v, %v", scores, err)
	}
	_, err := inference.Try(within(t), options(t, "features for nobody"))
	wantKey(t, err, appliance.Internal, "inference.bad_output")
}

// A model is used only where its features are those of the known answers.
func TestTryWithFeatures(t *testing.T) {
	for mode, key := range map[string]string{
		"good": "", "features a little off": "", "features off": "inference.golden_mismatch", "no features": "inference.bad_output",
		"features cut": "inference.bad_output", "wrong": "inference.golden_mismatch",
	} {
		t.Run(mode, func(t *testing.T) {
			_, err := inference.Try(within(t), residualOptions(t, mode))
			e, _ := errors.AsType[*appliance.Error](err)
			if key == "" && err != nil || key != "" && (e == nil || e.Key != key) {
				t.Fatalf("got %v, want %q", err, key)
			}
			if mode == "features off" && !strings.Contains(fmt.Sprint(e.Err), "unlikeness is 2.28") {
				t.Fatalf("cause %v", e.Err)
			}
		})
	}
}

// Within the tolerance and yet on the other side of the limit is another answer. A pack's check keeps its vectors from the limit, so
// this one is moved afterwards.
func TestKnownAnswerOnTheOtherSide(t *testing.T) {
	for name, test := range map[string]struct{ known, limit float64 }{"known above": {2.26, 2.255}, "known below": {2.245, 2.2475}} {
		o := residualOptions(t, "good")
		o.Pack.Manifest.Output.Distribution.Limit, o.Pack.Golden.Vectors[0].Unlikeness = test.limit, &test.known
		_, err := inference.Try(within(t), o)
		e, ok := errors.AsType[*appliance.Error](err)
		if !ok || e.Key != "inference.golden_mismatch" || !strings.Contains(fmt.Sprint(e.Err), "same side") {
			t.Errorf("%s: %v", name, err)
		}
	}
	o := residualOptions(t, "good")
	o.Pack.Golden.Vectors[1].Unlikeness = nil
	_, err := inference.Try(within(t), o)
	wantKey(t, err, appliance.Unverified, "inference.golden_mismatch")
}

// A model without the output that its pack's method reads starts no worker.
func TestModelWithoutFeatures(t *testing.T) {
	for name, test := range map[string]struct {
		outputs []int32
		key     string
	}{"one output": {[]int32{3}, "inference.model.features"}, "two as large as the labels": {[]int32{3, 2}, "inference.model.outputs"}} {
		o := residualOptions(t, "good")
		o.Pack.Model = graphtest.Model{Between: []int32{1, 2}, Result: []int32{1, 2}, Outputs: test.outputs}.Bytes()
		o.WorkerPath = "/nonexistent"
		_, err := inference.Try(within(t), o)
		t.Run(name, func(t *testing.T) { wantKey(t, err, appliance.Unverified, test.key) })
	}
	// An output that nobody reads is no reason to refuse a model: see "others are ignored" in docs/models.md.
	o := options(t, "good")
	o.Pack.Model = graphtest.Model{Between: []int32{1, 7}, Result: []int32{1, 2}, Outputs: []int32{2, 3}}.Bytes()
	if err := inference.Fits(&o.Pack.Manifest, o.Pack.Model); err != nil {
		t.Error(err)
	}
}

// Features may stick while the probabilities still differ: nothing is judged benign by them.
func TestStuckFeatures(t *testing.T) {
	o := residualOptions(t, "features stuck")
	o.Restart.Min, o.Restart.Max = time.Minute, time.Minute
	c := serve(t, o)
	for i := range 8 {
		_, err := c.Assess(within(t), grey(byte(60+10*i)))
		if i < 4 && err != nil {
			t.Fatalf("still %d: %v", i, err)
		}
		if i >= 4 {
			wantKey(t, err, appliance.Unverified, "inference.golden_mismatch")
		}
	}
	var log buffer
	o = residualOptions(t, "good")
	o.Log = slog.New(slog.NewTextHandler(&log, nil))
	c = serve(t, o)
	for i := range 12 { // the scores differ
		if _, err := c.Assess(within(t), grey(byte(60+10*i))); err != nil {
			t.Fatal(err)
		}
	}
	if strings.Contains(log.String(), "it is tested") {
		t.Error(log.String())
	}
}
