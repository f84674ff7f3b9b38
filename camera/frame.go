package camera

import "dermbox/appliance"

// The exposure clocks: whose word Frame.Exposed is.
const (
	ClockStream  = "stream"  // a time that the source wrote into the picture's own bytes
	ClockV4L2    = "v4l2"    // the driver's buffer time
	ClockArrival = "arrival" // nothing better than the moment the worker had it: the second frame after a press is new
)

// Frame is one picture as the camera sent it. JPEG is shared by all who hold the frame and is never written to.
type Frame struct {
	Seq           uint64          // the source's own frame number where it gives one, else counted from 1 since it was opened
	JPEG          []byte          // the camera's bytes, untouched
	Exposed       appliance.Stamp // when the picture was exposed, by ExposureClock
	ExposureClock string          // ClockStream, ClockV4L2 or ClockArrival
	Arrived       appliance.Stamp // when the worker had it
	ScanSHA256    string          // ScanHash of JPEG, lower-case hex
	Width, Height int             // pixels, from the JPEG's own header
	Encoding      Encoding        // who made the JPEG; zero: the camera
	SwitchMS      float64         // how long the camera took to change into its still mode for this frame; 0: it did not
	Generation    uint64          // of the hub when the frame was shown: see Hub.Generation
}

// Encoding says who made a JPEG. It is in the still's record, because dermbox's own encoding is not what the camera saw.
type Encoding = appliance.Encoding

// ByDermbox is Encoding.By of a JPEG that the camera worker made.
const ByDermbox = "dermbox"

// Settings are what a camera is asked for, and what it says that it does.
type Settings struct {
	FourCC string  `json:"fourcc"` // for example "MJPG"
	Width  int     `json:"width"`  // pixels
	Height int     `json:"height"`
	FPS    float64 `json:"fps"` // frames per second
}

// MJPG is the format of the cameras whose own JPEGs are kept.
const MJPG = "MJPG"

// StillMode is a larger format that the camera is switched to for a still.
type StillMode struct {
	Settings
	SettleFrames int `json:"settle_frames"` // frames dropped after the switch, because exposure and sensor need a moment
}

// Opened is how the camera was opened: what was asked, what it answered, and what it was measured to do. HTTP sources
// refuse settings and misreport their rate, so ReadBack and MeasuredFPS are the ones to believe, in that order reversed.
type Opened struct {
	Backend     string           `json:"backend"` // OpenCV's name for the reader: "FFMPEG", "V4L2"
	URL         string           `json:"url"`     // the source without user name, password or query; a device's path
	Asked       Settings         `json:"asked"`
	ReadBack    Settings         `json:"read_back"`
	MeasuredFPS float64          `json:"measured_fps"` // over the latest frames by arrival; 0 until ten have come
	Camera      appliance.Camera `json:"camera"`

	Profile       string           `json:"profile,omitempty"`         // id and version of the camera profile in force; "": none
	USB           string           `json:"usb,omitempty"`             // a USB camera's vendor:product:serial
	Port          string           `json:"port,omitempty"`            // where it is plugged in
	Controls      []ControlReading `json:"controls,omitempty"`        // each setting of the profile, as last read back
	Encoding      Encoding         `json:"encoding,omitzero"`         // of its frames; zero: its own JPEGs
	StillSwitchMS float64          `json:"still_switch_ms,omitempty"` // how long the last switch into still mode took
}
