package texture

import "math"

// The bands, in cycles for each pixel at the working scale, where the field is about 256 pixels across. Defocus of sigma pixels
// leaves exp(-(2 pi f sigma)^2) of a band's power: of sigma 1.5 the fine band keeps 2 %, the coarse one 35 %.
const (
	coarseFrom, coarseTo = 0.07, 0.15
	fineFrom, fineTo     = 0.18, 0.30
	noiseFrom            = 0.42 // hardly anything but noise is finer
)

// The directions in which a band is measured: so many, evenly over half a turn. Wedges overlap.
const (
	directions = 12
	fineHalf   = 15 // half the wedge's width, degrees
	coarseHalf = 22
)

// bands are the places in a spectrum of each band, by direction. Half a spectrum is listed: the other half of a real picture's is the
// same.
type bands struct {
	fine, coarse [directions][]int
	noise        []int
}

var spectrum = func() (b bands) {
	for u := -side / 2; u < side/2; u++ {
		for v := range side / 2 {
			if v > 0 || u > 0 {
				b.add(u, v)
			}
		}
	}
	return b
}()

func (b *bands) add(u, v int) {
	f := math.Hypot(float64(u), float64(v)) / side
	if f >= noiseFrom {
		b.noise = append(b.noise, bin(u, v))
	}
	at := math.Atan2(float64(v), float64(u)) * 180 / math.Pi
	for d := range directions {
		off := math.Abs(math.Remainder(at-float64(d)*180/directions, 180))
		if f >= fineFrom && f < fineTo && off <= fineHalf {
			b.fine[d] = append(b.fine[d], bin(u, v))
		}
		if f >= coarseFrom && f < coarseTo && off <= coarseHalf {
			b.coarse[d] = append(b.coarse[d], bin(u, v))
		}
	}
}

// power is the mean power of a window in each band.
type power struct {
	fine, coarse [directions]float64
	noise        float64 // median of the finest band
}

// strength is the coarse band's power in all directions: how much there is to see in the window.
func (p power) strength() float64 { return mean(p.coarse[:]) }

func (b *bands) measure(spectrum *plane) (p power) {
	for d := range directions {
		p.fine[d], p.coarse[d] = pick(spectrum, b.fine[d]), pick(spectrum, b.coarse[d])
	}
	noise := make([]float32, len(b.noise))
	for i, at := range b.noise {
		noise[i] = spectrum[at]
	}
	p.noise = float64(median(noise))
	return p
}

func pick(spectrum *plane, places []int) float64 {
	sum := float32(0)
	for _, at := range places {
		sum += spectrum[at]
	}
	return float64(sum) / float64(len(places))
}
