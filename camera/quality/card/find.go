package card

import (
	"math"
	"slices"
)

// Blob is a dark place in a picture that is lighter all around.
type Blob struct {
	At   Point
	Area float64 // pixels, with what it encloses
	Hole float64 // pixels of it that are light
}

// What counts as a card's marks. The marks are far from the limits in every picture of a card that is of use, and what is no
// card must meet all of them eight times over.
const (
	maxBlobs   = 200  // more dark spots than this is no card
	near       = 0.09 // how far a mark may lie from its place on the ring, as a share of the ring's radius: tilt moves it
	areaLow    = 0.55 // of what the ring's size asks for
	areaHigh   = 1.6
	holeFrom   = 0.06 // share of a mark from which its light part is a core; a core has 0.2 of it
	fewestSeen = 5    // marks from which a part of a card is told from none
)

// Find looks for a card's marks among blobs and gives them in the layout's order.
func Find(blobs []Blob) (l Layout, marks [Marks]Point, state string) {
	if len(blobs) > maxBlobs {
		return Layout{}, marks, StateNone
	}
	best := bestRing(blobs)
	switch cores, seen := best.count(blobs); {
	case seen < fewestSeen || cores < 2:
		return Layout{}, marks, StateNone
	case seen < Marks:
		return Layout{}, marks, StatePartial
	}
	for _, l := range Known() {
		if turn, ok := best.turn(blobs, l.Code); ok {
			for i := range Marks {
				marks[i] = blobs[best[(i+turn)%Marks]].At
			}
			return l, marks, StateFound
		}
	}
	return Layout{}, marks, StateOther
}

// ring holds the index of a blob for each place around it, -1 where there is none.
type ring [Marks]int

func (r ring) count(blobs []Blob) (cores, seen int) {
	for _, b := range r {
		if b < 0 {
			continue
		}
		seen++
		if blobs[b].core() {
			cores++
		}
	}
	return cores, seen
}

func (b Blob) core() bool { return b.Hole > holeFrom*b.Area }

// turn says at which place of the ring the code begins.
func (r ring) turn(blobs []Blob, code [Marks]bool) (int, bool) {
	for turn := range Marks {
		fits := func(i int) bool { return blobs[r[(i+turn)%Marks]].core() == code[i] }
		if !slices.ContainsFunc([]int{0, 1, 2, 3, 4, 5, 6, 7}, func(i int) bool { return !fits(i) }) {
			return turn, true
		}
	}
	return 0, false
}

// bestRing takes every two blobs for opposite marks, and gives the ring that most others lie on.
func bestRing(blobs []Blob) ring {
	best, most := ring{-1, -1, -1, -1, -1, -1, -1, -1}, 0
	for i := range blobs {
		for j := i + 1; j < len(blobs); j++ {
			r, ok := through(blobs, i, j)
			if !ok {
				continue
			}
			if _, seen := r.count(blobs); seen > most {
				best, most = r, seen
			}
		}
	}
	return best
}

// through gives the ring on which two blobs lie opposite each other, clockwise from the first.
func through(blobs []Blob, i, j int) (r ring, ok bool) {
	a, b := blobs[i].At, blobs[j].At
	middle := Point{(a.X + b.X) / 2, (a.Y + b.Y) / 2}
	arm := Point{a.X - middle.X, a.Y - middle.Y}
	radius := math.Hypot(arm.X, arm.Y)
	expected := math.Pi * math.Pow(radius*MarkRadius/MarkRing, 2)
	fits := func(b Blob) bool { return b.Area > areaLow*expected && b.Area < areaHigh*expected }
	if !fits(blobs[i]) || !fits(blobs[j]) {
		return r, false
	}
	for k := range Marks {
		sin, cos := math.Sincos(2 * math.Pi * float64(k) / Marks)
		at := Point{middle.X + arm.X*cos - arm.Y*sin, middle.Y + arm.X*sin + arm.Y*cos}
		r[k] = -1
		nearest := near * radius
		for n, b := range blobs {
			if d := math.Hypot(b.At.X-at.X, b.At.Y-at.Y); d < nearest && fits(b) {
				r[k], nearest = n, d
			}
		}
	}
	return r, true
}
