package degrade

import (
	"math"
	"math/rand/v2"
	"slices"

	"dermbox/camera/quality"
)

// bare is a picture's skin: the picture with its lesion replaced, and where it can be trusted.
type bare struct {
	Picture
	covered  []bool    // the lesion and a little around it
	known    []bool    // skin, in the field and away from the lesion
	residual []float32 // the skin's texture: what is left of the known skin without its slow changes; 0 elsewhere
}

// inside is the share of the field's size whose pixels are skin and not rim, nor its shadow.
func (p Picture) inside() float64 {
	switch p.Field.Shape {
	case quality.ShapeDisc:
		return 0.95
	case quality.ShapeSquare:
		return 0.98
	}
	return 1
}

// skin replaces the lesion, and a little around it, by the picture's own skin: its slow changes of light and colour go on smoothly
// from what surrounds the lesion, and its texture comes from tiles of the skin elsewhere.
func skin(p Picture, r *rand.Rand) (bare, error) {
	in := p.field(p.inside())
	if _, err := p.hasLesion(in); err != nil {
		return bare{}, err
	}
	covered := grow(p.Lesion, p.Width, p.Height, int(math.Ceil(0.05*p.size())))
	known, n, all := p.like(in, covered), 0, 0
	for i := range in {
		if known[i] {
			n++
		}
		if in[i] {
			all++
		}
	}
	if n*12 < all {
		return bare{}, ErrNoSkin
	}
	low := smooth(p, known)
	out := bare{p.plain(), covered, known, make([]float32, len(p.Pix))}
	for i, k := range known {
		for c := 3 * i; k && c < 3*i+3; c++ {
			out.residual[c] = float32(p.Pix[c]) - low[c]
		}
	}
	texture, err := out.texture(known, r)
	if err != nil {
		return bare{}, err
	}
	for i, l := range covered {
		for c := 3 * i; l && in[i] && c < 3*i+3; c++ {
			out.Pix[c] = toByte(low[c] + texture[c])
		}
	}
	return out, nil
}

// like says which pixels of the field, off the lesion, have about the hue of most and are not dark: a sticker, a cloth or a shaded corner
// is no skin to go on with.
func (p Picture) like(in, covered []bool) []bool {
	var reds, blues, greens []float64
	hue := func(i int) (red, blue float64) {
		g := math.Log(float64(p.Pix[3*i+1]) + 8)
		return math.Log(float64(p.Pix[3*i])+8) - g, math.Log(float64(p.Pix[3*i+2])+8) - g
	}
	for i := 0; i < len(in); i += 7 {
		if in[i] && !covered[i] {
			red, blue := hue(i)
			reds, blues, greens = append(reds, red), append(blues, blue), append(greens, float64(p.Pix[3*i+1]))
		}
	}
	out := make([]bool, len(in))
	if len(reds) == 0 {
		return out
	}
	slices.Sort(reds)
	slices.Sort(blues)
	slices.Sort(greens)
	red, blue, dark := reds[len(reds)/2], blues[len(blues)/2], 0.6*greens[len(greens)/2]
	for i := range in {
		if in[i] && !covered[i] {
			u, v := hue(i)
			out[i] = math.Abs(u-red)+math.Abs(v-blue) < 0.5 && float64(p.Pix[3*i+1]) > dark
		}
	}
	return out
}

// grow widens a mask by so many pixels in each direction.
func grow(mask []bool, width, height, by int) []bool {
	wide, out := make([]bool, len(mask)), make([]bool, len(mask))
	for y := range height {
		spread(wide[y*width:], mask[y*width:], width, 1, by)
	}
	for x := range width {
		spread(out[x:], wide[x:], height, width, by)
	}
	return out
}

// spread sets what lies within so many places of a set place, in a line of n places that lie stride apart.
func spread(to, from []bool, n, stride, by int) {
	last := -by - 1
	for i := range n {
		if from[i*stride] {
			last = i
		}
		to[i*stride] = i-last <= by
	}
	last = n + by
	for i := n - 1; i >= 0; i-- {
		if from[i*stride] {
			last = i
		}
		to[i*stride] = to[i*stride] || last-i <= by
	}
}

// smooth gives the slow changes of the known pixels everywhere: means of cells some 1/24 of the field wide; cells without a known pixel take
// those of ever coarser cells; and between the cells' middles values change evenly. Without a known pixel it is nil.
func smooth(p Picture, known []bool) []float32 {
	if !slices.Contains(known, true) {
		return nil
	}
	cell := max(1, int(p.size()/24))
	cells := newGrid(p, known, cell)
	cells.fill()
	out := make([]float32, len(p.Pix))
	for y := range p.Height {
		for x := range p.Width {
			v := cells.at((float64(x)+0.5)/float64(cell)-0.5, (float64(y)+0.5)/float64(cell)-0.5)
			copy(out[3*(y*p.Width+x):], v[:])
		}
	}
	return out
}

// empty gives the picture with skin in place of the lesion.
func empty(p Picture, r *rand.Rand) (Picture, error) {
	b, err := skin(p, r)
	if err != nil {
		return Picture{}, err
	}
	b.Lesion = nil
	return b.Picture, nil
}
