package degrade

import (
	"math"
	"math/rand/v2"
)

// afar is the share of the picture's shorter side that the field of before takes up in a view without the dermatoscope.
const afar = 0.2

// distant gives the lesion as a plain camera sees it from a hand's breadth or two: small, on skin that goes on to where the body ends,
// in light that falls off, before a background, and with no rim anywhere.
func distant(p Picture, r *rand.Rand) (Picture, error) {
	b, err := skin(p, r)
	if err != nil {
		return Picture{}, err
	}
	short := float64(min(p.Width, p.Height))
	n := max(2, int(math.Round(afar*short)))
	small, mask, mean := p.shrink(b, n)
	s := newScene(mean, float64(p.Width), float64(p.Height), r)
	out := p.plain()
	out.Lesion = nil
	left, top := (p.Width-n)/2+int(0.1*short*(r.Float64()-0.5)), (p.Height-n)/2+int(0.1*short*(r.Float64()-0.5))
	for i := range p.Width * p.Height {
		c := s.at(float64(i%p.Width), float64(i/p.Width), r)
		if x, y := i%p.Width-left, i/p.Width-top; x >= 0 && y >= 0 && x < n && y < n {
			for k := range 3 {
				c[k] += (small[y*n+x][k] - mean[k]) * mask[y*n+x]
			}
		}
		for k := range 3 {
			out.Pix[3*i+k] = toByte(c[k])
		}
	}
	return out, nil
}

// shrink gives the field as n by n pixels, how much of each is lesion or its border, and the mean colour of the skin.
func (p Picture) shrink(b bare, n int) (small [][3]float64, mask []float64, mean [3]float64) {
	small, mask = make([][3]float64, n*n), make([]float64, n*n)
	count := make([]float64, n*n)
	wide := grow(p.Lesion, p.Width, p.Height, int(0.03*p.size()))
	cx, cy := p.centre()
	total := 0.0
	for i, in := range p.field(p.inside()) {
		x := int((float64(i%p.Width) + 0.5 - cx + p.size()/2) / p.size() * float64(n))
		y := int((float64(i/p.Width) + 0.5 - cy + p.size()/2) / p.size() * float64(n))
		if !in || x < 0 || y < 0 || x >= n || y >= n {
			continue
		}
		at := y*n + x
		count[at]++
		total++
		if wide[i] {
			mask[at]++
		}
		for c := range 3 {
			small[at][c] += float64(p.Pix[3*i+c])
			mean[c] += float64(b.Pix[3*i+c])
		}
	}
	for i, k := range count {
		for c := range 3 {
			small[i][c] /= max(1, k)
		}
		mask[i] /= max(1, k)
	}
	for c := range mean {
		mean[c] /= max(1, total)
	}
	return small, mask, mean
}

// scene is skin from afar: its colour, the light over it, where the body ends, and what is behind.
type scene struct {
	skin, behind [3]float64
	cos, sin     float64 // towards the body's end
	edge         float64 // how far the end is from the middle, in units of the shorter side
	width        float64
	height       float64
	mottle       [4][3]float64 // waves of slightly other skin: along x, along y, phase
}

func newScene(skin [3]float64, width, height float64, r *rand.Rand) *scene {
	behind := [][3]float64{{196, 204, 210}, {58, 74, 92}, {120, 132, 126}, {226, 222, 214}}
	turn := 2 * math.Pi * r.Float64()
	s := &scene{skin: skin, behind: behind[r.IntN(len(behind))], cos: math.Cos(turn), sin: math.Sin(turn),
		edge: 0.3 + 0.1*r.Float64(), width: width, height: height}
	for i := range s.mottle {
		s.mottle[i] = [3]float64{(r.Float64() - 0.5) * 30, (r.Float64() - 0.5) * 30, 2 * math.Pi * r.Float64()}
	}
	return s
}

// at gives the colour at a pixel. The skin is darker towards the body's end, as a round limb is, and a little uneven; all of it has the
// grain of a sensor.
func (s *scene) at(px, py float64, r *rand.Rand) (c [3]float64) {
	short := min(s.width, s.height)
	x, y := (px-s.width/2)/short, (py-s.height/2)/short
	along := x*s.cos + y*s.sin
	uneven := 0.0
	for _, w := range s.mottle {
		uneven += 0.012 * math.Sin(w[0]*x+w[1]*y+w[2])
	}
	light := (1 - 0.5*step(-0.1, 1, along/s.edge)) * (1 + uneven)
	out := step(-0.004, 0.004, along-s.edge)
	grain := 1.5 * r.NormFloat64()
	for k := range c {
		c[k] = s.skin[k]*light + (s.behind[k]-s.skin[k]*light)*out + grain
	}
	return c
}
