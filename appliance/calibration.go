package appliance

import "time"

// Calibration is what a reference card showed of a camera: kept with its history, and in force for that camera alone.
type Calibration struct {
	ID            string     `json:"id"`
	At            Stamp      `json:"at"`             // when the card's frame was exposed
	Camera        Camera     `json:"camera"`         // as it says of itself, with the optics that its profile vouches for
	CameraProfile string     `json:"camera_profile"` // id and version: by which it was set
	Profile       string     `json:"profile"`        // quality profile whose limits it met
	Operator      string     `json:"operator"`       // who showed the card, or "dermboxctl"
	Card          string     `json:"card"`           // id and version of the card
	Gains         [3]float64 `json:"gains"`          // of linear red, green and blue that make the card's greys grey; green's is 1
	ExposureEV    float64    `json:"exposure_ev"`    // stops that the picture was too bright
	MeanDeltaE    float64    `json:"mean_delta_e00"` // after the gains, over the card's patches
	MaxDeltaE     float64    `json:"max_delta_e00"`
	MMPerPX       float64    `json:"mm_per_px"` // millimetres of each pixel, of a picture of Width by Height
	Width         int        `json:"width"`
	Height        int        `json:"height"`
	ScanSHA256    string     `json:"scan_sha256"` // of the card's still, which is not kept: no still counts twice
}

// Reference is the part of a calibration that a still's record has: what the camera was like when it was taken.
type Reference struct {
	Calibration string     `json:"calibration"` // its id
	At          Stamp      `json:"at"`
	Card        string     `json:"card"`
	Gains       [3]float64 `json:"gains"`
	MeanDeltaE  float64    `json:"mean_delta_e00"`
	MaxDeltaE   float64    `json:"max_delta_e00"`
	MMPerPX     float64    `json:"mm_per_px,omitempty"` // left out for a still of another size than the card's
}

// Reference gives what the record of a still of some size has.
func (c Calibration) Reference(width, height int) *Reference {
	r := &Reference{Calibration: c.ID, At: c.At, Card: c.Card, Gains: c.Gains, MeanDeltaE: c.MeanDeltaE, MaxDeltaE: c.MaxDeltaE}
	if width == c.Width && height == c.Height {
		r.MMPerPX = c.MMPerPX
	}
	return r
}

// Of says whether the calibration is of a camera that was set by a profile. Another one of the same make has another lamp.
func (c Calibration) Of(camera Camera, profile string) bool {
	a, b := c.Camera, camera
	return a.Make == b.Make && a.Model == b.Model && a.Serial == b.Serial && a.Firmware == b.Firmware && a.Optics == b.Optics &&
		c.CameraProfile == profile
}

// Age gives how long ago the card was shown: within one boot by the time since boot, which no clock's error changes, otherwise
// by bounded, a wall time that never falls back. It is false when that lies before the calibration: then its age is unknown.
func (c Calibration) Age(now Stamp, bounded time.Time) (age time.Duration, known bool) {
	if now.Boot == c.At.Boot && now.Boot != "" {
		age = time.Duration(now.Mono - c.At.Mono)
	} else {
		age = bounded.Sub(c.At.Wall)
	}
	return max(age, 0), age >= 0
}
