package inference

import (
	"context"
	"image"

	"dermbox/appliance"
)

// Classifier judges one still.
type Classifier interface {
	// Assess gives the model's probabilities for one still. Safe for concurrent use; bounded by ctx. Trying again is
	// harmless. Every error is an *appliance.Error whose key says why no model judged the still.
	Assess(ctx context.Context, in Input) (Scores, error)
}

// Input is an original still and where it comes from.
type Input struct {
	JPEG   []byte // the camera's own bytes
	Optics appliance.OpticsID
	Field  image.Rectangle // the dermatoscope's lit field in pixels; empty: centred in the picture
}

// Scores is the model's answer, not yet read against its thresholds.
type Scores struct {
	Labels        []string  // the model's words
	Probabilities []float64 // 0 to 1, in the order of Labels
	Unlikeness    *float64  // the score of the method feature_residual; nil with any other method
	Model         appliance.ModelRef
	Period        string  // of the self-test before the answer; ask Doubted with it before the answer decides something
	TookMS        float64 // from the request to the answer, preparation of the picture included
}
