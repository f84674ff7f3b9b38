package quality

import (
	"fmt"
	"time"

	"dermbox/appliance"
	"dermbox/camera/quality/card"
)

// Reference names the measure of how long ago the reference card was shown. The daemon adds it to a verdict: it is no number of
// the picture, so it stands in no list of checks, and its limit is the profile's RequiredHours.
const Reference = "reference"

// Calibration is what a profile asks of the reference card, and how long one showing of it counts.
type Calibration struct {
	MaxMean       float64 `json:"max_mean"`       // deltaE00 over all patches, after the gains
	MaxPatch      float64 `json:"max_patch"`      // deltaE00 of each
	FreshHours    float64 `json:"fresh_hours"`    // after so long the card is asked for again
	RequiredHours float64 `json:"required_hours"` // after so long no model may judge a still
}

// What a profile may ask for: beyond it is a slip of the pen.
const (
	mostDeltaE = 100
	mostHours  = 24 * 31
)

func (c Calibration) check(p *Profile) error {
	switch {
	case !p.Judges(appliance.Dermoscopic):
		return fmt.Errorf("calibration in a profile that is not for dermoscopic stills")
	case !(c.MaxMean > 0 && c.MaxMean <= mostDeltaE):
		return fmt.Errorf("calibration.max_mean is not from 0 to %d", mostDeltaE)
	case !(c.MaxPatch >= c.MaxMean && c.MaxPatch <= mostDeltaE):
		return fmt.Errorf("calibration.max_patch is not from max_mean to %d", mostDeltaE)
	case !(c.FreshHours > 0 && c.FreshHours <= mostHours):
		return fmt.Errorf("calibration.fresh_hours is not from 0 to %d", mostHours)
	case !(c.RequiredHours >= c.FreshHours && c.RequiredHours <= mostHours):
		return fmt.Errorf("calibration.required_hours is not from fresh_hours to %d", mostHours)
	}
	return nil
}

// Limits gives how far the card's colours may be off.
func (c Calibration) Limits() card.Limits {
	return card.Limits{MaxMean: c.MaxMean, MaxPatch: c.MaxPatch}
}

// Fresh gives for how long the card is not asked for again.
func (c Calibration) Fresh() time.Duration { return hours(c.FreshHours) }

// Required gives for how long one showing of the card counts.
func (c Calibration) Required() time.Duration { return hours(c.RequiredHours) }

func hours(h float64) time.Duration { return time.Duration(h * float64(time.Hour)) }
