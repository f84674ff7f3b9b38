package card

import (
	"fmt"
	"math"

	"dermbox/camera/quality/colour"
)

// Point is a place: on the card in millimetres from its middle, in a picture in pixels from the left and the top.
type Point struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
}

// The card's sizes, in millimetres.
const (
	MarkRing   = 8.0  // distance of each mark's middle from the card's
	MarkRadius = 0.9  // of a mark, black
	CoreRadius = 0.4  // of the white core that some marks have
	patchR     = 1.15 // radius of a patch
	outerRing  = 4.9
	innerRing  = 1.7
)

// Marks is how many marks a card has, evenly around it from the top, clockwise.
const Marks = 8

// Layout is one version of the card. Every patch and mark stands on the same grey, by which uneven light is told.
type Layout struct {
	ID         string
	Version    int
	Code       [Marks]bool // which marks have a white core: no turn and no mirror image of it reads the same
	Background colour.SRGB
	White      colour.SRGB // of the cores
	Black      colour.SRGB // of the marks
	Patches    []Patch
}

// Patch is one disc of colour.
type Patch struct {
	Name   string
	At     Point   // of its middle, millimetres
	Radius float64 // millimetres
	Colour colour.SRGB
	Grey   bool // the gains are taken from it
}

// Ref gives "id/version".
func (l Layout) Ref() string { return fmt.Sprintf("%s/%d", l.ID, l.Version) }

// Mark gives the middle of a mark, in millimetres.
func (l Layout) Mark(i int) Point { return polar(MarkRing, i, Marks) }

// polar gives the i-th of n places on a ring, from the top, clockwise.
func polar(radius float64, i, n int) Point {
	angle := 2*math.Pi*float64(i)/float64(n) - math.Pi/2
	return Point{radius * math.Cos(angle), radius * math.Sin(angle)}
}

// Known lists the cards that can be read, the newest last.
func Known() []Layout { return []Layout{first()} }

// Newest gives the card that is printed and that the simulated dermatoscope shows.
func Newest() Layout { return Known()[len(Known())-1] }

// first is version 1. Its white is no paper white: a camera that is set for skin must not clip it.
func first() Layout {
	l := Layout{
		ID: "dermbox-20", Version: 1, Code: [Marks]bool{true, true, true, false, true, true, false, false},
		Background: grey(157), White: grey(212), Black: grey(46),
	}
	l.ring(outerRing,
		Patch{Name: "white", Colour: grey(212), Grey: true},
		Patch{Name: "red", Colour: colour.SRGB{170, 60, 55}},
		Patch{Name: "mid grey", Colour: grey(119), Grey: true},
		Patch{Name: "yellow", Colour: colour.SRGB{205, 175, 55}},
		Patch{Name: "black", Colour: grey(46), Grey: true},
		Patch{Name: "blue", Colour: colour.SRGB{60, 80, 150}},
		Patch{Name: "light grey", Colour: grey(185), Grey: true},
		Patch{Name: "green", Colour: colour.SRGB{75, 140, 75}},
		Patch{Name: "dark grey", Colour: grey(78), Grey: true},
		Patch{Name: "cyan", Colour: colour.SRGB{40, 130, 155}})
	l.ring(innerRing,
		Patch{Name: "light skin", Colour: colour.SRGB{205, 160, 135}},
		Patch{Name: "dark skin", Colour: colour.SRGB{115, 80, 65}},
		Patch{Name: "brown", Colour: colour.SRGB{140, 95, 55}})
	return l
}

func (l *Layout) ring(radius float64, patches ...Patch) {
	for i, p := range patches {
		p.At, p.Radius = polar(radius, i, len(patches)), patchR
		l.Patches = append(l.Patches, p)
	}
}

func grey(v float64) colour.SRGB { return colour.SRGB{v, v, v} }

// At gives the colour at a place of the card, in millimetres, and how far the nearest edge between colours is, so that a
// drawing can soften it.
func (l Layout) At(p Point) (c colour.SRGB, edge float64) {
	c, edge = l.Background, math.Inf(1)
	disc := func(at Point, radius float64, to colour.SRGB) {
		d := math.Hypot(p.X-at.X, p.Y-at.Y) - radius
		if d < 0 {
			c = to
		}
		edge = min(edge, math.Abs(d))
	}
	for _, patch := range l.Patches {
		disc(patch.At, patch.Radius, patch.Colour)
	}
	for i := range Marks {
		disc(l.Mark(i), MarkRadius, l.Black)
		if l.Code[i] {
			disc(l.Mark(i), CoreRadius, l.White)
		}
	}
	return c, edge
}
