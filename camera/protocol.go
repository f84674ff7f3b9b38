package camera

import "dermbox/appliance"

// The messages between Client and the camera worker (package camera/opencv). The worker opens one source, answers with
// Opened, and from then on sends each frame as an event whose body is the JPEG. Check and still are answered between two
// reads.
const (
	CallOpen      = "camera.open"     // OpenRequest -> Opened
	CallCheck     = "camera.check"    // {} -> Checked: the controls are read now
	CallStill     = "camera.still"    // StillRequest -> StillTaken, body the JPEG
	EventFrame    = "camera.frame"    // FrameHeader, body the JPEG
	EventSettings = "camera.settings" // Checked: the controls differ from the profile, or agree again
	EventProgress = "camera.progress" // Progress, while a still is made and the preview rests
	EventEnded    = "camera.ended"    // Ended: no more frames will come
)

// OpenRequest asks the worker to open a source. It is made once in a worker's life.
type OpenRequest struct {
	Source Source `json:"source"`
}

// Checked is what the camera says of its controls.
type Checked struct {
	Controls []ControlReading `json:"controls"`
	Since    int64            `json:"since"` // CLOCK_BOOTTIME, nanoseconds: frames exposed before it may have had other settings
	Boot     string           `json:"boot"`
}

// StillRequest asks for a frame in still mode that was exposed after a moment.
type StillRequest struct {
	After int64  `json:"after"` // CLOCK_BOOTTIME, nanoseconds
	Boot  string `json:"boot"`  // of After; another boot's moment is past
}

// StillTaken goes with a still's bytes.
type StillTaken struct {
	Header   FrameHeader `json:"header"`
	SwitchMS float64     `json:"switch_ms"` // from the request to the first frame in still mode
}

// Progress says that the worker still runs, so that one that hangs is known by its silence in still mode as well.
type Progress struct {
	Switching bool `json:"switching"` // the camera changes its mode, which takes longer than a frame; else a frame was read
}

// FrameHeader goes with each frame's bytes. Times are of CLOCK_BOOTTIME in nanoseconds, of the boot that is named.
type FrameHeader struct {
	Count    uint64 `json:"count"` // frames that the worker has read since it opened the source, this one included
	Arrived  int64  `json:"arrived"`
	Boot     string `json:"boot"`
	Clock    string `json:"clock"` // whose word Exposed is
	Exposed  int64  `json:"exposed,omitempty"`
	ExpoBoot string `json:"exposed_boot,omitempty"`
	Seq      uint64 `json:"seq,omitempty"` // the source's own number, 0 if it gives none

	Encoding Encoding `json:"encoding,omitzero"` // zero: the camera's own JPEG
}

// Ended says why a source gives no more frames.
type Ended struct {
	Key string `json:"key"` // one of the State constants
}

// stamper turns the worker's times into the daemon's stamps.
type stamper struct{ clock appliance.Clock }

// arrived believes the worker's time only if it is of this boot and not of the future: a frame must never look newer than
// it is.
func (s stamper) arrived(h FrameHeader) appliance.Stamp {
	now := s.clock.Now()
	if h.Boot == "" || h.Boot != now.Boot || h.Arrived <= 0 || h.Arrived > now.Mono {
		return now
	}
	return before(now, h.Arrived)
}

// exposed gives the time of exposure and whose word it is. A source's time that is of another boot or later than the
// arrival tells nothing, and the arrival counts.
func (s stamper) exposed(h FrameHeader, arrived appliance.Stamp) (appliance.Stamp, string) {
	if h.Clock != ClockStream && h.Clock != ClockV4L2 {
		return arrived, ClockArrival
	}
	if h.ExpoBoot == "" || h.ExpoBoot != arrived.Boot || h.Exposed <= 0 || h.Exposed > arrived.Mono {
		return arrived, ClockArrival
	}
	return before(arrived, h.Exposed), h.Clock
}

// before gives the stamp of an earlier moment of the same boot.
func before(s appliance.Stamp, mono int64) appliance.Stamp {
	s.Wall = s.Wall.Add(-nanoseconds(s.Mono - mono))
	s.Mono = mono
	return s
}
