package pack

import (
	"fmt"
	"math"
	"slices"

	"dermbox/appliance/signed"
)

// GoldenSchema is the version of golden.json's form.
const GoldenSchema = "dermbox.golden/1"

const maxVectors = 64

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
}

// Picture gives the picture of vector i: R, G, B bytes, of exactly the input's width and height.
func (g *Golden) Picture(i int) []byte { return g.data[i*g.pixels*3 : (i+1)*g.pixels*3] }

// readGolden checks the vectors against the manifest: their number, their pictures' size and that their answers are sound.
func readGolden(m *Manifest, text, data []byte) (*Golden, error) {
	g := &Golden{pixels: m.Input.Width * m.Input.Height, data: data}
	if err := signed.Unmarshal(text, g); err != nil {
		return nil, refuse("pack.golden", err, "member", memberGolden)
	}
	if g.Schema != GoldenSchema || len(g.Vectors) < 1 || len(g.Vectors) > maxVectors {
		return nil, refuse("pack.golden", fmt.Errorf("%d vectors", len(g.Vectors)), "member", memberGolden)
	}
	if len(data) != len(g.Vectors)*g.pixels*3 {
		return nil, refuse("pack.golden", fmt.Errorf("%d bytes of pictures", len(data)), "member", memberGoldenData)
	}
	for _, v := range g.Vectors {
		if err := v.check(m.Output.Labels); err != nil {
			return nil, refuse("pack.golden", err, "member", memberGolden)
		}
	}
	return g, nil
}

func (v Vector) check(labels []string) error {
	if v.Name == "" || len(v.Name) > 100 || len(v.Probabilities) != len(labels) {
		return fmt.Errorf("vector %.100q: %d probabilities", v.Name, len(v.Probabilities))
	}
	for _, p := range v.Probabilities {
		if !(p >= 0 && p <= 1) || math.IsNaN(p) {
			return fmt.Errorf("vector %q: a probability of %v", v.Name, p)
		}
	}
	for _, label := range v.Over {
		if !slices.Contains(labels, label) {
			return fmt.Errorf("vector %q: unknown label", v.Name)
		}
	}
	if !slices.IsSorted(v.Over) {
		return fmt.Errorf("vector %q: labels not sorted", v.Name)
	}
	return nil
}
