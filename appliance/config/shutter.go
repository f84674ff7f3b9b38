package config

import (
	"regexp"
	"strings"
)

// Shutter is the dermatoscope's own button or a foot switch that takes photographs.
type Shutter struct {
	Devices []string `key:"devices"` // "vendor:product" or "vendor:product:serial", ids in hexadecimal; none: there is no shutter
	Keys    []string `key:"keys"`    // names of linux/input-event-codes.h; none: the default ones
}

var (
	usbDevice = regexp.MustCompile(`^[0-9A-Fa-f]{4}:[0-9A-Fa-f]{4}(:[ -~]{1,126})?$`)
	keyName   = regexp.MustCompile(`^(KEY|BTN)_[A-Z0-9_]{1,40}$`)
)

func defaultShutter() Shutter { return Shutter{Keys: []string{"KEY_CAMERA", "KEY_F9", "KEY_PAGEDOWN"}} }

func (s Shutter) check(r *reader) {
	for _, d := range s.Devices {
		pattern(r, "shutter.devices", d, usbDevice, "config.form_usb")
	}
	for _, k := range s.Keys {
		pattern(r, "shutter.keys", k, keyName, "config.form_key")
	}
}

// shutterText is Shutter as a value that nobody can write to: a line for each item.
type shutterText struct{ devices, keys string }

func (s Shutter) text() shutterText {
	return shutterText{strings.Join(s.Devices, "\n"), strings.Join(s.Keys, "\n")}
}

// Shutter gives which devices and keys press Capture; the lists are the caller's own.
func (c Config) Shutter() Shutter { return Shutter{lines(c.shutter.devices), lines(c.shutter.keys)} }

func lines(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, "\n")
}
