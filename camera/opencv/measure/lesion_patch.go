//go:build opencv

package measure

import (
	"math"
	"slices"
)

// patch is one connected part of what is unlike skin.
type patch struct {
	at      int     // one of its pixels
	area    int     // pixels
	x, y    float64 // sums of its places
	score   float64 // sum of its scores
	foreign int     // pixels that no skin or lesion has the colour of: ink, plasters
	corners int     // corners of the picture that are in it
	sides   [4]bool // whether it reaches the left, right, top and bottom of the picture
	edge    int     // pixels at the edge of the field
	pigment float64 // stops more of blue than of red that it takes from the light; 0 away from the edge, where it is not asked
}

// mass tells how much of a lesion a patch would be: large, unlike the skin, of the colours of skin.
func (p patch) mass() float64 {
	if p.area == 0 {
		return 0
	}
	n := float64(p.area)
	return math.Sqrt(n) * p.score / n * (1 - float64(p.foreign)/n)
}

// worth tells how likely a patch is the lesion: its mass, and near the middle.
func (p patch) worth(w, h int) float64 {
	if p.area == 0 || p.background(w, h) {
		return 0
	}
	n := float64(p.area)
	dx, dy := 2*p.x/n/float64(w)-1, 2*p.y/n/float64(h)-1
	return p.mass() * math.Exp(-2.2*(dx*dx+dy*dy))
}

// What makes a patch at the edge a lesion that the field cuts, although another lies nearer to the middle.
const (
	cutMass      = 1.8 // times the other's
	pigmentDepth = 4   // pixels that it reaches inwards, on average, where it has a lesion's colour
	darkScore    = 25  // mean score from which it may be a lesion without that
	darkDepth    = 12  // pixels that it then reaches inwards: the rim's shadow is no deeper
)

// cutsMore tells whether a patch is cut by the field's edge and more of a lesion than the one nearer to the middle.
func (p patch) cutsMore(than patch, w, h int) bool {
	return p.edge > 0 && !p.background(w, h) && p.mass() > cutMass*than.mass() && p.plain()
}

// plain tells whether a patch at the edge is a lesion and no shade: by its colour, or so dark and deep that it can be nothing else.
func (p patch) plain() bool {
	if p.pigment >= pigmented {
		return p.area > pigmentDepth*p.edge
	}
	return p.over(darkScore, darkDepth)
}

// over tells whether a patch has a mean score over so much and reaches so many pixels inwards.
func (p patch) over(score float64, depth int) bool {
	return p.score > score*float64(p.area) && p.area > depth*p.edge
}

// How far from the middle, in halves of the picture, the middle of a background lies: without a lesion's colour, and with it.
const (
	shadeFrom  = 0.25
	behindFrom = 0.4
)

// deepCorner is how far from the middle, in halves of the picture, a patch that is not plain is a vignetted corner and no more.
const deepCorner = 1.15

// What tells a background from a vignette: its mean score, and how many pixels it reaches inwards on average.
const (
	behindScore = 17
	behindDepth = 24
)

// background tells whether a patch is what lies behind the skin, or the skin's shaded end before it, in a picture taken without the
// dermatoscope: off the middle, it fills corners or is a band from one side of the picture to the opposite one. A lesion as large lies
// in the middle as well, and a smaller one that one corner cuts is plain.
func (p patch) background(w, h int) bool {
	n := float64(p.area)
	dx, dy := 2*p.x/n/float64(w)-1, 2*p.y/n/float64(h)-1
	near := shadeFrom
	if p.pigment >= pigmented {
		near = behindFrom
	}
	if math.Hypot(dx, dy) < near {
		return false
	}
	left, right, top, bottom := p.sides[0], p.sides[1], p.sides[2], p.sides[3]
	switch {
	case p.corners >= 2, left && right, top && bottom:
		return true
	case p.pigment >= pigmented:
		return false
	case p.corners == 1, (left || right) && (top || bottom): // the corner's own pixel may be smoothed away
		return n > 0.15*float64(w*h) || math.Hypot(dx, dy) > deepCorner && !p.plain()
	}
	return false
}

// keepPatch makes the best patch of a mask the lesion, with its holes filled, and notes whether a larger one is cut.
func (s *scene) keepPatch(mask []uint8) {
	var all []patch
	parts(mask, s.w, func(part []int) {
		p := patch{at: part[0]}
		for _, i := range part {
			s.count(&p, i)
		}
		if p.edge > 0 {
			p.pigment = s.pigment(part)
		}
		all = append(all, p)
		if p.worth(s.w, s.h) > s.patch.worth(s.w, s.h) {
			s.patch = p
		}
	})
	for _, p := range all {
		if p.cutsMore(s.patch, s.w, s.h) {
			s.patch = p
		}
		s.behind = s.behind || p.background(s.w, s.h) && p.over(behindScore, behindDepth)
	}
	clear(s.lesion)
	if s.patch.area == 0 {
		return
	}
	spread(mask, s.patch.at, s.w, 0, func(lo, hi int) { fill(s.lesion[lo:hi], 255) })
	s.addGlare()
	s.fillHoles()
}

// What makes mirrored light a part of the lesion: from so many of eight directions the lesion is beyond it, and it is no larger than a
// part of the lesion. Light that is as white as the camera can show may lie half beside it. The rest is light on bare skin.
const (
	glareBeyond = 0.3
	whiteBeyond = 0.15
	whiteFrom   = 248 // luma of half of it
	glareMost   = 0.3
)

// addGlare gives the lesion the mirrored light that hides a part of it.
func (s *scene) addGlare() {
	parts(slices.Clone(s.glare), s.w, func(part []int) {
		white := 0
		for _, i := range part {
			if s.grey[i] >= whiteFrom {
				white++
			}
		}
		least := glareBeyond
		if 2*white > len(part) {
			least = whiteBeyond
		}
		if s.beyond(part) < least || float64(len(part)) > glareMost*float64(s.patch.area) {
			return
		}
		for _, i := range part {
			s.lesion[i] = 255
		}
	})
}

// beyond gives the share of eight directions, over all pixels of a part, in which the lesion lies just beyond it.
func (s *scene) beyond(part []int) float64 {
	far := int(1.7*math.Sqrt(float64(len(part))/math.Pi)) + 4
	hits := 0
	for _, i := range part {
		for _, to := range [8][2]int{{-1, -1}, {0, -1}, {1, -1}, {-1, 0}, {1, 0}, {-1, 1}, {0, 1}, {1, 1}} {
			x, y := i%s.w+far*to[0], i/s.w+far*to[1]
			if x >= 0 && y >= 0 && x < s.w && y < s.h && s.lesion[y*s.w+x] != 0 {
				hits++
			}
		}
	}
	return float64(hits) / float64(8*len(part))
}

// count adds a pixel to a patch.
func (s *scene) count(p *patch, i int) {
	y := i / s.w
	x := i - y*s.w
	p.area++
	p.x, p.y = p.x+float64(x)+0.5, p.y+float64(y)+0.5
	p.score += float64(s.score[i])
	for k, at := range [4]bool{x == 0, x == s.w-1, y == 0, y == s.h-1} {
		p.sides[k] = p.sides[k] || at
	}
	if (x == 0 || x == s.w-1) && (y == 0 || y == s.h-1) {
		p.corners++
	}
	if s.edge[i] <= edgePX {
		p.edge++
	}
	if s.score[i] > 12 && foreign(s.labAt(i), s.skinAt(i)) {
		p.foreign++
	}
}

// foreign tells whether a colour is that of ink or a plaster: green or blue in the light, or violet against the skin.
func foreign(lab, skin [3]float64) bool {
	ink := lab[2] < min(-3, skin[2]-14) && lab[1] > skin[1]-1
	return lab[0] > 35 && (lab[1] < -6 || lab[2] < -14) || ink
}

// fillHoles gives the lesion what it encloses.
func (s *scene) fillHoles() {
	const out = 2
	filled := slices.Clone(s.lesion)
	from := func(i int) {
		if filled[i] == 0 {
			spread(filled, i, s.w, out, func(_, _ int) {})
		}
	}
	for x := range s.w {
		from(x)
		from(x + s.w*(s.h-1))
	}
	for y := range s.h {
		from(y * s.w)
		from(y*s.w + s.w - 1)
	}
	for i, v := range filled {
		if v != out && s.inside[i] {
			s.lesion[i] = 255
		}
	}
}
