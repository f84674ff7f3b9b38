package texture_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"dermbox/camera/quality"
)

const size = 192

var whole = quality.Field{Shape: quality.ShapeDisc, X: size / 2, Y: size / 2, Size: size}

// made keeps what skin made: it takes long.
var made = map[uint64][]float64{}

// skin is a grey picture with detail of every size, the finer the weaker, and more of it in the middle, where a lesion would be. It is made
// of waves in random directions.
func skin(seed uint64) []float64 {
	if pix, ok := made[seed]; ok {
		return slices.Clone(pix)
	}
	r := rand.New(rand.NewPCG(seed, 1))
	pix := make([]float64, size*size)
	for f := 1. / 64; f < 0.45; f *= 1.19 {
		for range 6 {
			angle, phase := r.Float64()*math.Pi, r.Float64()*2*math.Pi
			u, v, height := 2*math.Pi*f*math.Cos(angle), 2*math.Pi*f*math.Sin(angle), 0.5/math.Sqrt(f)
			for i := range pix {
				pix[i] += height * math.Sin(u*float64(i%size)+v*float64(i/size)+phase)
			}
		}
	}
	for i := range pix {
		far := math.Hypot(float64(i%size)-size/2, float64(i/size)-size/2)
		pix[i] = 130 + pix[i]*(0.25+0.75*math.Exp(-far*far/3000))
	}
	made[seed] = slices.Clone(pix)
	return pix
}

// blurred smooths with a Gaussian of sigma pixels.
func blurred(pix []float64, sigma float64) []float64 {
	return spread(spread(pix, sigma, 1, 0), sigma, 0, 1)
}

// spread convolves along one direction with a Gaussian.
func spread(pix []float64, sigma float64, dx, dy int) []float64 {
	if sigma == 0 {
		return pix
	}
	out := make([]float64, len(pix))
	reach, sum := int(4*sigma)+1, 0.0
	for k := -reach; k <= reach; k++ {
		w := math.Exp(-float64(k*k) / (2 * sigma * sigma))
		sum += w
		for i := range out {
			x, y := max(0, min(size-1, i%size+k*dx)), max(0, min(size-1, i/size+k*dy))
			out[i] += w * pix[y*size+x]
		}
	}
	for i := range out {
		out[i] /= sum
	}
	return out
}

// moved smears over n pixels along a direction.
func moved(pix []float64, n, dx, dy int) []float64 {
	out := make([]float64, len(pix))
	for k := range n {
		for i := range out {
			x, y := max(0, min(size-1, i%size+(k-n/2)*dx)), max(0, min(size-1, i/size+(k-n/2)*dy))
			out[i] += pix[y*size+x] / float64(n)
		}
	}
	return out
}

// noisy adds a sensor's noise of sigma levels.
func noisy(pix []float64, sigma float64, seed uint64) []float64 {
	r, out := rand.New(rand.NewPCG(seed, 2)), slices.Clone(pix)
	for i := range out {
		out[i] += sigma * r.NormFloat64()
	}
	return out
}

func levels(pix []float64) []byte {
	out := make([]byte, len(pix))
	for i, v := range pix {
		out[i] = byte(max(0, min(255, v+0.5)))
	}
	return out
}

// tile replaces each square of 8 pixels, the first beginning at dx, dy, by its mean, partly: what a poor encoder does.
func tile(pix []float64, share float64, dx, dy int) []float64 {
	sums, counts := map[[2]int]float64{}, map[[2]int]float64{}
	at := func(i int) [2]int { return [2]int{(i%size - dx + 8) / 8, (i/size - dy + 8) / 8} }
	for i, v := range pix {
		sums[at(i)] += v
		counts[at(i)]++
	}
	out := make([]float64, len(pix))
	for i, v := range pix {
		out[i] = (1-share)*v + share*sums[at(i)]/counts[at(i)]
	}
	return out
}

func TestPictureHasDetail(t *testing.T) {
	pix := skin(1)
	if lo, hi := slices.Min(pix), slices.Max(pix); lo < 0 || hi > 255 || hi-lo < 60 {
		t.Fatalf("from %.0f to %.0f", lo, hi)
	}
}
