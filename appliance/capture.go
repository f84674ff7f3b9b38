package appliance

import "time"

// View is the kind of photograph.
type View string

// The views of the guided set (domain 1.7).
const (
	Regional    View = "regional"
	Macro       View = "macro"
	Dermoscopic View = "dermoscopic"
	Oblique     View = "oblique"
)

// OpticsID names a validated combination of camera, dermatoscope and firmware; a model pack lists the ones that it was
// validated with (rule X17).
type OpticsID string

// The optics that dermbox itself can produce.
const (
	OpticsSimulatedScope OpticsID = "dermbox-simulated-scope" // drawings of the simulated dermatoscope
	OpticsPublicISIC     OpticsID = "public-isic"             // public photographs played by the simulated dermatoscope
)

// Capture is one still that was kept: the camera's own JPEG, untouched, and how it came to be.
type Capture struct {
	ID            CaptureID  `json:"id"`
	LesionID      LesionID   `json:"lesion_id"`
	View          View       `json:"view"`
	Attempt       int        `json:"attempt"` // 1 for the first press for this lesion and view
	Camera        Camera     `json:"camera"`
	Seq           uint64     `json:"seq"`            // the source's frame number since it was opened
	Exposed       Stamp      `json:"exposed"`        // when the frame was exposed, by ExposureClock
	ExposureClock string     `json:"exposure_clock"` // "stream", "v4l2" or "arrival"
	Pressed       Stamp      `json:"pressed"`        // when Capture was pressed; Exposed is never earlier
	MediaType     string     `json:"media_type"`     // "image/jpeg"
	SHA256        string     `json:"sha256"`         // of the JPEG's bytes, lower-case hex
	ScanSHA256    string     `json:"scan_sha256"`    // of its entropy-coded data without APP and COM segments: newness
	Size          int64      `json:"size"`           // bytes
	Width         int        `json:"width"`          // pixels
	Height        int        `json:"height"`
	Quality       Verdict    `json:"quality"`
	Override      string     `json:"override,omitempty"`  // why a poor image was kept
	Encoding      Encoding   `json:"encoding,omitzero"`   // who made the JPEG; left out where it is the camera's own
	Reference     *Reference `json:"reference,omitempty"` // the calibration that it was taken under; left out without one
	SwitchMS      float64    `json:"switch_ms,omitempty"` // how long the camera took to change into its still mode; left out where it has none
}

// Encoding says that a JPEG is not the camera's own, but was made by dermbox from the camera's pixels, once.
type Encoding struct {
	By       string `json:"by"`       // "dermbox"
	From     string `json:"from"`     // the camera's format, for example "YUYV"
	Quality  int    `json:"quality"`  // of the JPEG, 1 to 100
	Sampling string `json:"sampling"` // of its colour: "4:4:4"
}

// Camera is what took a photograph.
type Camera struct {
	Make     string   `json:"make"`
	Model    string   `json:"model"`
	Serial   string   `json:"serial"`
	Firmware string   `json:"firmware"`
	Optics   OpticsID `json:"optics"`
	FieldMM  float64  `json:"field_mm"` // diameter of the dermatoscope's field as its profile claims it, 0 unknown; rules use it, no page shows it

	// Of the yearly service, by date. The reference card of the day has Capture.Reference, and hours.
	Calibrated         Date `json:"calibrated,omitempty"`          // when camera and dermatoscope were last held against a target, "" not recorded
	CalibrationExpires Date `json:"calibration_expires,omitempty"` // last day on which that counts, "" not recorded (rule X17)
}

// CalibrationExpired says whether the calibration's last day is over at now. One that was not recorded has none; one that cannot
// be read counts as over.
func (c Camera) CalibrationExpired(now time.Time) bool {
	if c.CalibrationExpires == "" {
		return false
	}
	last, err := c.CalibrationExpires.Time()
	return err != nil || !now.Before(last.AddDate(0, 0, 1))
}

// Verdict is what the quality gate said of one still, with every number it measured.
type Verdict struct {
	Profile  string    `json:"profile"`   // "scope-1080/1": id and version of the signed profile
	Pass     bool      `json:"pass"`      // no measure failed
	HardFail bool      `json:"hard_fail"` // a hard measure failed: no model may judge this still (rule X18)
	Measures []Measure `json:"measures"`
	Hash     string    `json:"hash,omitempty"` // perceptual hash of the picture, 16 digits of hex: near ones are the same picture again
}

// Measure is one number of the quality gate against its limits; a limit of nil is not set.
type Measure struct {
	Name  string   `json:"name"` // "focus", "exposure_mean", "clipped_high", "clipped_low", "field_px", "twin"
	Value float64  `json:"value"`
	Unit  string   `json:"unit"`
	Min   *float64 `json:"min,omitempty"`
	Max   *float64 `json:"max,omitempty"`
	Hard  bool     `json:"hard"`
	Pass  bool     `json:"pass"`
	Key   string   `json:"key,omitempty"` // the sentence that says what to do, when it failed

	Params map[string]string `json:"params,omitempty"` // for its placeholders: labels, never a patient's data
}
