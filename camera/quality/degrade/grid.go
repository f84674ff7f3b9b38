package degrade

// grid holds sums of colours over square cells, and how many pixels each is of.
type grid struct {
	width, height int
	sum           [][3]float32
	n             []float32
	mean          [][3]float32 // once it is filled
}

func newGrid(p Picture, known []bool, cell int) *grid {
	g := &grid{width: (p.Width + cell - 1) / cell, height: (p.Height + cell - 1) / cell}
	g.sum, g.n = make([][3]float32, g.width*g.height), make([]float32, g.width*g.height)
	for i, k := range known {
		if !k {
			continue
		}
		at := i/p.Width/cell*g.width + i%p.Width/cell
		g.n[at]++
		for c := range 3 {
			g.sum[at][c] += float32(p.Pix[3*i+c])
		}
	}
	return g
}

// fill gives cells without pixels the colour of the coarser cells around them, by halving the grid until one cell is left and coming
// back. A cell that hardly has pixels is mixed with them.
func (g *grid) fill() {
	if g.width == 1 && g.height == 1 {
		g.n[0] = max(g.n[0], 1)
		g.level()
		return
	}
	half := &grid{width: (g.width + 1) / 2, height: (g.height + 1) / 2}
	half.sum, half.n = make([][3]float32, half.width*half.height), make([]float32, half.width*half.height)
	for i, n := range g.n {
		at := i/g.width/2*half.width + i%g.width/2
		half.n[at] += n
		for c := range 3 {
			half.sum[at][c] += g.sum[i][c]
		}
	}
	half.fill()
	const few = 4
	for i, n := range g.n {
		if n >= few {
			continue
		}
		v := half.at((float64(i%g.width)+0.5)/2-0.5, (float64(i/g.width)+0.5)/2-0.5)
		for c := range 3 {
			g.sum[i][c] += v[c] * (few - n)
		}
		g.n[i] = few
	}
	g.level()
}

// level turns sums into means.
func (g *grid) level() {
	g.mean = make([][3]float32, len(g.sum))
	for i, s := range g.sum {
		g.mean[i] = [3]float32{s[0] / g.n[i], s[1] / g.n[i], s[2] / g.n[i]}
	}
}

// at gives the colour at a place in units of cells, 0 being the middle of the first, evenly between the four nearest middles.
func (g *grid) at(x, y float64) (v [3]float32) {
	x, y = max(0, min(float64(g.width-1), x)), max(0, min(float64(g.height-1), y))
	x0, y0 := int(x), int(y)
	u, w := float32(x-float64(x0)), float32(y-float64(y0))
	for _, c := range [4]struct {
		x, y  int
		share float32
	}{{x0, y0, (1 - u) * (1 - w)}, {x0 + 1, y0, u * (1 - w)}, {x0, y0 + 1, (1 - u) * w}, {x0 + 1, y0 + 1, u * w}} {
		i := min(g.height-1, c.y)*g.width + min(g.width-1, c.x)
		for k := range 3 {
			v[k] += c.share * g.mean[i][k]
		}
	}
	return v
}
