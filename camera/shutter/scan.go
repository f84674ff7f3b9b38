package shutter

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"dermbox/camera/usb"
)

// Node is one input device as the kernel lists it; a piece of equipment may have several.
type Node struct {
	Event  string // "event5": its name under /dev/input, another after each replug
	Device usb.Device
}

// Scan lists the input devices under a sysfs root in order of their names. What goes away meanwhile is left out.
func Scan(sysRoot string) []Node {
	folder := filepath.Join(sysRoot, "class", "input")
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil // no input device was ever plugged in
	}
	var nodes []Node
	for _, e := range entries {
		if n, ok := readNode(folder, e.Name()); ok {
			nodes = append(nodes, n)
		}
	}
	slices.SortFunc(nodes, func(a, b Node) int { return strings.Compare(a.Event, b.Event) })
	return nodes
}

// readNode reads one entry of class/input; ok is false for what is no event device or has no ids.
func readNode(folder, event string) (n Node, ok bool) {
	if number, found := strings.CutPrefix(event, "event"); !found || number == "" {
		return n, false
	}
	device := filepath.Join(folder, event, "device")
	d := usb.Device{
		Vendor: strings.ToLower(usb.Attribute(filepath.Join(device, "id"), "vendor")), Serial: usb.Attribute(device, "uniq"),
		Product: strings.ToLower(usb.Attribute(filepath.Join(device, "id"), "product")), Name: usb.Attribute(device, "name"),
	}
	if _, err := usb.ParseBinding(d.Vendor + ":" + d.Product); err != nil {
		return n, false
	}
	if d.Serial == "" {
		d.Serial = usbSerial(device)
	}
	return Node{Event: event, Device: d}, true
}

// depth is how many folders above an input device its USB device may lie.
const depth = 8

// usbSerial looks for the serial number at the USB device above: a camera's button does not repeat it in "uniq".
func usbSerial(device string) string {
	path, err := filepath.EvalSymlinks(device)
	if err != nil {
		return ""
	}
	for range depth {
		path = filepath.Dir(path)
		if usb.Attribute(path, "idVendor") != "" {
			return usb.Attribute(path, "serial")
		}
	}
	return ""
}
