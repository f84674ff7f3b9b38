package record

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"image"
	"math"
	"slices"
	"strings"

	"dermbox/appliance"
	"dermbox/inference"
	"dermbox/inference/pack"
	"dermbox/inference/preprocess"
)

// Model runs the model on one input tensor and gives its raw output, as inference.ReadAnswer reads it.
type Model interface {
	Run(ctx context.Context, tensor []float32) ([]float32, error)
}

// Picture is one that may become a vector.
type Picture struct {
	Name  string                 // of the file, for an error
	Group string                 // pictures of one group are like each other, a label for example; "": the model's answer says so, or that it cannot judge them
	Read  func() ([]byte, error) // the original JPEG
}

// Options say what is recorded.
type Options struct {
	Manifest *pack.Manifest
	Features *pack.Features // of the method feature_residual; nil with any other
	Optics   pack.Optics    // that the pictures come from
	Model    Model
	Each     int // vectors of each group, 1 or more
}

// Answers are the two members of a pack.
type Answers struct {
	Vectors int
	JSON    []byte // golden.json
	Bin     []byte // golden.bin
}

// maxBin is the largest golden.bin, in bytes; maxGroups bounds the answers that are told apart.
const (
	maxBin    = 16 << 20
	maxGroups = 64
)

// candidate is a picture whose answer may be kept.
type candidate struct {
	group   string
	vector  pack.Vector
	picture []byte
}

// Golden shows the model the pictures in turn and keeps the first of each group whose answers lie clear of every threshold: another
// processor's last bits must not change which classes are over. Vectors are named by number and group, never by file: names of
// photographs may say whose they are. Whether the answers are good enough is the pack's check. With the method
// feature_residual at least one picture that the model cannot judge is kept, of those without a group: Invalid
// inference.record_unlike if there is none.
func Golden(ctx context.Context, o Options, pictures []Picture) (Answers, error) {
	groups, order := map[string][]candidate{}, []string{}
	if o.Features != nil {
		order = append(order, unlike) // the first, so that there is room for one
	}
	var strange strangest
	seen := map[[sha256.Size]byte]bool{}
	for _, p := range pictures {
		if p.Group != "" && len(groups[p.Group]) >= o.Each {
			continue
		}
		c, clear, err := o.show(ctx, p)
		if err != nil {
			return Answers{}, err
		}
		strange.see(p, c)
		sum := sha256.Sum256(c.picture)
		if !clear || seen[sum] || len(groups[c.group]) >= o.Each {
			continue
		}
		if !slices.Contains(order, c.group) {
			if len(order) == maxGroups {
				continue
			}
			order = append(order, c.group)
		}
		seen[sum] = true
		groups[c.group] = append(groups[c.group], c)
	}
	if o.Features != nil && len(groups[unlike]) == 0 {
		return Answers{}, strange.refusal(o.Manifest)
	}
	return written(groups, order, o.Each)
}

// show has the model judge a picture as it will judge the vector: of bytes, not of their fractions.
func (o Options) show(ctx context.Context, p Picture) (candidate, bool, error) {
	still, err := p.Read()
	if err != nil {
		return candidate{}, false, err
	}
	rgb, w, h, err := preprocess.Decode(still)
	if err != nil {
		return candidate{}, false, appliance.E(appliance.Invalid, "inference.record_picture", err, "file", p.Name)
	}
	in := o.Manifest.Input
	fine, err := in.Picture(rgb, w, h, preprocess.Field(w, h, image.Rectangle{}, o.Optics.FieldFraction))
	if err != nil {
		return candidate{}, false, err
	}
	bytes := preprocess.Bytes(fine)
	for i, b := range bytes {
		fine[i] = uint32(b) << 16
	}
	raw, err := o.Model.Run(ctx, in.Normalise(fine))
	if err != nil {
		return candidate{}, false, err
	}
	vector, clear, err := o.answer(raw)
	c := candidate{group: p.Group, vector: vector, picture: bytes}
	if c.group == "" {
		c.group = groupOf(o.Manifest, vector)
	}
	return c, clear, err
}

// groupOf gives the group of a picture without a label.
func groupOf(m *pack.Manifest, v pack.Vector) string {
	switch {
	case v.Unlikeness != nil && *v.Unlikeness > m.Output.Distribution.Limit:
		return unlike
	case len(v.Over) > 0:
		return strings.Join(v.Over, " ")
	}
	return "none"
}

// answer reads one output, and says whether it lies clear of every threshold and of the limit.
func (o Options) answer(raw []float32) (v pack.Vector, clear bool, err error) {
	m := o.Manifest
	a, err := inference.ReadAnswer(m, o.Features, raw)
	v, clear = pack.Vector{Over: []string{}, Probabilities: a.Probabilities, Unlikeness: a.Unlikeness}, true
	if err != nil {
		return v, false, err
	}
	if a.Unlikeness != nil {
		clear = clearOfLimit(m, *a.Unlikeness)
	}
	for i, label := range m.Output.Labels {
		threshold := m.Output.Classes[label].Threshold
		margin := max(min(0.01, threshold/10, (1-threshold)/10), 2*m.ToleranceAt(threshold))
		clear = clear && math.Abs(v.Probabilities[i]-threshold) > margin
		if v.Probabilities[i] >= threshold {
			v.Over = append(v.Over, label)
		}
	}
	slices.Sort(v.Over)
	return v, clear, nil
}

// written takes the groups in turns, so that what does not fit any more is the third of one and not all of another.
func written(groups map[string][]candidate, order []string, each int) (Answers, error) {
	golden := pack.Golden{Schema: pack.GoldenSchema, Vectors: []pack.Vector{}}
	var bin []byte
	for i := range each {
		for _, group := range order {
			if i >= len(groups[group]) || len(golden.Vectors) == pack.MaxVectors {
				continue
			}
			c := groups[group][i]
			if len(bin)+len(c.picture) > maxBin {
				continue
			}
			c.vector.Name = fmt.Sprintf("%02d %.60s", len(golden.Vectors)+1, group)
			golden.Vectors, bin = append(golden.Vectors, c.vector), append(bin, c.picture...)
		}
	}
	text, err := json.MarshalIndent(golden, "", " ")
	if err != nil {
		return Answers{}, fmt.Errorf("known answers: %w", err)
	}
	return Answers{Vectors: len(golden.Vectors), JSON: append(text, '\n'), Bin: bin}, nil
}
