package evaluate_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"dermbox/camera/quality"
	"dermbox/camera/quality/degrade"
	"dermbox/camera/quality/evaluate"
)

// sample has a focus and a brightness; what else is asked of it is fine.
func sample(kind degrade.Kind, focus, mean float64) evaluate.Sample {
	return evaluate.Sample{Kind: kind, Metrics: quality.Metrics{Width: 256, Height: 256, Field: quality.Field{Shape: quality.ShapeSquare, Size: 256},
		Values: map[string]float64{quality.Focus: focus, quality.ExposureMean: mean}}}
}

// base allows nearly everything.
func base() *quality.Profile {
	px, lo, hi, focus := 200.0, 10.0, 250.0, 0.1
	return &quality.Profile{Limits: []quality.Limit{{Name: quality.ImagePX, Min: &px}, {Name: quality.ExposureMean, Min: &lo, Max: &hi}, {Name: quality.Focus, Min: &focus}}}
}

// folders are 200 good photographs, and blurred and dark ones that overlap with them a little.
func folders() (good, bad []evaluate.Sample) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		good = append(good, sample("", 10+r.NormFloat64(), 140+15*r.NormFloat64()))
		bad = append(bad, sample(degrade.Blur, 6+r.NormFloat64(), 140+15*r.NormFloat64()))
	}
	for range 50 {
		bad = append(bad, sample(degrade.Under, 10+r.NormFloat64(), 70+15*r.NormFloat64()))
	}
	return good, bad
}

func TestFit(t *testing.T) {
	good, bad := folders()
	for _, keep := range []float64{0.8, 0.95, 0.99, 1} {
		t.Run(fmt.Sprint(keep), func(t *testing.T) {
			p := evaluate.Fit(base(), good, bad, keep)
			if p.Good.Value() < keep {
				t.Errorf("only %v of the good pass", p.Good)
			}
			if p.Right.Value() < 0.75 || p.Base.Bad.Value() > 0.01 || p.Base.Good.Value() != 1 {
				t.Errorf("right %v, before %v", p.Right, p.Base)
			}
			if again := evaluate.Fit(base(), good, bad, keep); !reflect.DeepEqual(p, again) {
				t.Error("the second fit differs")
			}
			for _, e := range p.Ends {
				switch {
				case e.Check == quality.ImagePX && e.Proposed != 200:
					t.Errorf("pixels were fitted: %+v", e)
				case e.Check == quality.ExposureMean && e.Max && e.Proposed < 200:
					t.Errorf("nothing bad is bright, and the limit came down: %+v", e)
				case e.Check == quality.Focus && (e.Proposed < 6 || e.Proposed > 10 || len(e.Trades) < 3):
					t.Errorf("%+v", e)
				}
			}
			if _, err := json.Marshal(p); err != nil {
				t.Error(err)
			}
		})
	}
}

// Fewer good that must pass never refuse fewer bad.
func TestFitTradesOff(t *testing.T) {
	good, bad := folders()
	last := -1.0
	for _, keep := range []float64{1, 0.99, 0.97, 0.95, 0.9} {
		p := evaluate.Fit(base(), good, bad, keep)
		if p.Right.Value() < last {
			t.Errorf("keeping %v refuses %v, less than before", keep, p.Right)
		}
		last = p.Right.Value()
	}
}

// A photograph of which nothing could be measured stays refused, and the fit goes on without it.
func TestFitWithGaps(t *testing.T) {
	good, bad := folders()
	delete(good[0].Metrics.Values, quality.Focus)
	p := evaluate.Fit(base(), good, bad, 0.95)
	if p.Good.K < 190 || p.Good.K > 199 {
		t.Errorf("%v", p.Good)
	}
	for _, list := range [][2][]evaluate.Sample{{nil, nil}, {good[:1], nil}, {nil, bad[:1]}, {good[:1], bad[:1]}} {
		evaluate.Fit(base(), list[0], list[1], 0.95)
	}
}
