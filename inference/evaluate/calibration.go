package evaluate

import (
	"math"
	"slices"

	"dermbox/inference/pack"
)

// bins is how many equal parts probabilities are sorted into.
const bins = 10

// Calibration says how far probabilities can be believed.
type Calibration struct {
	// NLL is the mean negative log likelihood, in nats: of the truth's probability when labels exclude each other, else the mean over labels
	// of each label's yes or no. Lower is better. Probabilities below 1e-15 count as that.
	NLL    Estimate           `json:"nll"`
	Top    Reliability        `json:"top"`    // of each picture's most probable label
	Labels []LabelReliability `json:"labels"` // of every label against the rest
}

// Reliability is a calibration table.
type Reliability struct {
	ECE  Estimate `json:"ece"` // expected calibration error: the mean distance of probability and observed share over the bins, each weighing as its pictures
	Bins []Bin    `json:"bins"`
}

// LabelReliability is that of one label.
type LabelReliability struct {
	Label string `json:"label"`
	Reliability
}

// Bin is the pictures whose probability lies from From to below To; 1 is in the last.
type Bin struct {
	From     float64  `json:"from"`
	To       float64  `json:"to"`
	Mean     *float64 `json:"mean"`     // of the probabilities; null without pictures
	Observed Rate     `json:"observed"` // those of them that are what was said
}

// guess is one probability and whether it came true.
type guess struct {
	p    float64
	true bool
}

func calibration(m *pack.Manifest, b Bootstrap, list []judged) Calibration {
	labels := m.Output.Labels
	var kinds [][]int
	for i := range labels {
		var kind []int
		for k, j := range list {
			if j.position == i {
				kind = append(kind, k)
			}
		}
		kinds = append(kinds, kind)
	}
	losses, top := make([]float64, len(list)), make([]guess, len(list))
	exclusive := m.Output.Activation == pack.Softmax || m.Output.Activation == pack.LogitsSoftmax
	for i, j := range list {
		losses[i], top[i] = loss(j, exclusive), mostProbable(j)
	}
	c := Calibration{Labels: []LabelReliability{}, Top: reliability(b, "ece", kinds, top),
		NLL: b.mean("nll", kinds, len(list), func(chosen []int) float64 {
			sum := 0.0
			for _, i := range chosen {
				sum += losses[i]
			}
			return sum / float64(len(chosen))
		})}
	for i, label := range labels {
		guesses := make([]guess, len(list))
		for k, j := range list {
			guesses[k] = guess{j.Scores.Probabilities[i], j.position == i}
		}
		c.Labels = append(c.Labels, LabelReliability{label, reliability(b, "ece/"+label, kinds, guesses)})
	}
	return c
}

// mostProbable is the picture's largest probability; of equal ones the first label counts.
func mostProbable(j judged) guess {
	p := slices.Max(j.Scores.Probabilities)
	return guess{p, slices.Index(j.Scores.Probabilities, p) == j.position}
}

func loss(j judged, exclusive bool) float64 {
	const least = 1e-15
	if exclusive {
		return -math.Log(max(least, j.Scores.Probabilities[j.position]))
	}
	sum := 0.0
	for i, p := range j.Scores.Probabilities {
		if i != j.position {
			p = 1 - p
		}
		sum -= math.Log(max(least, p))
	}
	return sum / float64(len(j.Scores.Probabilities))
}

func reliability(b Bootstrap, name string, kinds [][]int, guesses []guess) Reliability {
	r := Reliability{Bins: make([]Bin, bins)}
	parts := make([][]guess, bins)
	sums := make([]float64, bins)
	for _, g := range guesses {
		i := bin(g.p)
		parts[i], sums[i] = append(parts[i], g), sums[i]+g.p
	}
	for i := range r.Bins {
		r.Bins[i] = Bin{From: float64(i) / bins, To: float64(i+1) / bins, Observed: newRate(parts[i], func(g guess) bool { return g.true })}
		if n := len(parts[i]); n > 0 {
			r.Bins[i].Mean = at(sums[i] / float64(n))
		}
	}
	r.ECE = b.mean(name, kinds, len(guesses), func(chosen []int) float64 {
		var distance [bins]float64
		for _, i := range chosen {
			g := guesses[i]
			d := g.p
			if g.true {
				d--
			}
			distance[bin(g.p)] += d
		}
		sum := 0.0
		for _, d := range distance {
			sum += math.Abs(d)
		}
		return sum / float64(len(chosen))
	})
	return r
}

func bin(p float64) int { return min(bins-1, int(p*bins)) }
