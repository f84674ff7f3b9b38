package scope

import (
	"image"
	"math"
	"math/rand/v2"
	"slices"
)

// fieldShare is the disc's diameter as a share of the picture's height.
const fieldShare = 0.955

// FieldMM is the true diameter of the field that drawings show, in millimetres.
const FieldMM = 20.0

// Draw paints the subject as the dermatoscope sees it: a lit disc on black, without sensor noise, fully opaque. It takes
// some 200 ms of processor time for 1920 by 1080.
func Draw(s Subject, width, height int) *image.RGBA {
	img, _ := paint(s, width, height, false)
	return img
}

// paint paints the subject, and says for each pixel whether it is lesion where that is asked for.
func paint(s Subject, width, height int, outline bool) (*image.RGBA, []bool) {
	r := s.rand("scene")
	c := newCanvas(fieldRadius(r, height))
	if s.Kind == Card {
		c.card(s.rand("card"))
	} else {
		c.skin(s)
	}
	var bare []rgb
	if outline {
		bare = slices.Clone(c.px)
	}
	if s.Kind != Empty && s.Kind != Card {
		c.lesion(s)
	}
	marked := c.changed(bare)
	if s.Hair {
		c.hair(s.rand("hair"))
	}
	if s.Ruler {
		c.ruler(s.rand("ruler"))
	}
	c.light(r)
	img := black(width, height)
	wobble := float64(height) * (1 - fieldShare) / 4
	cx, cy := width/2+int(between(r, -1, 1)*wobble*2), height/2+int(between(r, -1, 1)*wobble)
	c.put(img, cx, cy)
	return img, c.place(marked, width, height, cx, cy)
}

// fieldRadius draws the disc's radius, in pixels: the first that is taken from the scene's source of chance.
func fieldRadius(r *rand.Rand, height int) float64 {
	return float64(height) * fieldShare / 2 * between(r, 0.985, 1)
}

// unlit is what the camera sees of the scope's inside.
var unlit = rgb{0.016, 0.016, 0.016}

// black gives an opaque picture of the scope's unlit inside.
func black(width, height int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	for i := range img.Pix {
		img.Pix[i] = 4
		if i%4 == 3 {
			img.Pix[i] = 255
		}
	}
	return img
}

// light lays the lamp over the scene: a mild gradient, less towards the rim, a slight tint, and the rim, beyond which
// nothing is lit.
func (c *canvas) light(r *rand.Rand) {
	angle := 2 * math.Pi * r.Float64()
	gx, gy := 0.07*math.Cos(angle), 0.07*math.Sin(angle)
	fall, gain, warm := between(r, 0.10, 0.18), between(r, 0.95, 1.05), between(r, -0.015, 0.015)
	tint := rgb{gain * (1 + warm), gain, gain * (1 - warm)}
	parallel(c.side, func(row int) {
		y := c.unit(row)
		for col := range c.side {
			x, p := c.unit(col), &c.px[row*c.side+col]
			d2 := x*x + y*y
			if d2 >= 1 {
				*p = unlit
				continue
			}
			f := 1 + gx*x + gy*y - fall*d2
			lit := rgb{p[0] * tint[0] * f, p[1] * tint[1] * f, p[2] * tint[2] * f}
			*p = lit.mix(unlit, step(0.97, 1.0, d2))
		}
	})
}
