package shutter

import (
	"fmt"
	"strconv"
	"strings"

	"dermbox/appliance"
)

// Binding says which device is meant: by USB ids, which stay when it is plugged in elsewhere and gets another number.
type Binding struct {
	Vendor, Product uint16
	Serial          string // "": any
	Name            string // what the device calls itself, in full; "": any
}

// serialMax is the longest serial number of a USB device, in characters (a string descriptor has 255 bytes of UTF-16).
const serialMax = 126

// ParseBinding reads "vendor:product" or "vendor:product:serial", the ids in four hexadecimal digits as lsusb shows them.
// The error is Invalid.
func ParseBinding(s string) (Binding, error) {
	parts := strings.SplitN(s, ":", 3)
	bad := appliance.FieldError("shutter.devices", "shutter.error.device", "value", s)
	if len(parts) < 2 || len(parts[0]) != 4 || len(parts[1]) != 4 {
		return Binding{}, bad
	}
	vendor, err1 := strconv.ParseUint(parts[0], 16, 16)
	product, err2 := strconv.ParseUint(parts[1], 16, 16)
	if err1 != nil || err2 != nil {
		return Binding{}, bad
	}
	b := Binding{Vendor: uint16(vendor), Product: uint16(product)}
	if len(parts) == 3 {
		if b.Serial = parts[2]; b.Serial == "" || len(b.Serial) > serialMax {
			return Binding{}, bad
		}
	}
	return b, nil
}

// String gives the form that ParseBinding reads.
func (b Binding) String() string {
	s := fmt.Sprintf("%04x:%04x", b.Vendor, b.Product)
	if b.Serial != "" {
		s += ":" + b.Serial
	}
	return s
}

// is says whether a node belongs to the device.
func (b Binding) is(n Node) bool {
	return b.Vendor == n.Vendor && b.Product == n.Product && (b.Serial == "" || b.Serial == n.Serial) && (b.Name == "" || b.Name == n.Name)
}
