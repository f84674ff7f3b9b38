package shutter

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Node is one input device as the kernel lists it; a piece of equipment may have several.
type Node struct {
	Event           string // "event5": its name under /dev/input, another after each replug
	Vendor, Product uint16
	Serial          string // "" when it has none
	Name            string
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
	vendor, err1 := strconv.ParseUint(attribute(device, "id", "vendor"), 16, 16)
	product, err2 := strconv.ParseUint(attribute(device, "id", "product"), 16, 16)
	if err1 != nil || err2 != nil {
		return n, false
	}
	n = Node{Event: event, Vendor: uint16(vendor), Product: uint16(product), Name: attribute(device, "name"), Serial: attribute(device, "uniq")}
	if n.Serial == "" {
		n.Serial = usbSerial(device)
	}
	return n, true
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
		if attribute(path, "idVendor") != "" {
			return attribute(path, "serial")
		}
	}
	return ""
}

// attribute reads a small file of sysfs, "" when it is not there.
func attribute(path ...string) string {
	f, err := os.Open(filepath.Join(path...))
	if err != nil {
		return ""
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, 4096)) // sysfs gives a page at most
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}
