package card

import "dermbox/camera/quality/colour"

// The states of a Reading.
const (
	StateFound   = "found"
	StateNone    = "none"    // nothing like a card
	StatePartial = "partial" // some of the marks
	StateOther   = "other"   // all of the marks, of no card that is known
)

// Reading is what the judge worker saw of a card in one still. All but State is set only when it is StateFound.
type Reading struct {
	State   string   `json:"state"`
	Card    string   `json:"card,omitempty"`    // Layout.Ref
	Marks   []Point  `json:"marks,omitempty"`   // middles in pixels, in the layout's order
	EdgePX  float64  `json:"edge_px,omitempty"` // how many pixels the marks' edges take from dark to light: focus
	Patches []Sample `json:"patches,omitempty"` // in the layout's order
}

// Sample is the light of one patch and of the card's grey around it.
type Sample struct {
	Patch  colour.SRGB `json:"patch"`  // mean, 0 to 255
	Around colour.SRGB `json:"around"` // mean, 0 to 255
}

// layout gives the card that a reading is of. It fails for one that does not hold together: the worker is another process.
func (r Reading) layout() (Layout, bool) {
	for _, l := range Known() {
		if l.Ref() == r.Card && len(r.Marks) == Marks && len(r.Patches) == len(l.Patches) {
			return l, r.finite()
		}
	}
	return Layout{}, false
}

func (r Reading) finite() bool {
	in := func(v, lo, hi float64) bool { return v >= lo && v <= hi } // false for what is no number
	ok := in(r.EdgePX, 0, 1e5)
	for _, m := range r.Marks {
		ok = ok && in(m.X, -1e5, 1e5) && in(m.Y, -1e5, 1e5)
	}
	for _, s := range r.Patches {
		for i := range 3 {
			ok = ok && in(s.Patch[i], 0, 255) && in(s.Around[i], 0, 255)
		}
	}
	return ok
}
