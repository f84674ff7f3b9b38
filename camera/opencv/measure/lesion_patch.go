//go:build opencv

package measure

import "math"

// patch is one connected part of what is unlike skin.
type patch struct {
	at      int     // one of its pixels
	area    int     // pixels
	x, y    float64 // sums of its places
	score   float64 // sum of its scores
	foreign int     // pixels that no skin or lesion has the colour of: ink, plasters
	corners int     // corners of the picture that are in it
}

// worth tells how likely a patch is the lesion: large, unlike the skin, near the middle, of the colours of skin, and in no corner, which
// is where a background begins.
func (p patch) worth(w, h int) float64 {
	if p.area == 0 {
		return 0
	}
	n := float64(p.area)
	if p.background(w, h) {
		return 0
	}
	dx, dy := 2*p.x/n/float64(w)-1, 2*p.y/n/float64(h)-1
	return math.Sqrt(n) * p.score / n * math.Exp(-2.2*(dx*dx+dy*dy)) * (1 - float64(p.foreign)/n)
}

// background tells whether a patch is what lies behind the skin, in a picture taken without the dermatoscope: it fills corners, and
// is not so large that it could be a lesion larger than the field.
func (p patch) background(w, h int) bool {
	share := float64(p.area) / float64(w*h)
	return p.corners >= 2 && share < 0.6 || p.corners == 1 && share > 0.15 && share < 0.6
}

// keepPatch makes the best patch of a mask the lesion, with its holes filled.
func (s *scene) keepPatch(mask []uint8) {
	s.parts(func(i int) bool { return mask[i] != 0 }, func(part []int) {
		p := patch{at: part[0]}
		for _, i := range part {
			s.count(&p, i)
		}
		if p.worth(s.w, s.h) > s.patch.worth(s.w, s.h) {
			s.patch = p
		}
	})
	clear(s.lesion)
	if s.patch.area == 0 {
		return
	}
	flood(s.patch.at, s.w, s.h, func(j int) bool { return mask[j] != 0 && s.lesion[j] == 0 }, func(j int) { s.lesion[j] = 255 })
	s.fillHoles()
}

// count adds a pixel to a patch.
func (s *scene) count(p *patch, i int) {
	p.area++
	p.x, p.y = p.x+float64(i%s.w)+0.5, p.y+float64(i/s.w)+0.5
	p.score += float64(s.score[i])
	if x, y := i%s.w, i/s.w; (x == 0 || x == s.w-1) && (y == 0 || y == s.h-1) {
		p.corners++
	}
	lab := s.labAt(i)
	if lab[0] > 35 && s.score[i] > 15 && (lab[1] < -6 || lab[2] < -14) {
		p.foreign++
	}
}

// fillHoles gives the lesion what it encloses.
func (s *scene) fillHoles() {
	around := make([]bool, len(s.lesion))
	out := func(j int) bool { return s.lesion[j] == 0 && !around[j] }
	mark := func(j int) { around[j] = true }
	for x := range s.w {
		flood(x, s.w, s.h, out, mark)
		flood(x+s.w*(s.h-1), s.w, s.h, out, mark)
	}
	for y := range s.h {
		flood(y*s.w, s.w, s.h, out, mark)
		flood(y*s.w+s.w-1, s.w, s.h, out, mark)
	}
	for i := range s.lesion {
		if !around[i] && s.inside[i] {
			s.lesion[i] = 255
		}
	}
}
