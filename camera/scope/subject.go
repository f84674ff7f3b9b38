package scope

import (
	"hash/fnv"
	"math/rand/v2"
	"strconv"

	"dermbox/appliance"
)

// The kinds of lesion that can be drawn. They are drawings: what a small network learns from them is the drawing's rules.
const (
	Naevus    = "nv"    // round, symmetric, even brown
	Melanoma  = "mel"   // asymmetric, irregular border, several colours, blue-white veil, dots
	Keratosis = "sk"    // waxy, sharp border, milia-like cysts, comedo-like openings
	Empty     = "empty" // skin alone
	Card      = "card"  // dermbox's reference card, turned and a little out of the middle; it has no skin type
)

// Lesions lists the kinds that show a lesion.
func Lesions() []string { return []string{Naevus, Melanoma, Keratosis} }

// Subject is what lies under the simulated dermatoscope. The same subject always gives the same drawing.
type Subject struct {
	Kind  string `json:"kind"` // Naevus, Melanoma, Keratosis, Empty or Card
	Tone  int    `json:"tone"` // Fitzpatrick skin type, 1 to 6
	Seed  int64  `json:"seed"` // place, size, rotation, colours, texture
	Hair  bool   `json:"hair"`
	Ruler bool   `json:"ruler"` // millimetre marks at the field's edge
}

// Random gives the subject of a seed: every skin type is as likely as the next, one in three has hair, one in three a
// ruler, whatever the kind.
func Random(kind string, seed int64) Subject {
	s := Subject{Kind: kind, Seed: seed}
	r := s.rand("subject")
	s.Tone, s.Hair, s.Ruler = 1+r.IntN(6), r.IntN(3) == 0, r.IntN(3) == 0
	return s
}

// Check gives an Invalid error for a kind or skin type that does not exist.
func (s Subject) Check() error {
	switch s.Kind {
	case Card:
		return nil
	case Naevus, Melanoma, Keratosis, Empty:
	default:
		return appliance.FieldError("kind", "camera.scope.bad_kind", "value", strconv.QuoteToASCII(s.Kind))
	}
	if s.Tone < 1 || s.Tone > 6 {
		return appliance.FieldError("tone", "camera.scope.bad_tone", "value", strconv.Itoa(s.Tone))
	}
	return nil
}

// rand gives the subject's own source of chance for one part of the drawing, so that a new hair does not move the lesion.
func (s Subject) rand(part string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(part + "/" + s.Kind))
	return rand.New(rand.NewPCG(uint64(s.Seed), h.Sum64()))
}

// between draws evenly from [lo, hi).
func between(r *rand.Rand, lo, hi float64) float64 { return lo + (hi-lo)*r.Float64() }
