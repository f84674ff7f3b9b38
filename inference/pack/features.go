package pack

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// FeaturesFile is the name of the member, and of the file in the folder that Build reads.
const FeaturesFile = "features.bin"

// orthonormal is how far the products of the basis's rows may be from those of an orthonormal one: the rounding of float32 and
// nothing else.
const orthonormal = 1e-3

// Features is what features.bin says of the training pictures' features, as the model's second output gives them: where they
// lie, in which directions they differ from each other, and how much is left over of one of them.
type Features struct {
	mean  []float64 // one value for each feature
	basis []float64 // rows of as many values as mean, orthonormal
	scale float64   // mean of what is left over of a training picture, above 0

	hellinger bool // of the manifest: mean, basis and scale are of features that were transformed so
}

// featuresSize is the size of features.bin in bytes: mean, basis and scale, float32 little-endian.
func featuresSize(d Distribution) int64 {
	return 4 * (int64(d.Features)*(int64(d.Directions)+1) + 1)
}

// ReadFeatures reads features.bin for a manifest of the method feature_residual, and refuses one that no pack of it may hold, with
// Unverified "pack.features".
func ReadFeatures(m *Manifest, raw []byte) (*Features, error) {
	f, err := parseFeatures(*m.Output.Distribution, raw)
	if err != nil {
		return nil, refuse("pack.features", err, "member", memberFeatures, "reason", reason(err))
	}
	return f, nil
}

func parseFeatures(d Distribution, raw []byte) (*Features, error) {
	if want := featuresSize(d); int64(len(raw)) != want {
		return nil, fmt.Errorf("it has %d bytes instead of %d, for %d features and %d directions", len(raw), want, d.Features, d.Directions)
	}
	values := make([]float64, len(raw)/4)
	for i := range values {
		values[i] = float64(math.Float32frombits(binary.LittleEndian.Uint32(raw[4*i:])))
		if math.IsNaN(values[i]) || math.IsInf(values[i], 0) {
			return nil, fmt.Errorf("value %d is no finite number", i+1)
		}
	}
	last := len(values) - 1
	f := &Features{mean: values[:d.Features], basis: values[d.Features:last], scale: values[last], hellinger: d.Transform == Hellinger}
	if !(f.scale > 0) {
		return nil, errors.New("the scale at its end is not above 0")
	}
	return f, f.checkBasis()
}

// checkBasis: rows that are longer than 1, or that share a direction, would take more off a picture than it has, and make anything
// look as the training pictures do.
func (f *Features) checkBasis() error {
	n := len(f.mean)
	for i := 0; i*n < len(f.basis); i++ {
		for j := 0; j <= i; j++ {
			want := 0.0
			if i == j {
				want = 1
			}
			if got := dot(f.basis[i*n:(i+1)*n], f.basis[j*n:(j+1)*n]); !(math.Abs(got-want) <= orthonormal) {
				return fmt.Errorf("rows %d and %d of the basis are not orthonormal: their product is %.4g instead of %.0f", j+1, i+1, got, want)
			}
		}
	}
	return nil
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}

// Score says how unlike the training pictures a picture with these features is: the squared distance of its features to the mean,
// less what the basis explains of it, over the scale, all after the manifest's transform. 0 is the least, 1 is as a training picture on average, MaxUnlikeness the most:
// what is not finite, is nothing but zeros before a transform, or is of another number of features, counts as that.
func (f *Features) Score(features []float32) float64 {
	n := len(f.mean)
	if len(features) != n {
		return MaxUnlikeness
	}
	centred, whole := f.transformed(features), 0.0
	for i := range centred {
		centred[i] -= f.mean[i]
		whole += centred[i] * centred[i]
	}
	explained := 0.0
	for at := 0; at < len(f.basis); at += n {
		p := dot(f.basis[at:at+n], centred)
		explained += p * p
	}
	score := max(0, (whole-explained)/f.scale)
	if !(score <= MaxUnlikeness) {
		return MaxUnlikeness
	}
	return score
}

// transformed gives the features as mean and basis are of. Of nothing but zeros Hellinger's shares are no numbers.
func (f *Features) transformed(features []float32) []float64 {
	out, sum := make([]float64, len(features)), 0.0
	for i, v := range features {
		out[i] = float64(v)
		sum += max(0, out[i]) + 0*out[i] // 0*v is no number if v is not finite
	}
	if f.hellinger {
		for i, v := range out {
			out[i] = math.Sqrt(max(0, v) / sum)
		}
	}
	return out
}
