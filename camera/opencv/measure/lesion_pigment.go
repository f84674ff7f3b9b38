//go:build opencv

package measure

import (
	"math"

	"dermbox/camera/quality/colour"
)

// pigmented is how many stops more of blue than of red a patch at the field's edge takes from the skin's light if it is a lesion. Melanin and
// blood take far more of blue; the lamp's fall, a fold and the rim's shadow take of all alike, and what lies behind the skin may
// be of any colour. The ratio of two colours in one picture knows neither exposure nor white balance.
const pigmented = 0.5

// lighter is by how many stops a lesion's red or green may be over the skin's. An orange plaster's red is more, a yellow one's green.
const lighter = 0.2

// darkest is the light, as a share of white, below which a colour's stops are no longer told apart.
const darkest = 0.002

// pigment gives by how many stops more of blue than of red the pixels of a patch take from the light of the skin that is expected there; 0
// for what sends back more red or green than skin, which no pigment does.
func (s *scene) pigment(part []int) float64 {
	var seen, skin [3]float64
	for _, i := range part {
		at, of := s.labAt(i), s.skinAt(i)
		for c := range seen {
			seen[c], skin[c] = seen[c]+at[c], skin[c]+of[c]
		}
	}
	n := float64(max(1, len(part)))
	lit := func(sum [3]float64) colour.Linear {
		return colour.Lab{L: sum[0] / n, A: sum[1] / n, B: sum[2] / n}.XYZ().Linear()
	}
	is, was := lit(seen), lit(skin)
	stops := func(c int) float64 { return math.Log2(max(was[c], darkest) / max(is[c], darkest)) }
	if min(stops(0), stops(1)) < -lighter {
		return 0
	}
	return stops(2) - stops(0)
}
