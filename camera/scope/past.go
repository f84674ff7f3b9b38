package scope

import "math/rand/v2"

// remembered is how many frames the scope can play again: half a minute.
const remembered = 30 * FPS

// shot is what a frame was spliced from, which gives the same frame again, to the bit.
type shot struct {
	deck   *Deck
	chance [2]uint64
}

func (s shot) frame() []byte { return s.deck.Frame(rand.New(rand.NewPCG(s.chance[0], s.chance[1]))) }

// past has the latest shots, without number and time. The zero past has none.
type past struct {
	shots []shot
	next  int // where the next one goes, or is taken from: the oldest
}

// add remembers a shot.
func (p *past) add(s shot) {
	if len(p.shots) < remembered {
		p.shots = append(p.shots, s)
		return
	}
	p.shots[p.next] = s
	p.next = (p.next + 1) % remembered
}

// again gives the shots of the past in turn, the oldest first; false where there are none.
func (p *past) again() (shot, bool) {
	if len(p.shots) == 0 {
		return shot{}, false
	}
	s := p.shots[p.next]
	p.next = (p.next + 1) % len(p.shots)
	return s, true
}
