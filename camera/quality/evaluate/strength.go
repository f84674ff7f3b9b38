package evaluate

import (
	"slices"

	"dermbox/camera/quality"
	"dermbox/camera/quality/degrade"
)

// Step is how strongly a photograph is spoilt.
type Step string

// The steps. The aims are set for Medium and Strong; the others are there for the curves.
const (
	Weak   Step = "weak"
	Mild   Step = "mild"
	Medium Step = "medium"
	Marked Step = "marked"
	Strong Step = "strong"
)

// Steps lists the steps from the weakest.
func Steps() []Step { return []Step{Weak, Mild, Medium, Marked, Strong} }

// Row is one kind of the table of strengths: what is done, how much at each step, and what is the right reason to refuse it.
type Row struct {
	Kind       degrade.Kind
	Unit       string
	Amounts    map[Step]float64
	Directions []string // ways to do it that are told apart in the figures; none: one way
	Reasons    []Reason
}

// Strengths is the table of strengths. It stood before any limit was fitted to it: medium and strong are those that the aims
// were set for. A photograph of 256 pixels is spoilt by exactly these pixels, a larger one by as many more as its field
// is wider than 256.
//
// The right reason is the check whose sentence sends the user's hand to the fault that was made. Where two are listed, both
// sentences lead to the same act, or the fault truly is both.
func Strengths() []Row {
	return []Row{
		{Kind: degrade.Blur, Unit: "px", Amounts: five(0.5, 1, 1.5, 2.25, 3),
			// One cannot always tell a defocused picture from a moved one, and the hand does the same: rest it and press again.
			Reasons: reasons(quality.Focus, quality.Motion)},
		{Kind: degrade.Motion, Unit: "px", Amounts: five(2, 4, 6, 9, 12),
			Reasons: reasons(quality.Motion, quality.Focus)},
		{Kind: degrade.Over, Unit: "EV", Amounts: five(0.5, 1, 1.5, 2, 2.5),
			// Light skin clips before the mean is high; both sentences say to turn the light down or to tilt.
			Reasons: []Reason{high(quality.ExposureMean), high(quality.ClippedHigh)}},
		{Kind: degrade.Under, Unit: "EV", Amounts: five(0.5, 1, 1.5, 2, 2.5),
			Reasons: []Reason{low(quality.ExposureMean), high(quality.ClippedLow)}},
		{Kind: degrade.Glare, Unit: "share", Amounts: five(0.01, 0.02, 0.03, 0.05, 0.08),
			// A mirrored lamp is glare on the lesion and clipped light in the field.
			Reasons: reasons(quality.Glare, quality.ClippedHigh)},
		{Kind: degrade.Cast, Unit: "deltaE00", Amounts: five(3, 6, 10, 15, 20), Directions: degrade.Casts(),
			Reasons: reasons(quality.Cast)},
		{Kind: degrade.JPEG, Unit: "quality", Amounts: five(50, 30, 15, 10, 5),
			// Lost detail alone would ask for a steadier hand, which mends no encoder: only blocks is right.
			Reasons: reasons(quality.Blocks)},
		{Kind: degrade.Crop, Unit: "share", Amounts: five(0.05, 0.10, 0.15, 0.25, 0.40),
			// Both say to move the dermatoscope over the lesion's middle.
			Reasons: reasons(quality.LesionCut, quality.LesionMargin)},
		{Kind: degrade.Hair, Unit: "share", Amounts: five(0.05, 0.10, 0.15, 0.22, 0.30),
			Reasons: reasons(quality.Occlusion)},
		{Kind: degrade.Empty, Unit: "-", Amounts: map[Step]float64{Strong: 1},
			// Without a lesion there is nothing whose size, margin or hair could be right or wrong.
			Reasons: reasons(quality.LesionContrast)},
		{Kind: degrade.Distant, Unit: "-", Amounts: map[Step]float64{Strong: 1},
			// Without the dermatoscope there is no rim; where the check of the rim cannot be sure, the lesion or the field is far
			// too small for a dermatoscope, and each of these says to put it on.
			Reasons: reasons(quality.Ring, quality.LesionSize, quality.FieldPX)},
	}
}

func five(weak, mild, medium, marked, strong float64) map[Step]float64 {
	return map[Step]float64{Weak: weak, Mild: mild, Medium: medium, Marked: marked, Strong: strong}
}

// Strength gives the row of a kind.
func Strength(k degrade.Kind) (Row, bool) {
	rows := Strengths()
	i := slices.IndexFunc(rows, func(r Row) bool { return r.Kind == k })
	if i < 0 {
		return Row{}, false
	}
	return rows[i], true
}
