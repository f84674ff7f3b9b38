package pack

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"

	"dermbox/appliance/signed"
)

// GoldenSchema is the version of golden.json's form.
const GoldenSchema = "dermbox.golden/1"

// Bounds of the known answers. One answer proves nothing: a model that says the same of everything would give it too.
const (
	MinVectors = 2
	MaxVectors = 64
	// minSpread is by how much two answers must differ for at least one label.
	minSpread = 0.05
	// sumSlack is how far exclusive probabilities may be from a sum of 1: the rounding of 64 quantised outputs.
	sumSlack = 0.02
)

// Golden is the known answers of a model: before it may judge anything on a device it must give them there too, because
// kernels differ by processor and an old runtime can be wrong in silence.
type Golden struct {
	Schema  string   `json:"schema"`
	Vectors []Vector `json:"vectors"`

	pixels int    // of one picture
	data   []byte // golden.bin
}

// Vector is one picture and what the model says of it.
type Vector struct {
	Name          string    `json:"name"`
	Probabilities []float64 `json:"probabilities"` // in the order of Output.Labels
	Over          []string  `json:"over"`          // labels at or over their thresholds, sorted
	// Unlikeness is the score of the method feature_residual; nil with any other.
	Unlikeness *float64 `json:"unlikeness,omitempty"`
}

// Picture gives the picture of vector i: R, G, B bytes, of exactly the input's width and height.
func (g *Golden) Picture(i int) []byte { return g.data[i*g.pixels*3 : (i+1)*g.pixels*3] }

// CheckGolden refuses known answers that no pack of this manifest may hold, with Unverified "pack.golden".
func CheckGolden(m *Manifest, text, data []byte) error {
	_, err := readGolden(m, text, data)
	return err
}

// readGolden checks the vectors against the manifest: their number, their pictures, that each answer is sound, and that together
// they would notice a model that says the same of everything.
func readGolden(m *Manifest, text, data []byte) (*Golden, error) {
	g := &Golden{pixels: m.Input.Width * m.Input.Height, data: data}
	if err := signed.Unmarshal(text, g); err != nil || g.Schema != GoldenSchema {
		return nil, unusable(memberGolden, errNoAnswers)
	}
	if len(g.Vectors) < MinVectors || len(g.Vectors) > MaxVectors {
		return nil, unusable(memberGolden, fmt.Errorf("%d vectors instead of %d to %d", len(g.Vectors), MinVectors, MaxVectors))
	}
	if want := len(g.Vectors) * g.pixels * 3; len(data) != want {
		return nil, unusable(memberGoldenData, fmt.Errorf("%d bytes of pictures instead of %d", len(data), want))
	}
	for i, v := range g.Vectors {
		err := v.check(m)
		if err == nil {
			err = v.checkUnlikeness(m)
		}
		if slices.ContainsFunc(g.Vectors[:i], func(w Vector) bool { return w.Name == v.Name }) {
			err = fmt.Errorf("vector %s is there twice", shown(v.Name))
		}
		if err != nil {
			return nil, unusable(memberGolden, err)
		}
	}
	if err := g.checkPictures(); err != nil {
		return nil, unusable(memberGoldenData, err)
	}
	if err := g.checkTogether(m); err != nil {
		return nil, unusable(memberGolden, err)
	}
	return g, nil
}

func unusable(member string, err error) error {
	return refuse("pack.golden", err, "member", member, "reason", reason(err))
}

func (v Vector) check(m *Manifest) error {
	if !line(v.Name, 100) || len(v.Probabilities) != len(m.Output.Labels) {
		return fmt.Errorf("vector %s has %d probabilities for %d labels", shown(v.Name), len(v.Probabilities), len(m.Output.Labels))
	}
	sum := 0.0
	over := []string{}
	for i, p := range v.Probabilities {
		label := m.Output.Labels[i]
		threshold := m.Output.Classes[label].Threshold
		switch {
		case !(p >= 0 && p <= 1):
			return fmt.Errorf("vector %s has a probability of %v", shown(v.Name), p)
		case math.Abs(p-threshold) <= m.ToleranceAt(threshold):
			return fmt.Errorf("vector %s lies on the threshold of %s, where another processor's last bit decides", shown(v.Name), label)
		case p > threshold:
			over = append(over, label)
		}
		sum += p
	}
	if m.Output.exclusive() && math.Abs(sum-1) > sumSlack {
		return fmt.Errorf("vector %s has probabilities that add up to %.3g", shown(v.Name), sum)
	}
	if slices.Sort(over); v.Over == nil || !slices.Equal(over, v.Over) {
		return fmt.Errorf("vector %s says that %s are over their thresholds, and its probabilities say %s", shown(v.Name), shown(v.Over), shown(over))
	}
	return nil
}

func (g *Golden) checkPictures() error {
	for i := range g.Vectors {
		for j := range i {
			if bytes.Equal(g.Picture(i), g.Picture(j)) {
				return fmt.Errorf("vectors %s and %s have the same picture", shown(g.Vectors[j].Name), shown(g.Vectors[i].Name))
			}
		}
	}
	return nil
}

// checkTogether: the answers must differ, and between them show a lesion worse than benign found and one not found.
func (g *Golden) checkTogether(m *Manifest) error {
	spread := 0.0
	for i := range m.Output.Labels {
		low, high := 1.0, 0.0
		for _, v := range g.Vectors {
			low, high = min(low, v.Probabilities[i]), max(high, v.Probabilities[i])
		}
		spread = max(spread, high-low)
	}
	if spread < minSpread {
		return errors.New("all answers are nearly the same, as those of a model that says the same of every picture")
	}
	serious := 0
	for _, v := range g.Vectors {
		if slices.ContainsFunc(v.Over, m.worse) {
			serious++
		}
	}
	switch serious {
	case 0:
		return errors.New("no vector has a class worse than BENIGN over its threshold")
	case len(g.Vectors):
		return errors.New("every vector has a class worse than BENIGN over its threshold")
	}
	return g.checkUnlike(m)
}

// worse says whether a label stands for a class worse than benign.
func (m *Manifest) worse(label string) bool {
	class := m.Output.Classes[label].Class
	return class != "" && class != vocabulary[len(vocabulary)-1]
}
