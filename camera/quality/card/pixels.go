package card

import (
	"math"
	"slices"

	"dermbox/camera/quality/colour"
)

// Picture is a whole still's pixels: blue, green and red, three bytes each, rows from the top without gaps.
type Picture struct {
	Pix           []byte
	Width, Height int
}

// Where light is taken, in millimetres: from a patch's inside, and from the grey that begins a little outside of it.
const (
	insidePatch = 0.8 // share of its radius
	aroundFrom  = 0.12
	aroundTo    = 0.32
	markReach   = 1.25 // from a mark's middle, all of it and some grey around
	greyFrom    = 1.08
)

// Read takes the numbers of a card whose marks were found, roughly, in a picture: their middles to a part of a pixel, and the
// light of every patch.
func Read(p Picture, l Layout, marks [Marks]Point) Reading {
	if len(p.Pix) < 3*p.Width*p.Height {
		return Reading{State: StateNone}
	}
	rough := Fit(marks)
	scale, _ := rough.Scale()
	if least, _ := rough.PXPerMM(); least < 2 {
		return Reading{State: StateNone} // mirrored, or so small that a mark has a few pixels
	}
	r := Reading{State: StateFound, Card: l.Ref()}
	var edges []float64
	for i, m := range marks {
		if !p.holds(m, markReach*scale) {
			return Reading{State: StatePartial} // what is left of the mark has its middle elsewhere
		}
		marks[i] = p.middle(m, scale)
		edges = append(edges, p.edge(marks[i], scale))
	}
	slices.Sort(edges)
	r.Marks, r.EdgePX = marks[:], edges[Marks/2]
	fine := Fit(marks)
	for _, patch := range l.Patches {
		at := fine.At(patch.At)
		r.Patches = append(r.Patches, Sample{
			Patch:  p.mean(at, 0, insidePatch*patch.Radius*scale),
			Around: p.mean(at, (patch.Radius+aroundFrom)*scale, (patch.Radius+aroundTo)*scale),
		})
	}
	if !r.finite() {
		return Reading{State: StateNone}
	}
	return r
}

// holds says whether all within a distance of a place is in the picture.
func (p Picture) holds(at Point, reach float64) bool {
	return at.X >= reach && at.Y >= reach && at.X <= float64(p.Width)-reach && at.Y <= float64(p.Height)-reach
}

// each gives every pixel whose middle is less than a distance from a place.
func (p Picture) each(at Point, reach float64, f func(x, y, distance float64, bgr []byte)) {
	if !(reach < 1e4 && math.Abs(at.X) < 1e6 && math.Abs(at.Y) < 1e6) {
		return
	}
	for row := max(0, int(at.Y-reach)); row <= min(p.Height-1, int(at.Y+reach)); row++ {
		for col := max(0, int(at.X-reach)); col <= min(p.Width-1, int(at.X+reach)); col++ {
			x, y := float64(col)+0.5, float64(row)+0.5
			if d := math.Hypot(x-at.X, y-at.Y); d < reach {
				f(x, y, d, p.Pix[3*(row*p.Width+col):][:3])
			}
		}
	}
}

func luma(bgr []byte) float64 {
	return 0.114*float64(bgr[0]) + 0.587*float64(bgr[1]) + 0.299*float64(bgr[2])
}

// mean gives the mean colour from one distance of a place to another.
func (p Picture) mean(at Point, from, to float64) (c colour.SRGB) {
	n := 0.0
	p.each(at, to, func(_, _, d float64, bgr []byte) {
		if d >= from {
			c[0], c[1], c[2], n = c[0]+float64(bgr[2]), c[1]+float64(bgr[1]), c[2]+float64(bgr[0]), n+1
		}
	})
	for i := range c {
		c[i] /= max(1, n)
	}
	return c
}

// middle gives the middle of what is dark around a place.
func (p Picture) middle(at Point, pxPerMM float64) Point {
	for range 2 { // the second time all of the mark is in reach for certain
		ring := p.mean(at, greyFrom*pxPerMM, markReach*pxPerMM)
		grey := luma([]byte{byte(ring[2]), byte(ring[1]), byte(ring[0])})
		var x, y, sum float64
		p.each(at, markReach*pxPerMM, func(px, py, _ float64, bgr []byte) {
			w := grey - luma(bgr)
			if w < grey/8 { // noise, and the core
				return
			}
			x, y, sum = x+w*px, y+w*py, sum+w
		})
		if sum > 0 {
			at = Point{x / sum, y / sum}
		}
	}
	return at
}

// edge gives how many pixels a mark's outer edge takes from dark to light, by its steepest pixel: about 1 at best.
func (p Picture) edge(at Point, pxPerMM float64) float64 {
	first, last := (MarkRadius+CoreRadius)/2*pxPerMM, markReach*pxPerMM
	bins := int(last-first) + 1
	sum, n := make([]float64, bins), make([]float64, bins)
	p.each(at, last, func(_, _, d float64, bgr []byte) {
		if i := int(d - first); d >= first && i < bins {
			sum[i], n[i] = sum[i]+luma(bgr), n[i]+1
		}
	})
	steepest, low, high := 0.0, math.Inf(1), 0.0
	for i := range bins {
		if n[i] == 0 {
			continue
		}
		v := sum[i] / n[i]
		low, high = min(low, v), max(high, v)
		if i > 0 && n[i-1] > 0 {
			steepest = max(steepest, v-sum[i-1]/n[i-1])
		}
	}
	if steepest <= 0 {
		return float64(bins)
	}
	return (high - low) / steepest
}
