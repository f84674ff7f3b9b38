package quality

// The messages between Client and the judge worker (package camera/opencv). The request's body is the JPEG.
const (
	CallMeasure = "judge.measure" // nothing -> Metrics
	CallDecode  = "judge.decode"  // nothing -> Decoded, and the pixels as body
	CallCard    = "judge.card"    // nothing -> card.Reading
)

// Decoded says what the pixels in the body are: RGB, three bytes each, rows from the top without gaps.
type Decoded struct {
	Width  int `json:"width"`
	Height int `json:"height"`
}
