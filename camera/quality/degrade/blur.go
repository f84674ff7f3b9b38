package degrade

import (
	"math"
	"math/rand/v2"
	"strconv"
)

// blur smooths the whole picture, the rim too, with a Gaussian of sigma pixels; the edge's pixels go on beyond it.
func blur(p Picture, sigma float64) Picture {
	k := gaussian(sigma)
	out := p.plain()
	a := floats(p.Pix)
	b := make([]float32, len(a))
	rows(b, a, p.Width, p.Height, k)
	columns(a, b, p.Width, p.Height, k)
	for i, v := range a {
		out.Pix[i] = toByte(v)
	}
	return out
}

// gaussian gives the kernel of a Gaussian, out to four sigma; its sum is 1.
func gaussian(sigma float64) []float32 {
	reach := int(math.Ceil(4 * sigma))
	k := make([]float64, 2*reach+1)
	sum := 0.0
	for i := range k {
		d := float64(i - reach)
		k[i] = math.Exp(-d * d / (2 * sigma * sigma))
		sum += k[i]
	}
	out := make([]float32, len(k))
	for i, v := range k {
		out[i] = float32(v / sum)
	}
	return out
}

func floats(pix []byte) []float32 {
	out := make([]float32, len(pix))
	for i, v := range pix {
		out[i] = float32(v)
	}
	return out
}

// rows convolves each row of an interleaved RGB picture.
func rows(to, from []float32, width, height int, k []float32) {
	reach := len(k) / 2
	line := make([]float32, 3*(width+2*reach))
	for y := range height {
		row := from[3*y*width:][:3*width]
		copy(line[3*reach:], row)
		for i := range reach {
			copy(line[3*i:3*i+3], row[:3])
			copy(line[3*(reach+width+i):][:3], row[3*width-3:])
		}
		out := to[3*y*width:][:3*width]
		clear(out)
		for i, w := range k {
			for x, v := range line[3*i:][:len(out)] {
				out[x] += w * v
			}
		}
	}
}

// columns convolves each column, a row at a time.
func columns(to, from []float32, width, height int, k []float32) {
	reach := len(k) / 2
	for y := range height {
		out := to[3*y*width:][:3*width]
		clear(out)
		for i, w := range k {
			row := from[3*max(0, min(height-1, y+i-reach))*width:]
			for x, v := range row[:len(out)] {
				out[x] += w * v
			}
		}
	}
}

// angle reads a direction in degrees, or takes one by chance.
func angle(direction string, r *rand.Rand) float64 {
	if degrees, err := strconv.ParseFloat(direction, 64); err == nil {
		return degrees * math.Pi / 180
	}
	return math.Pi * r.Float64()
}

// tap is one place of a kernel and its share.
type tap struct {
	dx, dy int
	share  float64
}

// line gives the kernel of a straight movement of so many pixels at an even speed: a line that is one pixel wide. Its shares add
// up to 1.
func line(length, angle float64) []tap {
	const fine = 8 // places for each pixel of the way
	n := max(1, int(math.Round(length*fine)))
	shares := map[[2]int]float64{}
	for i := range n {
		t := ((float64(i)+0.5)/float64(n) - 0.5) * length
		x, y := t*math.Cos(angle), t*math.Sin(angle)
		x0, y0 := math.Floor(x), math.Floor(y)
		u, v := x-x0, y-y0
		for _, c := range [4][3]float64{{0, 0, (1 - u) * (1 - v)}, {1, 0, u * (1 - v)}, {0, 1, (1 - u) * v}, {1, 1, u * v}} {
			shares[[2]int{int(x0 + c[0]), int(y0 + c[1])}] += c[2] / float64(n)
		}
	}
	reach := int(length/2) + 2
	var taps []tap
	for dy := -reach; dy <= reach; dy++ { // in order, so that sums are the same each time
		for dx := -reach; dx <= reach; dx++ {
			if s := shares[[2]int{dx, dy}]; s > 1e-9 {
				taps = append(taps, tap{dx, dy, s})
			}
		}
	}
	return taps
}

// motion smears the skin along a line. The rim is part of the camera and stays sharp: a check could otherwise find motion by the rim
// alone. Within the field only the field's own light is smeared.
func motion(p Picture, length, angle float64) Picture {
	in := p.field(1)
	lit, here := make([]float32, len(p.Pix)), make([]float32, len(in))
	for i, l := range in {
		if l {
			here[i] = 1
			lit[3*i], lit[3*i+1], lit[3*i+2] = float32(p.Pix[3*i]), float32(p.Pix[3*i+1]), float32(p.Pix[3*i+2])
		}
	}
	light, weight := make([]float32, len(lit)), make([]float32, len(here))
	for _, t := range line(length, angle) {
		for y := max(0, -t.dy); y < min(p.Height, p.Height-t.dy); y++ {
			shifted(light[3*y*p.Width:][:3*p.Width], lit[3*(y+t.dy)*p.Width:][:3*p.Width], 3*t.dx, float32(t.share))
			shifted(weight[y*p.Width:][:p.Width], here[(y+t.dy)*p.Width:][:p.Width], t.dx, float32(t.share))
		}
	}
	out := p.plain()
	for i, w := range weight {
		if in[i] && w > 0 {
			for c := 3 * i; c < 3*i+3; c++ {
				out.Pix[c] = toByte(light[c] / w)
			}
		}
	}
	return out
}

// shifted adds a share of a row, moved by some places, to another of the same length.
func shifted(to, from []float32, by int, share float32) {
	if by < 0 {
		to, by = to[min(len(to), -by):], 0
	}
	from = from[min(len(from), by):]
	n := min(len(to), len(from))
	to, from = to[:n], from[:n]
	for i, v := range from {
		to[i] += share * v
	}
}
