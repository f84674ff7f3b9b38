//go:build opencv

package measure

import "math"

// patch is one connected part of what is unlike skin.
type patch struct {
	at       int     // one of its pixels
	area     int     // pixels
	x, y     float64 // sums of its places
	score    float64 // sum of its scores
	foreign  int     // pixels that no skin or lesion has the colour of: ink, plasters
	touching int     // pixels at the field's edge
}

// worth tells how likely a patch is the lesion: large, unlike the skin, near the middle, of the colours of skin.
func (p patch) worth(w, h int) float64 {
	if p.area == 0 {
		return 0
	}
	n := float64(p.area)
	dx, dy := 2*p.x/n/float64(w)-1, 2*p.y/n/float64(h)-1
	return math.Sqrt(n) * p.score / n * math.Exp(-3*(dx*dx+dy*dy)) * (1 - float64(p.foreign)/n)
}

// keepPatch makes the best patch of a mask the lesion, with its holes filled.
func (s *scene) keepPatch(mask []uint8) {
	seen := make([]bool, len(mask))
	for i, v := range mask {
		if v == 0 || seen[i] {
			continue
		}
		p := patch{at: i}
		flood(i, s.w, s.h, func(j int) bool { return mask[j] != 0 && !seen[j] }, func(j int) {
			seen[j] = true
			s.count(&p, j)
		})
		if p.worth(s.w, s.h) > s.patch.worth(s.w, s.h) {
			s.patch = p
		}
	}
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
