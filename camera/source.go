package camera

import (
	"net/url"
	"strings"

	"dermbox/appliance"
)

// Source says which camera to open and what to ask it for. Exactly one of URL and Device is set.
type Source struct {
	URL      string           `json:"url,omitempty"`    // an MJPEG stream over http or https
	Device   string           `json:"device,omitempty"` // a V4L2 device, for example /dev/v4l/by-id/...
	Settings Settings         `json:"settings"`         // a zero field is not asked for
	Camera   appliance.Camera `json:"camera"`           // what a V4L2 device is known to be; an HTTP source is asked for it
}

// Check gives an Invalid error when the source names no camera, two, or one that cannot be.
func (s Source) Check() error {
	switch {
	case s.URL == "" && s.Device == "":
		return appliance.FieldError("camera", "camera.error.no_source")
	case s.URL != "" && s.Device != "":
		return appliance.FieldError("camera", "camera.error.two_sources")
	case s.Settings.FourCC != "" && len(s.Settings.FourCC) != 4:
		return appliance.FieldError("camera.fourcc", "camera.error.bad_fourcc", "value", s.Settings.FourCC)
	case s.Settings.Width < 0 || s.Settings.Height < 0 || s.Settings.FPS < 0:
		return appliance.FieldError("camera", "camera.error.bad_settings")
	case s.Device != "":
		if !strings.HasPrefix(s.Device, "/") {
			return appliance.FieldError("camera.device", "camera.error.bad_device", "value", s.Device)
		}
		return nil
	}
	u, err := url.Parse(s.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return appliance.FieldError("camera.url", "camera.error.bad_url", "value", Redact(s.URL))
	}
	return nil
}

// Name is the source as it may be logged and shown.
func (s Source) Name() string {
	if s.Device != "" {
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
