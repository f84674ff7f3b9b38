package usb

import (
	"strings"

	"dermbox/appliance"
)

// Find gives the one device that the binding means: NotFound "camera.error.usb_absent" when there is none, Conflict
// "camera.error.usb_ambiguous" when there are several, since taking either could show the wrong dermatoscope's picture.
func Find(devices []Device, b Binding) (Device, error) {
	var found []Device
	for _, d := range devices {
		if b.Fits(d) {
			found = append(found, d)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return Device{}, appliance.E(appliance.NotFound, "camera.error.usb_absent", nil, "camera", b.String())
	}
	ports := make([]string, len(found))
	for i, d := range found {
		ports[i] = d.Port
	}
	return Device{}, appliance.E(appliance.Conflict, "camera.error.usb_ambiguous", nil, "camera", b.String(), "ports", strings.Join(ports, ", "))
}
