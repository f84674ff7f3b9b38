// Package usbtest makes up the part of /sys that package usb reads, for tests.
package usbtest

import (
	"os"
	"path/filepath"
	"testing"
)

// Tree is a made-up /sys, in a folder that goes with the test.
type Tree struct {
	testing.TB
	Root string
}

// New gives a machine without cameras.
func New(t testing.TB) Tree {
	t.Helper()
	x := Tree{t, t.TempDir()}
	x.Folder("class/video4linux")
	return x
}

// Folder makes a folder.
func (x Tree) Folder(path string) {
	x.Helper()
	if err := os.MkdirAll(filepath.Join(x.Root, path), 0o755); err != nil {
		x.Fatal(err)
	}
}

// Write makes a file.
func (x Tree) Write(path, content string) {
	x.Helper()
	x.Folder(filepath.Dir(path))
	if err := os.WriteFile(filepath.Join(x.Root, path), []byte(content), 0o600); err != nil {
		x.Fatal(err)
	}
}

// Link makes a symbolic link.
func (x Tree) Link(path, target string) {
	x.Helper()
	x.Folder(filepath.Dir(path))
	if err := os.Symlink(target, filepath.Join(x.Root, path)); err != nil {
		x.Fatal(err)
	}
}

// Where is the folder of the USB device at a port.
func Where(port string) string { return "devices/pci0000:00/0000:00:14.0/usb1/" + port }

// Plug adds a USB device with its texts; what is "" is left out.
func (x Tree) Plug(port string, texts map[string]string) {
	x.Helper()
	for name, text := range texts {
		if text != "" {
			x.Write(Where(port)+"/"+name, text+"\n")
		}
	}
}

// Node adds a V4L2 node of the device at a port, as the kernel links it.
func (x Tree) Node(name, port, index string) {
	x.Helper()
	folder := Where(port) + "/" + port + ":1.0/video4linux/" + name
	x.Write(folder+"/index", index+"\n")
	x.Link(folder+"/device", "../..")
	x.Link("class/video4linux/"+name, "../../"+folder)
}

// Unplug takes the device and its nodes away.
func (x Tree) Unplug(port string, nodes ...string) {
	x.Helper()
	for _, n := range nodes {
		if err := os.Remove(filepath.Join(x.Root, "class/video4linux", n)); err != nil {
			x.Fatal(err)
		}
	}
	if err := os.RemoveAll(filepath.Join(x.Root, Where(port))); err != nil {
		x.Fatal(err)
	}
}

// Scope is what a dermatoscope says of itself.
func Scope(serial string) map[string]string {
	return map[string]string{"idVendor": "0c45", "idProduct": "6366", "serial": serial, "manufacturer": "Sonix", "product": "USB Camera",
		"bcdDevice": "0100", "busnum": "1", "devnum": "7"}
}

// PlugScope adds a dermatoscope with one node.
func (x Tree) PlugScope(port, node, serial string) {
	x.Helper()
	x.Plug(port, Scope(serial))
	x.Node(node, port, "0")
}
