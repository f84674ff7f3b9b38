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
}

// Settings are what a camera is asked for, and what it says that it does.
type Settings struct {
	FourCC string  `json:"fourcc"` // for example "MJPG"
	Width  int     `json:"width"`  // pixels
	Height int     `json:"height"`
	FPS    float64 `json:"fps"` // frames per second
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
}
