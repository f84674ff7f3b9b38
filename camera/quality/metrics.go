package quality

// Metrics are the numbers that the judge worker measured on one still. They know no limits.
type Metrics struct {
	Width        int     `json:"width"`         // pixels of the whole picture
	Height       int     `json:"height"`        // pixels
	Field        Field   `json:"field"`         // what the dermatoscope lights up
	Focus        float64 `json:"focus"`         // fine detail against contrast within the field, no unit; 0 is a grey wall
	ExposureMean float64 `json:"exposure_mean"` // mean luma within the field, 0 to 255
	ClippedHigh  float64 `json:"clipped_high"`  // share of the field with luma at 250 or more, 0 to 1
	ClippedLow   float64 `json:"clipped_low"`   // share of the field with luma at 5 or less, 0 to 1
}

// Field is the part of the picture inside the dermatoscope's rim: a disc on black, or a whole square for photographs that
// came without a rim.
type Field struct {
	Shape string  `json:"shape"` // "disc", "square" or "none"
	X     float64 `json:"x"`     // centre, pixels from the left
	Y     float64 `json:"y"`     // centre, pixels from the top
	Size  float64 `json:"size"`  // diameter or side, pixels
}

// The shapes of a field.
const (
	ShapeDisc   = "disc"
	ShapeSquare = "square"
	ShapeNone   = "none"
)
