package degrade

import (
	"math"
	"math/rand/v2"
)

// texture covers the whole picture with tiles of the known skin's residual, which overlap by half and fade into each other. The spread of
// the sum is that of the tiles, so that skin made of them is as rough as skin.
func (b bare) texture(known []bool, r *rand.Rand) ([]float32, error) {
	counts := integral(known, b.Width, b.Height)
	side := max(8, int(b.size()/8)) &^ 1
	for ; side >= 4; side = side / 2 &^ 1 {
		if places := tiles(counts, b.Width, b.Height, side, r); len(places) > 0 {
			return b.lay(places, side, r), nil
		}
	}
	return nil, ErrNoSkin
}

// integral gives, for each corner of pixels, how many known ones lie above and left of it; width+1 by height+1.
func integral(known []bool, width, height int) []int32 {
	sums := make([]int32, (width+1)*(height+1))
	for y := range height {
		row := int32(0)
		for x := range width {
			if known[y*width+x] {
				row++
			}
			sums[(y+1)*(width+1)+x+1] = sums[y*(width+1)+x+1] + row
		}
	}
	return sums
}

// tiles finds up to 16 squares of known pixels alone.
func tiles(counts []int32, width, height, side int, r *rand.Rand) (places [][2]int) {
	if side > width || side > height {
		return nil
	}
	at := func(x, y int) int32 { return counts[y*(width+1)+x] }
	for range 400 {
		x, y := r.IntN(width-side+1), r.IntN(height-side+1)
		if at(x+side, y+side)-at(x, y+side)-at(x+side, y)+at(x, y) == int32(side*side) {
			if places = append(places, [2]int{x, y}); len(places) == 16 {
				break
			}
		}
	}
	return places
}

// lay puts tiles by chance at every half side.
func (b bare) lay(places [][2]int, side int, r *rand.Rand) []float32 {
	out, squares := make([]float32, len(b.Pix)), make([]float32, b.Width*b.Height)
	window := make([]float32, side)
	for i := range window {
		window[i] = float32(math.Sin(math.Pi * (float64(i) + 0.5) / float64(side)))
	}
	for y := -side / 2; y < b.Height; y += side / 2 {
		for x := -side / 2; x < b.Width; x += side / 2 {
			b.tile(out, squares, [2]int{x, y}, places[r.IntN(len(places))], window)
		}
	}
	for i, q := range squares {
		by := float32(1 / math.Sqrt(max(1e-9, float64(q))))
		for c := 3 * i; c < 3*i+3; c++ {
			out[c] *= by
		}
	}
	return out
}

func (b bare) tile(out, squares []float32, to, from [2]int, window []float32) {
	for v, wy := range window {
		y := to[1] + v
		if y < 0 || y >= b.Height {
			continue
		}
		for u, wx := range window {
			x := to[0] + u
			if x < 0 || x >= b.Width {
				continue
			}
			w, i, j := wx*wy, y*b.Width+x, (from[1]+v)*b.Width+from[0]+u
			squares[i] += w * w
			for c := range 3 {
				out[3*i+c] += w * b.residual[3*j+c]
			}
		}
	}
}
