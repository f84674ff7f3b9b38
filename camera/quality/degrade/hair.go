package degrade

import (
	"math"
	"math/rand/v2"
)

// strands are the colours of hair: black, two browns, grey.
var strands = [][3]float64{{26, 22, 20}, {48, 34, 26}, {84, 60, 44}, {138, 134, 130}}

// hair draws tapered curves across the lesion, roughly of one direction and one colour, until they hide the share of it.
func hair(p Picture, share float64, r *rand.Rand) (Picture, error) {
	c, err := grown(p, share, r)
	if err != nil {
		return Picture{}, err
	}
	colour := strands[r.IntN(len(strands))]
	out := p.plain()
	for i, a := range c.alpha {
		for k := 0; a > 0 && k < 3; k++ {
			v := float64(out.Pix[3*i+k])
			out.Pix[3*i+k] = toByte(v + (colour[k]-v)*float64(a))
		}
	}
	return out, nil
}

// grown draws hairs until enough is hidden. A pixel is hidden where at least half of it is hair.
func grown(p Picture, share float64, r *rand.Rand) (*coat, error) {
	in := p.field(1)
	n, err := p.hasLesion(in)
	if err != nil {
		return nil, err
	}
	c := &coat{p: p, in: in, alpha: make([]float32, p.Width*p.Height), want: int(math.Round(share * float64(n)))}
	way := 2 * math.Pi * r.Float64()
	for tries := 0; c.hidden < c.want; tries++ {
		if tries == 2000 {
			return nil, ErrTooFar
		}
		x, y := somewhere(p, in, n, r)
		c.draw(x, y, way+0.5*r.NormFloat64(), r)
	}
	return c, nil
}

// coat is the hair drawn so far: how much of each pixel it hides, and how many of the lesion's pixels are hidden.
type coat struct {
	p            Picture
	in           []bool
	alpha        []float32
	hidden, want int
}

// draw lays one hair through a point of the lesion, from there to its two ends, and stops when enough is hidden.
func (c *coat) draw(x, y, turn float64, r *rand.Rand) {
	size := c.p.size()
	length, bend := size*(0.4+0.6*r.Float64()), (2*r.Float64()-1)*1.2/size
	width := c.p.unit() * (0.6 + 0.9*r.Float64()) // half of the hair's breadth
	at := 0.3 + 0.4*r.Float64()                   // where on the hair the point is
	for _, end := range [2]float64{length * at, -length * (1 - at)} {
		px, py, dir, way := x, y, turn, math.Copysign(0.5*c.p.unit(), end)
		for s := 0.0; s < math.Abs(end) && c.hidden < c.want; s += math.Abs(way) {
			taper := math.Sqrt(1 - s/math.Abs(end))
			c.dot(px, py, width*(0.35+0.65*taper))
			px, py, dir = px+way*math.Cos(dir), py+way*math.Sin(dir), dir+way*bend
		}
	}
}

// dot is a round piece of hair with an edge one pixel soft.
func (c *coat) dot(x, y, half float64) {
	const dense = 0.95
	for row := int(y - half - 1); row <= int(y+half+1); row++ {
		for col := int(x - half - 1); col <= int(x+half+1); col++ {
			if row < 0 || col < 0 || row >= c.p.Height || col >= c.p.Width || !c.in[row*c.p.Width+col] {
				continue
			}
			d := math.Hypot(float64(col)+0.5-x, float64(row)+0.5-y)
			a := float32(dense * max(0, min(1, half+0.5-d)))
			i := row*c.p.Width + col
			if a > c.alpha[i] {
				if c.p.Lesion[i] && a >= 0.5 && c.alpha[i] < 0.5 {
					c.hidden++
				}
				c.alpha[i] = a
			}
		}
	}
}
