package scope

import (
	"image"
	"math"
	"math/rand/v2"

	"dermbox/camera/quality/card"
	"dermbox/camera/quality/colour"
)

// MMPerPX gives how many millimetres a pixel of a subject's drawing truly shows, in a picture of some height.
func MMPerPX(s Subject, height int) float64 {
	return FieldMM / 2 / fieldRadius(s.rand("scene"), height)
}

// card paints the newest reference card, turned anyhow and up to half a millimetre out of the middle.
func (c *canvas) card(r *rand.Rand) {
	layout := card.Newest()
	sin, cos := math.Sincos(2 * math.Pi * r.Float64())
	dx, dy := between(r, -0.5, 0.5), between(r, -0.5, 0.5)
	const mm = FieldMM / 2 // in one unit of the canvas
	pixel := mm / c.radius
	c.paint(func(x, y float64, _ rgb) rgb {
		var sum rgb
		at := func(u, v float64) (colour.SRGB, float64) {
			u, v = u*mm-dx, v*mm-dy
			return layout.At(card.Point{X: u*cos + v*sin, Y: v*cos - u*sin})
		}
		middle, edge := at(x, y)
		if edge > pixel {
			return rgb{middle[0] / 255, middle[1] / 255, middle[2] / 255}
		}
		const fine = 4 // an edge runs through the pixel
		for i := range fine * fine {
			du, dv := (float64(i%fine)+0.5)/fine-0.5, (float64(i/fine)+0.5)/fine-0.5
			p, _ := at(x+du/c.radius, y+dv/c.radius)
			for k := range sum {
				sum[k] += p[k] / 255 / (fine * fine)
			}
		}
		return sum
	})
}

// The camera's errors of colour, by which linear red, green and blue become others.
var (
	warm  = [3][3]float64{{1.18, 0, 0}, {0, 1, 0}, {0, 0, 0.72}}
	mixed = [3][3]float64{{0.55, 0.35, 0.10}, {0.20, 0.60, 0.20}, {0.10, 0.40, 0.50}}
)

// recolour gives a picture with each pixel's light multiplied by a matrix.
func recolour(img *image.RGBA, m [3][3]float64) *image.RGBA {
	var light [256]float64
	for i := range light {
		light[i] = colour.SRGB{float64(i)}.Linear()[0]
	}
	var back [4096]byte
	for i := range back {
		v := float64(i) / float64(len(back)-1)
		back[i] = colour.Linear{v}.SRGB().Clamped()[0]
	}
	out := image.NewRGBA(img.Rect)
	parallel(img.Rect.Dy(), func(y int) {
		row, to := img.Pix[y*img.Stride:][:4*img.Rect.Dx()], out.Pix[y*out.Stride:]
		for x := 0; x < len(row); x += 4 {
			for i, part := range m {
				v := part[0]*light[row[x]] + part[1]*light[row[x+1]] + part[2]*light[row[x+2]]
				to[x+i] = back[int(min(1, v)*float64(len(back)-1)+0.5)]
			}
			to[x+3] = 255
		}
	})
	return out
}
