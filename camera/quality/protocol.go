package quality

// The messages between Client and the judge worker (package camera/opencv). The request's body is the JPEG.
const (
	CallMeasure = "judge.measure" // Look -> Metrics
	CallLive    = "judge.live"    // Look -> Metrics of a reduced decode
	CallLesion  = "judge.lesion"  // nothing -> Mask, and its pixels as body
	CallCard    = "judge.card"    // nothing -> card.Reading
)

// Look says what to measure.
type Look struct {
	Part Part `json:"part,omitempty"`
}

// Mask says what the pixels in the body are: one byte each, 255 within the lesion and 0 elsewhere, rows from the top without
// gaps, of a picture that was reduced so that the dermatoscope's field is about 256 pixels across.
type Mask struct {
	Width  int     `json:"width"`  // of the reduced picture
	Height int     `json:"height"` // pixels
	Scale  float64 `json:"scale"`  // pixels of the mask for each pixel of the picture, above 0 and at most 1
}
