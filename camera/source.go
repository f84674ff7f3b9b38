package camera

import (
	"net/url"
	"strings"

	"dermbox/appliance"
	"dermbox/camera/usb"
)

// Source says which camera to open and what to ask it for. Exactly one of URL, USB and Device is set; for the worker, the
// client adds to USB the Device that it found.
type Source struct {
	URL    string      `json:"url,omitempty"`    // an MJPEG stream over http or https
	USB    usb.Binding `json:"usb,omitzero"`     // a USB camera, wherever it is
	Device string      `json:"device,omitempty"` // a V4L2 device's path

	Settings Settings         `json:"settings"`           // of the preview; a zero field is not asked for
	Still    *StillMode       `json:"still,omitempty"`    // nil: stills are frames of the preview
	Controls []Control        `json:"controls,omitempty"` // in the order in which they are set; of V4L2 cameras only
	Quality  int              `json:"quality,omitempty"`  // of the JPEGs that are made for a camera without MJPG, 1 to 100
	Clock    string           `json:"clock,omitempty"`    // what the driver's time is of: BufferStart or BufferEnd
	Profile  string           `json:"profile,omitempty"`  // id and version of the signed profile that all this is from
	Camera   appliance.Camera `json:"camera"`             // what a V4L2 camera is known to be; an HTTP source is asked for it
}

// What the time of a driver's buffer is of.
const (
	BufferStart = "start" // the start of exposure
	BufferEnd   = "end"   // the end of the frame: exposure began up to one frame earlier. So is a clock that nobody vouches for
)

// Check gives an Invalid error when the source names no camera, two, or one that cannot be.
func (s Source) Check() error {
	if err := s.checkWhich(); err != nil {
		return err
	}
	if s.URL != "" && (s.Still != nil || len(s.Controls) > 0) {
		return appliance.FieldError("camera", "camera.error.bad_settings")
	}
	if err := CheckControls(s.Controls); err != nil {
		return err
	}
	if s.Still != nil {
		if err := s.Still.Settings.check(); err != nil {
			return err
		}
	}
	return s.Settings.check()
}

func (s Source) checkWhich() error {
	named := 0
	for _, is := range []bool{s.URL != "", !s.USB.IsZero(), s.Device != ""} {
		if is {
			named++
		}
	}
	switch {
	case named == 0:
		return appliance.FieldError("camera", "camera.error.no_source")
	case named > 1 && (s.URL != "" || s.Device == ""):
		return appliance.FieldError("camera", "camera.error.two_sources")
	case s.Device != "" && !strings.HasPrefix(s.Device, "/"):
		return appliance.FieldError("camera.device", "camera.error.bad_device", "value", s.Device)
	case !s.USB.IsZero():
		return s.USB.Check()
	case s.Device != "":
		return nil
	}
	u, err := url.Parse(s.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return appliance.FieldError("camera.url", "camera.error.bad_url", "value", Redact(s.URL))
	}
	return nil
}

// check gives an Invalid error for settings that no camera can have.
func (s Settings) check() error {
	switch {
	case s.FourCC != "" && len(s.FourCC) != 4:
		return appliance.FieldError("camera", "camera.error.bad_fourcc", "value", s.FourCC)
	case !(s.Width >= 0 && s.Height >= 0 && s.FPS >= 0):
		return appliance.FieldError("camera", "camera.error.bad_settings")
	}
	return nil
}

// Name is the source as it may be logged and shown.
func (s Source) Name() string {
	switch {
	case !s.USB.IsZero():
		return s.USB.String()
	case s.Device != "":
		return s.Device
	}
	return Redact(s.URL)
}

// Redact takes user name, password, query and fragment from an address. What cannot be parsed becomes "(not an address)".
func Redact(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return "(not an address)"
	}
	u.User, u.RawQuery, u.Fragment, u.ForceQuery, u.RawFragment = nil, "", "", false, ""
	return u.String()
}
