package usb

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const (
	maxNodes = 256 // more V4L2 nodes than any machine has
	maxDepth = 12  // folders from a node up to its USB device; a chain of hubs is all in one folder's name
)

var nodeForm = regexp.MustCompile(`^video([0-9]{1,4})$`)

// List gives the USB cameras under sysRoot (usually /sys), ordered by the number of their nodes, which lie in devRoot (usually
// /dev). Of a camera's several nodes only the one with index 0 gives pictures; the others give metadata and are left out. A node that
// is no USB device's, or half gone because it is being unplugged, is left out as well. The error says that sysRoot itself
// cannot be read; a machine without any camera is no error.
func List(sysRoot, devRoot string) ([]Device, error) {
	root, err := filepath.EvalSymlinks(sysRoot)
	if err != nil {
		return nil, fmt.Errorf("cameras: %w", err)
	}
	class := filepath.Join(root, "class", "video4linux")
	entries, err := os.ReadDir(class)
	if os.IsNotExist(err) {
		return nil, nil // no driver of a camera is loaded
	}
	if err != nil {
		return nil, fmt.Errorf("cameras: %w", err)
	}
	var devices []Device
	for _, name := range numbered(entries) {
		if d, ok := read(root, filepath.Join(class, name)); ok {
			d.Node = filepath.Join(devRoot, name)
			devices = append(devices, d)
		}
	}
	return devices, nil
}

// numbered gives the names of the V4L2 capture nodes in the order of their numbers.
func numbered(entries []fs.DirEntry) []string {
	var numbers []int
	for _, e := range entries {
		if m := nodeForm.FindStringSubmatch(e.Name()); m != nil && "video"+m[1] == e.Name() && len(numbers) < maxNodes {
			n, _ := strconv.Atoi(m[1]) // four digits at most
			if strconv.Itoa(n) == m[1] {
				numbers = append(numbers, n)
			}
		}
	}
	slices.Sort(numbers)
	names := make([]string, len(numbers))
	for i, n := range numbers {
		names[i] = "video" + strconv.Itoa(n)
	}
	return names
}

// read gives what sysfs says of one node; false when it is no USB camera's picture.
func read(root, node string) (d Device, ok bool) {
	if Attribute(node, "index") != "0" {
		return d, false
	}
	folder, err := filepath.EvalSymlinks(filepath.Join(node, "device"))
	if err != nil {
		return d, false
	}
	for range maxDepth {
		if !strings.HasPrefix(folder, root+string(filepath.Separator)) {
			return d, false
		}
		if Attribute(folder, "idVendor") != "" {
			return identify(folder)
		}
		folder = filepath.Dir(folder)
	}
	return d, false
}

func identify(folder string) (Device, bool) {
	d := Device{
		Vendor: strings.ToLower(Attribute(folder, "idVendor")), Product: strings.ToLower(Attribute(folder, "idProduct")),
		Serial: Attribute(folder, "serial"), Manufacturer: Attribute(folder, "manufacturer"), Name: Attribute(folder, "product"),
		Release: Attribute(folder, "bcdDevice"), Port: filepath.Base(folder), Bus: Attribute(folder, "busnum"), Number: Attribute(folder, "devnum"),
	}
	return d, hexForm.MatchString(d.Vendor) && hexForm.MatchString(d.Product) && portForm.MatchString(d.Port)
}
