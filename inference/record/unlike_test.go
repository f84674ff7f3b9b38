package record_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/text"
	"dermbox/inference"
	"dermbox/inference/pack"
	"dermbox/inference/record"
)

// darkness is a model with features: a picture of brightness 0 to 9 has that as its score, any other one half.
type darkness struct{ brightness }

func (d *darkness) Run(ctx context.Context, tensor []float32) ([]float32, error) {
	labels, err := d.brightness.Run(ctx, tensor)
	score := math.Round(float64(tensor[0]) * 255)
	if score > 9 {
		score = 0.5
	}
	return append(labels, 100*tensor[0], float32(math.Sqrt(score)), 0), err
}

// residual asks for scores of at most 2.
func residual(t *testing.T) record.Options {
	t.Helper()
	m := manifest(4)
	m.Output.Distribution = &pack.Distribution{Method: pack.FeatureResidual, Limit: 2, Features: 3, Directions: 1, Tolerance: 0.02}
	f, err := pack.ReadFeatures(m, inference.EncodeTensor([]float32{0, 0, 0, 1, 0, 0, 1}))
	if err != nil {
		t.Fatal(err)
	}
	return record.Options{Manifest: m, Features: f, Optics: m.Optics[0], Model: &darkness{}}
}

// Of the pictures without a label at least one is kept that the model cannot judge, before any other.
func TestGoldenOfUnlikePictures(t *testing.T) {
	for name, test := range map[string]struct {
		each     int
		pictures []record.Picture
		want     string
		scores   []float64
	}{
		"one of each": {1, []record.Picture{grey("nv", 1), grey("mel", 200), grey("", 3)}, "01 unlike pictures, 02 nv, 03 mel", []float64{3, 1, 0.5}},
		"no more than wanted": {2, []record.Picture{grey("", 3), grey("", 4), grey("", 5), grey("mel", 200)},
			"01 unlike pictures, 02 mel, 03 unlike pictures", []float64{3, 0.5, 4}},
		"near the limit":        {3, []record.Picture{grey("nv", 2), grey("", 2), grey("", 9), grey("nv", 1)}, "01 unlike pictures, 02 nv", []float64{9, 1}},
		"without a label alone": {1, []record.Picture{grey("", 1), grey("", 200), grey("", 9)}, "01 unlike pictures, 02 nv, 03 mel", []float64{9, 1, 0.5}},
		"a label is believed":   {1, []record.Picture{grey("nv", 8), grey("", 9)}, "01 unlike pictures, 02 nv", []float64{9, 8}},
	} {
		t.Run(name, func(t *testing.T) {
			o := residual(t)
			o.Each = test.each
			a, err := record.Golden(t.Context(), o, test.pictures)
			if err != nil {
				t.Fatal(err)
			}
			var g pack.Golden
			if err := json.Unmarshal(a.JSON, &g); err != nil {
				t.Fatal(err)
			}
			var names []string
			for i, v := range g.Vectors {
				names = append(names, v.Name)
				if v.Unlikeness == nil || math.Abs(*v.Unlikeness-test.scores[i]) > 1e-5 {
					t.Errorf("%s: %+v, want a score of %v", v.Name, v, test.scores[i])
				}
			}
			if got := strings.Join(names, ", "); got != test.want {
				t.Errorf("recorded %q, want %q", got, test.want)
			}
		})
	}
}

// Without one there are no known answers of this method, and whoever makes them is told what to add.
func TestGoldenWithoutUnlikePictures(t *testing.T) {
	for name, test := range map[string]struct {
		pictures []record.Picture
		says     string
	}{
		"labels alone":       {[]record.Picture{grey("nv", 1), grey("mel", 200), grey("nv", 9)}, "of 0 the highest score is 0"},
		"no pictures":        {nil, "of 0 the highest score is 0"},
		"all like others":    {[]record.Picture{grey("", 1), grey("", 200), grey("mel", 200)}, "of 2 the highest score is 1"},
		"one on the limit":   {[]record.Picture{grey("", 2), grey("nv", 1)}, "of 1 the highest score is 2"},
		"the same as a like": {[]record.Picture{grey("nv", 9), grey("", 9)}, "of 1 the highest score is 9"},
	} {
		t.Run(name, func(t *testing.T) {
			o := residual(t)
			o.Each = 2
			_, err := record.Golden(t.Context(), o, test.pictures)
			e, ok := errors.AsType[*appliance.Error](err)
			if !ok || e.Code != appliance.Invalid || e.Key != "inference.record_unlike" {
				t.Fatalf("got %v", err)
			}
			for _, says := range []string{test.says, "limit of 2", "empty label in labels.csv"} {
				if sentence := text.Error(err); !strings.Contains(sentence, says) {
					t.Errorf("%s, want %q", sentence, says)
				}
			}
		})
	}
}
