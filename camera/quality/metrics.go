package quality

import "dermbox/camera/quality/colour"

// Metrics are the numbers that the judge worker measured on one still or frame. They know no limits.
type Metrics struct {
	Width  int                `json:"width"`  // pixels of the whole picture
	Height int                `json:"height"` // pixels
	Field  Field              `json:"field"`  // what the dermatoscope lights up
	Live   bool               `json:"live"`   // taken on a reduced decode: what needs every pixel is not in Values
	Values map[string]float64 `json:"values"` // by the name of the check; what could not be measured is absent
	// Skin is the mean colour of the skin around the lesion; nil where too little of it was seen. The cast comes from it.
	Skin *colour.Lab `json:"skin,omitempty"`
	// Gains are those of linear red, green and blue that the camera's reference card asked for. The worker knows of no card: whoever
	// judges sets them. Nil without.
	Gains *[3]float64 `json:"gains,omitempty"`
	Hash  string      `json:"hash"` // perceptual hash of a still: see Hash; "" on a live picture
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

// Value gives a check's number, and whether there is one.
func (m Metrics) Value(name string) (v float64, measured bool) {
	switch name {
	case FieldPX:
		return m.Field.Size, true
	case ImagePX:
		return float64(min(m.Width, m.Height)), true
	}
	v, measured = m.Values[name]
	return v, measured
}
