package usb

import (
	"regexp"
	"strings"

	"dermbox/appliance"
)

// Binding says which camera is meant. The zero Binding means none.
type Binding struct {
	Vendor  string `json:"vendor"`  // four hexadecimal digits, lower case
	Product string `json:"product"` // likewise
	Serial  string `json:"serial,omitempty"`
	Port    string `json:"port,omitempty"` // "1-1.2"; "": wherever it is plugged in
}

var (
	hexForm  = regexp.MustCompile(`^[0-9a-f]{4}$`)
	portForm = regexp.MustCompile(`^[0-9]{1,3}-[0-9]{1,3}(\.[0-9]{1,3}){0,6}$`)
)

// maxText is the longest text of a USB device, in bytes: a string descriptor has 126 characters.
const maxText = 126

// ParseBinding reads "vendor:product" or "vendor:product:serial". The error is Invalid, of the field camera.usb.
func ParseBinding(s string) (Binding, error) {
	vendor, rest, _ := strings.Cut(s, ":")
	product, serial, named := strings.Cut(rest, ":")
	b := Binding{Vendor: strings.ToLower(vendor), Product: strings.ToLower(product), Serial: serial}
	if !hexForm.MatchString(b.Vendor) || !hexForm.MatchString(b.Product) || named && (serial == "" || printable(serial) != serial) {
		return Binding{}, appliance.FieldError("camera.usb", "camera.error.bad_usb", "value", shown(s))
	}
	return b, nil
}

// At gives the binding to one port. The error is Invalid, of the field camera.usb_port.
func (b Binding) At(port string) (Binding, error) {
	if port != "" && !portForm.MatchString(port) {
		return Binding{}, appliance.FieldError("camera.usb_port", "camera.error.bad_port", "value", shown(port))
	}
	b.Port = port
	return b, nil
}

// Check gives the error of ParseBinding or At for a binding that was not made by them.
func (b Binding) Check() error {
	parsed, err := ParseBinding(b.String())
	if err == nil {
		parsed, err = parsed.At(b.Port)
	}
	if err == nil && parsed != b {
		err = appliance.FieldError("camera.usb", "camera.error.bad_usb", "value", shown(b.String()))
	}
	return err
}

// IsZero says whether no camera is meant.
func (b Binding) IsZero() bool { return b == Binding{} }

// String gives what ParseBinding reads; the port is not in it.
func (b Binding) String() string {
	s := b.Vendor + ":" + b.Product
	if b.Serial != "" {
		s += ":" + b.Serial
	}
	return s
}

// Fits says whether the device is one that the binding means.
func (b Binding) Fits(d Device) bool {
	return b.Vendor == d.Vendor && b.Product == d.Product && (b.Serial == "" || b.Serial == d.Serial) && (b.Port == "" || b.Port == d.Port)
}

// shown gives a value of unknown origin for a sentence: printable and short.
func shown(s string) string {
	s = strings.ToValidUTF8(s, "?")
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, s)
	if len(s) > 80 {
		s = s[:77] + "..."
	}
	return s
}
