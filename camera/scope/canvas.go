package scope

import (
	"image"
	"math"
	"runtime"
	"sync"
)

// rgb is light, 0 to 1 for each of red, green and blue, as the eye sees it (not linear).
type rgb [3]float64

func (c rgb) mix(to rgb, share float64) rgb {
	for i := range c {
		c[i] += (to[i] - c[i]) * share
	}
	return c
}

func (c rgb) times(f float64) rgb { return rgb{c[0] * f, c[1] * f, c[2] * f} }

// absorb lets light pass through pigment: each colour is dimmed by its own coefficient.
func (c rgb) absorb(k rgb, density float64) rgb {
	for i := range c {
		c[i] *= math.Exp(-k[i] * density)
	}
	return c
}

// canvas is the square around the lit disc. Its coordinates for drawing are of the disc: centre 0, rim 1.
type canvas struct {
	side   int     // pixels
	radius float64 // of the disc, pixels
	px     []rgb
}

func newCanvas(radius float64) *canvas {
	side := 2*int(math.Ceil(radius)) + 4
	return &canvas{side: side, radius: radius, px: make([]rgb, side*side)}
}

// unit gives the drawing coordinate of a pixel's column or row.
func (c *canvas) unit(i int) float64 { return (float64(i) + 0.5 - float64(c.side)/2) / c.radius }

// pixel gives the column or row of a drawing coordinate, not bounded.
func (c *canvas) pixel(u float64) float64 { return u*c.radius + float64(c.side)/2 - 0.5 }

// paint sets every pixel of the disc, rows in parallel; f must not share what it changes.
func (c *canvas) paint(f func(x, y float64, was rgb) rgb) {
	parallel(c.side, func(row int) {
		y := c.unit(row)
		for col := range c.side {
			if x := c.unit(col); x*x+y*y < 1.01 {
				p := &c.px[row*c.side+col]
				*p = f(x, y, *p)
			}
		}
	})
}

// spot blends a colour into a round or oval place with a soft edge: share at its middle, 0 outside.
func (c *canvas) spot(x, y, rx, ry float64, colour rgb, share, soft float64) {
	reach := max(rx, ry) * (1 + soft)
	x0, x1 := c.bounds(x, reach)
	y0, y1 := c.bounds(y, reach)
	for row := y0; row <= y1; row++ {
		for col := x0; col <= x1; col++ {
			dx, dy := (c.unit(col)-x)/rx, (c.unit(row)-y)/ry
			if a := share * (1 - step(1-soft, 1+soft, math.Hypot(dx, dy))); a > 0 {
				p := &c.px[row*c.side+col]
				*p = p.mix(colour, a)
			}
		}
	}
}

func (c *canvas) bounds(u, reach float64) (lo, hi int) {
	return max(0, int(c.pixel(u-reach))), min(c.side-1, int(c.pixel(u+reach))+1)
}

// put writes the canvas, centred on a point, into an opaque picture.
func (c *canvas) put(img *image.RGBA, cx, cy int) {
	parallel(c.side, func(row int) {
		y := cy - c.side/2 + row
		if y < 0 || y >= img.Rect.Dy() {
			return
		}
		for col := range c.side {
			x := cx - c.side/2 + col
			if x < 0 || x >= img.Rect.Dx() {
				continue
			}
			p, o := c.px[row*c.side+col], img.PixOffset(x, y)
			for i := range 3 {
				img.Pix[o+i] = byte(max(0, min(255, p[i]*255+0.5)))
			}
		}
	})
}

// parallel runs f for 0 to n-1 on all processors and waits.
func parallel(n int, f func(i int)) {
	var wg sync.WaitGroup
	workers := min(n, runtime.GOMAXPROCS(0))
	for w := range workers {
		wg.Go(func() {
			for i := w; i < n; i += workers {
				f(i)
			}
		})
	}
	wg.Wait()
}
