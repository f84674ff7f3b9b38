package card

import (
	"math"

	"dermbox/camera/quality/colour"
)

// Limits are how far colours may be off, by a signed quality profile.
type Limits struct {
	MaxMean  float64 `json:"max_mean"`  // deltaE00 over all patches
	MaxPatch float64 `json:"max_patch"` // deltaE00 of each
}

// What a picture of a card must be for its numbers to count. They say how the card is held, not how good the camera is.
const (
	maxTilt   = 1.03 // millimetre one way over millimetre the other way; 14 degrees
	maxOffMM  = 0.03 // the marks' distance from an even ring, root mean square
	maxEdgeMM = 0.12 // width of the marks' edges
	maxEV     = 1.0  // stops that the picture is too dark or bright
	clipped   = 249  // from here a patch has lost its colour
	maxGain   = 4.0  // of red and blue, and one over it the least
)

// Result is what a reading says of the camera. Key is the sentence that says how it went and what to do next; the numbers are
// set as far as they could be taken, and count only where Pass is true.
type Result struct {
	Pass       bool        `json:"pass"`
	Key        string      `json:"key"`
	Card       string      `json:"card,omitempty"`
	Gains      [3]float64  `json:"gains"`       // of linear red, green and blue; green's is 1
	ExposureEV float64     `json:"exposure_ev"` // stops that the picture is too bright; negative: too dark
	MeanDeltaE float64     `json:"mean_delta_e00"`
	MaxDeltaE  float64     `json:"max_delta_e00"`
	Worst      string      `json:"worst,omitempty"`     // the patch with the largest
	MMPerPX    float64     `json:"mm_per_px,omitempty"` // only where Pass is true
	OffMM      float64     `json:"off_mm"`              // the marks' distance from where the scale has them, root mean square
	Tilt       float64     `json:"tilt"`                // 1: none
	EdgeMM     float64     `json:"edge_mm"`
	Degrees    float64     `json:"degrees"` // the card's turn, clockwise
	Patches    []PatchSeen `json:"patches,omitempty"`
}

// PatchSeen is one patch as it should be and as it is after the gains.
type PatchSeen struct {
	Name    string      `json:"name"`
	Nominal colour.SRGB `json:"nominal"`
	Seen    colour.SRGB `json:"seen"` // after the gains; may lie outside of 0 to 255
	DeltaE  float64     `json:"delta_e00"`
}

// Judge takes the numbers of a reading. The sentence is of the first thing that must be mended: where the card is, how it is
// held, the light, then the colours.
func Judge(r Reading, limits Limits) Result {
	switch r.State {
	case StateFound:
	case StatePartial:
		return Result{Key: "quality.card.partial"}
	case StateOther:
		return Result{Key: "quality.card.other"}
	default:
		return Result{Key: "quality.card.none"}
	}
	l, ok := r.layout()
	if !ok {
		return Result{Key: "quality.card.other"}
	}
	result := Result{Card: l.Ref()}
	result.measure(r)
	result.colours(l, r)
	result.Key = result.next(r, limits)
	result.Pass = result.Key == "quality.card.ok"
	if !result.Pass {
		result.MMPerPX = 0 // a card that was not accepted measures nothing
	}
	if !result.finite() { // JSON has no such numbers
		return Result{Key: "quality.card.none"}
	}
	return result
}

// measure takes the scale.
func (x *Result) measure(r Reading) {
	seen := [Marks]Point(r.Marks)
	a := Fit(seen)
	scale, degrees := a.Scale()
	least, most := a.PXPerMM()
	if least <= 0 {
		x.Tilt = 100
		return
	}
	x.MMPerPX, x.Degrees, x.Tilt = 1/scale, degrees, most/least
	x.OffMM, x.EdgeMM = a.residual(seen)/scale, r.EdgePX/scale
}

// colours takes the gains and the colours after them. How much light falls on a patch is told from the card's grey around it.
func (x *Result) colours(l Layout, r Reading) {
	light := make([]colour.Linear, len(l.Patches))
	mean := 0.0
	for _, s := range r.Patches {
		mean += s.Around.Linear().XYZ()[1] / float64(len(r.Patches))
	}
	var seen, nominal [3]float64 // sums over the greys
	for i, s := range r.Patches {
		share := mean / max(1e-4, s.Around.Linear().XYZ()[1])
		light[i] = s.Patch.Linear().Times([3]float64{share, share, share})
		if !l.Patches[i].Grey {
			continue
		}
		want := l.Patches[i].Colour.Linear()
		for c := range 3 {
			seen[c], nominal[c] = seen[c]+light[i][c]*light[i][c], nominal[c]+light[i][c]*want[c]
		}
	}
	var gain [3]float64
	for c := range 3 {
		gain[c] = nominal[c] / max(1e-9, seen[c])
	}
	x.ExposureEV = -math.Log2(gain[1])
	x.Gains = [3]float64{gain[0] / gain[1], 1, gain[2] / gain[1]}
	for i, p := range l.Patches {
		got := light[i].Times(gain)
		d := colour.DeltaE00(p.Colour.Lab(), got.XYZ().Lab())
		x.Patches = append(x.Patches, PatchSeen{p.Name, p.Colour, got.SRGB(), d})
		x.MeanDeltaE += d / float64(len(l.Patches))
		if d > x.MaxDeltaE {
			x.MaxDeltaE, x.Worst = d, p.Name
		}
	}
}

func (x *Result) next(r Reading, limits Limits) string {
	bright := false
	for _, s := range r.Patches {
		bright = bright || max(s.Patch[0], s.Patch[1], s.Patch[2]) > clipped
	}
	switch {
	case x.Tilt > maxTilt || x.OffMM > maxOffMM:
		return "quality.card.tilted"
	case x.EdgeMM > maxEdgeMM:
		return "quality.card.blurred"
	case bright || x.ExposureEV > maxEV:
		return "quality.card.bright"
	case x.ExposureEV < -maxEV:
		return "quality.card.dark"
	case max(x.Gains[0], x.Gains[2]) > maxGain || min(x.Gains[0], x.Gains[2]) < 1/maxGain:
		return "quality.card.colour"
	case !(x.MeanDeltaE <= limits.MaxMean && x.MaxDeltaE <= limits.MaxPatch):
		return "quality.card.colour"
	}
	return "quality.card.ok"
}

func (x *Result) finite() bool {
	sum := x.ExposureEV + x.MeanDeltaE + x.MaxDeltaE + x.MMPerPX + x.OffMM + x.Tilt + x.EdgeMM + x.Degrees
	for _, g := range x.Gains {
		sum += g
	}
	for _, p := range x.Patches {
		sum += p.DeltaE + p.Seen[0] + p.Seen[1] + p.Seen[2]
	}
	return !math.IsNaN(sum) && !math.IsInf(sum, 0)
}
