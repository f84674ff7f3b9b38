package figure

import (
	"fmt"
	"math"
)

// Share is a count out of so many.
type Share struct {
	K int `json:"k"`
	N int `json:"n"`
}

// Add counts one more.
func (s *Share) Add(yes bool) {
	s.N++
	if yes {
		s.K++
	}
}

// Value is the share, 0 to 1; 0 of nothing.
func (s Share) Value() float64 {
	if s.N == 0 {
		return 0
	}
	return float64(s.K) / float64(s.N)
}

// Interval gives Wilson's interval of 95 per cent: within it lies the share of all such pictures, if these are like the others.
func (s Share) Interval() (lo, hi float64) {
	if s.N == 0 {
		return 0, 1
	}
	const z = 1.959964
	n, p := float64(s.N), s.Value()
	middle := (p + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return max(0, middle-half), min(1, middle+half)
}

// String gives the share and its interval in per cent, as "93.2 (87.9 to 96.3)".
func (s Share) String() string {
	if s.N == 0 {
		return "-"
	}
	lo, hi := s.Interval()
	return fmt.Sprintf("%.1f (%.1f to %.1f)", 100*s.Value(), 100*lo, 100*hi)
}
