package profile

import (
	"slices"
	"strings"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/signed"
	"dermbox/camera"
	"dermbox/camera/usb"
	"dermbox/camera/v4l2"
)

const (
	previewWidth = 1920 // the largest preview that a draft asks for: more costs the kiosk's processor and shows nothing more
	previewRate  = 15   // the slowest that still looks live, frames per second
	draftQuality = 95   // of JPEGs made for a camera without MJPG
	draftSettle  = 2    // frames dropped after a switch to still mode
)

// pixels are the formats without JPEG that a draft may ask for: OpenCV makes colour pixels of each, and the sensor's or the
// grey ones it would give as they are, which nothing can encode.
var pixels = []string{"YUYV", "UYVY", "NV12", "RGB3", "BGR3"}

// Draft gives a profile to begin from for a camera that is plugged in: its best MJPG mode as preview, a larger one for stills
// where it has one, and its controls as they are now. It names no optics, and its clock is the careful one. It fails with
// Invalid "camera.error.no_draft" when the camera has no mode that a preview could use.
func Draft(d usb.Device, is v4l2.Description, now time.Time) (*Profile, error) {
	preview, ok := best(is, func(m camera.Settings) bool { return m.FPS >= previewRate && m.Width <= previewWidth })
	if !ok {
		return nil, appliance.E(appliance.Invalid, "camera.error.no_draft", nil)
	}
	p := &Profile{
		Header: signed.Header{
			Schema: Schema, ID: "camera-" + d.Vendor + "-" + d.Product, Version: 1, IssuedAt: now.UTC().Truncate(time.Second),
		},
		About:   "A draft of what the camera can do and how it was set. Check every value on the dermatoscope, then sign it.",
		Match:   Match{Vendor: d.Vendor, Product: d.Product},
		Camera:  &Optics{Make: worded(d.Manufacturer), Model: worded(d.Name)},
		Preview: preview, Controls: present(is.Controls), Clock: camera.BufferEnd,
	}
	if still, ok := best(is, func(m camera.Settings) bool { return m.FPS >= 1 }); ok && still.Width*still.Height > preview.Width*preview.Height {
		p.Still = &camera.StillMode{Settings: still, SettleFrames: draftSettle}
	}
	if preview.FourCC != camera.MJPG || p.Still != nil && p.Still.FourCC != camera.MJPG {
		p.Encode = &Encode{Quality: draftQuality}
	}
	return p, p.check()
}

// best gives the mode with the camera's own JPEGs where there is one, then the most pixels, then the fastest.
func best(is v4l2.Description, fits func(camera.Settings) bool) (camera.Settings, bool) {
	var modes []camera.Settings
	for _, f := range is.Formats {
		for _, s := range f.Sizes {
			for _, rate := range s.Rates {
				m := camera.Settings{FourCC: f.FourCC, Width: s.Width, Height: s.Height, FPS: rate}
				if settings("mode", m) == nil && fits(m) && (m.FourCC == camera.MJPG || slices.Contains(pixels, m.FourCC)) {
					modes = append(modes, m)
				}
			}
		}
	}
	if len(modes) == 0 {
		return camera.Settings{}, false
	}
	return slices.MaxFunc(modes, func(a, b camera.Settings) int {
		jpeg := func(m camera.Settings) int {
			if m.FourCC == camera.MJPG {
				return 1
			}
			return 0
		}
		if c := jpeg(a) - jpeg(b); c != 0 {
			return c
		}
		if c := a.Width*a.Height - b.Width*b.Height; c != 0 {
			return c
		}
		return int(a.FPS*1000) - int(b.FPS*1000)
	}), true
}

// present gives the controls that a profile may ask for with the values they have, in the order in which they must be set.
func present(controls []v4l2.Control) []camera.Control {
	names := camera.ControlNames()
	var list []camera.Control
	for _, name := range names {
		i := slices.IndexFunc(controls, func(c v4l2.Control) bool { return c.Name == name && !c.ReadOnly && !c.Inactive })
		if i < 0 || controls[i].Value == camera.Unreadable {
			continue
		}
		list = append(list, camera.Control{Name: name, Value: float64(controls[i].Value)})
	}
	return list
}

// worded gives a text that a profile may hold, "unknown" for none.
func worded(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > maxWord {
		s = strings.ToValidUTF8(s[:maxWord], "")
	}
	if !word(s) {
		return "unknown"
	}
	return s
}
