package quality

// The names of the checks. docs/quality.md gives each one's formula, source and limits.
const (
	ImagePX        = "image_px"
	FieldPX        = "field_px"
	Ring           = "ring"
	ExposureMean   = "exposure_mean"
	ClippedHigh    = "clipped_high"
	ClippedLow     = "clipped_low"
	Focus          = "focus"
	Motion         = "motion"
	Blocks         = "blocks"
	Cast           = "cast"
	Glare          = "glare"
	LesionContrast = "lesion_contrast"
	LesionCut      = "lesion_cut"
	LesionMargin   = "lesion_margin"
	LesionSize     = "lesion_size"
	Occlusion      = "occlusion"
	Twin           = "twin"
)

// Check is one thing that is measured on a picture.
type Check struct {
	Name   string
	Unit   string // "px", "luma" (0 to 255), "share" (0 to 1), "bit" (0 to 64), "deltaE00" or "1"
	Lesion bool   // of the lesion or of the dermatoscope's field: for dermoscopic stills alone
	Full   bool   // needs every pixel: not on the live picture
	Beside bool   // needs other stills beside this one: left out where there are none
}

// Checks lists every check; those of Names are the columns of "dermboxctl quality score", in this order.
func Checks() []Check {
	return []Check{
		{Name: ImagePX, Unit: "px", Full: true},
		{Name: FieldPX, Unit: "px", Lesion: true, Full: true},
		{Name: Twin, Unit: "bit", Lesion: true, Full: true, Beside: true},
		{Name: Ring, Unit: "share", Lesion: true},
		{Name: ExposureMean, Unit: "luma"},
		{Name: ClippedHigh, Unit: "share"},
		{Name: ClippedLow, Unit: "share"},
		{Name: Focus, Unit: "1"},
		{Name: Motion, Unit: "1"},
		{Name: Blocks, Unit: "1", Full: true},
		{Name: Glare, Unit: "share", Lesion: true},
		{Name: Cast, Unit: "deltaE00", Lesion: true},
		{Name: Occlusion, Unit: "share", Lesion: true},
		{Name: LesionContrast, Unit: "deltaE00", Lesion: true},
		{Name: LesionCut, Unit: "share", Lesion: true},
		{Name: LesionMargin, Unit: "share", Lesion: true},
		{Name: LesionSize, Unit: "share", Lesion: true},
	}
}

// Names lists the names of the checks that are measured on one picture.
func Names() (names []string) {
	for _, c := range Checks() {
		if !c.Beside {
			names = append(names, c.Name)
		}
	}
	return names
}

// check gives the check of a name.
func check(name string) (Check, bool) {
	for _, c := range Checks() {
		if c.Name == name {
			return c, true
		}
	}
	return Check{}, false
}
