package usb_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dermbox/appliance"
	"dermbox/camera/usb"
	"dermbox/camera/usb/usbtest"
)

func list(x usbtest.Tree) []usb.Device {
	x.Helper()
	devices, err := usb.List(x.Root, "/dev")
	if err != nil {
		x.Fatal(err)
	}
	return devices
}

// find finds the binding, or gives the key and the parameters of the refusal.
func find(x usbtest.Tree, binding, port string) (usb.Device, *appliance.Error) {
	x.Helper()
	b, err := usb.ParseBinding(binding)
	if err == nil {
		b, err = b.At(port)
	}
	if err != nil {
		x.Fatal(err)
	}
	d, err := usb.Find(list(x), b)
	e, _ := errors.AsType[*appliance.Error](err)
	return d, e
}

func TestListReadsOneCamera(t *testing.T) {
	x := usbtest.New(t)
	x.Plug("1-1.2", usbtest.Scope("SN0001"))
	x.Node("video0", "1-1.2", "0")
	x.Node("video1", "1-1.2", "1") // metadata
	x.Link("class/video4linux/v4l-subdev0", "../../"+usbtest.Where("1-1.2"))
	want := []usb.Device{{Node: "/dev/video0", Vendor: "0c45", Product: "6366", Serial: "SN0001", Manufacturer: "Sonix", Name: "USB Camera",
		Release: "0100", Port: "1-1.2", Bus: "1", Number: "7"}}
	if d := cmp.Diff(want, list(x)); d != "" {
		t.Fatal(d)
	}
	if id := want[0].ID(); id != "0c45:6366:SN0001" {
		t.Fatal(id)
	}
}

func TestNoDriverIsNoError(t *testing.T) {
	if devices, err := usb.List(t.TempDir(), "/dev"); err != nil || devices != nil {
		t.Fatal(devices, err)
	}
	if _, err := usb.List(filepath.Join(t.TempDir(), "none"), "/dev"); err == nil {
		t.Fatal("a machine without /sys was read")
	}
}

func TestFindFollowsTheCamera(t *testing.T) {
	x := usbtest.New(t)
	if _, e := find(x, "0c45:6366:SN0001", ""); e == nil || e.Key != "camera.error.usb_absent" || e.Code != appliance.NotFound || e.Params["camera"] != "0c45:6366:SN0001" {
		t.Fatalf("before it is there: %v", e)
	}
	x.Plug("1-1", usbtest.Scope("SN0001"))
	x.Node("video0", "1-1", "0")
	if d, e := find(x, "0c45:6366:SN0001", ""); e != nil || d.Node != "/dev/video0" {
		t.Fatalf("late: %+v %v", d, e)
	}
	x.Unplug("1-1", "video0")
	if _, e := find(x, "0c45:6366", ""); e == nil {
		t.Fatal("unplugged and found")
	}
	x.Plug("1-4", usbtest.Scope("SN0001")) // at another port, while another camera took the number
	x.Node("video2", "1-4", "0")
	x.Plug("1-1", map[string]string{"idVendor": "046d", "idProduct": "0825"})
	x.Node("video0", "1-1", "0")
	for _, binding := range []string{"0c45:6366:SN0001", "0c45:6366", "0C45:6366"} {
		if d, e := find(x, binding, ""); e != nil || d.Node != "/dev/video2" || d.Port != "1-4" {
			t.Fatalf("renumbered, %s: %+v %v", binding, d, e)
		}
	}
}

func TestTwoOfTheSameKind(t *testing.T) {
	x := usbtest.New(t)
	x.Plug("1-1", usbtest.Scope("SN0001"))
	x.Node("video0", "1-1", "0")
	x.Plug("1-2", usbtest.Scope("SN0002"))
	x.Node("video2", "1-2", "0")
	if d, e := find(x, "0c45:6366:SN0002", ""); e != nil || d.Node != "/dev/video2" {
		t.Fatalf("by serial: %+v %v", d, e)
	}
	if d, e := find(x, "0c45:6366", "1-1"); e != nil || d.Node != "/dev/video0" {
		t.Fatalf("by port: %+v %v", d, e)
	}
	if _, e := find(x, "0c45:6366", ""); e == nil || e.Code != appliance.Conflict || e.Key != "camera.error.usb_ambiguous" || e.Params["ports"] != "1-1, 1-2" {
		t.Fatalf("by kind: %v", e)
	}
	if _, e := find(x, "0c45:6366:SN0002", "1-1"); e == nil || e.Key != "camera.error.usb_absent" {
		t.Fatalf("at the other's port: %v", e)
	}
}

func TestTwoWhollyEqual(t *testing.T) {
	for _, serial := range []string{"", "SN0001"} {
		x := usbtest.New(t)
		for _, port := range []string{"1-1", "1-2.4"} {
			x.Plug(port, usbtest.Scope(serial))
		}
		x.Node("video0", "1-1", "0")
		x.Node("video2", "1-2.4", "0")
		if _, e := find(x, strings.TrimSuffix("0c45:6366:"+serial, ":"), ""); e == nil || e.Key != "camera.error.usb_ambiguous" || e.Params["ports"] != "1-1, 1-2.4" {
			t.Fatalf("serial %q: %v", serial, e)
		}
		if d, e := find(x, "0c45:6366", "1-2.4"); e != nil || d.Node != "/dev/video2" {
			t.Fatalf("serial %q, by port: %+v %v", serial, d, e)
		}
	}
}

func TestMissingSerialIsNoSerial(t *testing.T) {
	x := usbtest.New(t)
	x.Plug("1-1", usbtest.Scope(""))
	x.Node("video0", "1-1", "0")
	if _, e := find(x, "0c45:6366:SN0001", ""); e == nil || e.Key != "camera.error.usb_absent" {
		t.Fatalf("a camera without a serial number was taken for SN0001: %v", e)
	}
	if d, e := find(x, "0c45:6366", ""); e != nil || d.Serial != "" {
		t.Fatalf("%+v %v", d, e)
	}
}

func TestNodesAreOrderedByNumber(t *testing.T) {
	x := usbtest.New(t)
	for _, name := range []string{"video10", "video2", "video007", "videoX", "video99999"} {
		x.Plug("1-"+strings.TrimLeft(name, "videoX0")+"1", usbtest.Scope(name))
		x.Node(name, "1-"+strings.TrimLeft(name, "videoX0")+"1", "0")
	}
	var nodes []string
	for _, d := range list(x) {
		nodes = append(nodes, d.Node)
	}
	if d := cmp.Diff([]string{"/dev/video2", "/dev/video10"}, nodes); d != "" {
		t.Fatal(d)
	}
}

// What stands in sysfs comes from the camera's own memory, and from whoever could mount something there.
func TestHostileTrees(t *testing.T) {
	for name, spoil := range map[string]func(usbtest.Tree){
		"link in a circle": func(x usbtest.Tree) {
			x.Write("a/index", "0")
			x.Link("a/device", "device")
			x.Link("class/video4linux/video1", "../../a")
		},
		"circle of two": func(x usbtest.Tree) {
			x.Link("class/video4linux/video1", "video3")
			x.Link("class/video4linux/video3", "video1")
		},
		"link out of sysfs": func(x usbtest.Tree) {
			x.Write("b/index", "0")
			x.Link("b/device", "/")
			x.Link("class/video4linux/video1", "../../b")
		},
		"no index":       func(x usbtest.Tree) { x.Folder("class/video4linux/video1") },
		"node is a file": func(x usbtest.Tree) { x.Write("class/video4linux/video1", "0") },
		"vendor not hex": func(x usbtest.Tree) {
			x.Plug("1-9", map[string]string{"idVendor": "zzzz", "idProduct": "6366"})
			x.Node("video1", "1-9", "0")
		},
		"vendor is huge": func(x usbtest.Tree) {
			x.Plug("1-9", map[string]string{"idVendor": strings.Repeat("0", 1<<20), "idProduct": "6366"})
			x.Node("video1", "1-9", "0")
		},
		"no product": func(x usbtest.Tree) {
			x.Plug("1-9", map[string]string{"idVendor": "0c45"})
			x.Node("video1", "1-9", "0")
		},
		"vendor is a link": func(x usbtest.Tree) {
			x.Plug("1-9", map[string]string{"idProduct": "6366"})
			x.Write("v", "0c45")
			x.Link(usbtest.Where("1-9")+"/idVendor", x.Root+"/v")
			x.Node("video1", "1-9", "0")
		},
		"vendor is a folder":   func(x usbtest.Tree) { x.Folder(usbtest.Where("1-9") + "/idVendor"); x.Node("video1", "1-9", "0") },
		"port of another form": func(x usbtest.Tree) { x.Plug("usb9", usbtest.Scope("")); x.Node("video1", "usb9", "0") },
		"vendor is a pipe": func(x usbtest.Tree) {
			x.Plug("1-9", map[string]string{"idProduct": "6366"})
			if err := syscall.Mkfifo(filepath.Join(x.Root, usbtest.Where("1-9"), "idVendor"), 0o600); err != nil {
				x.Fatal(err)
			}
			x.Node("video1", "1-9", "0")
		},
	} {
		t.Run(name, func(t *testing.T) {
			x := usbtest.New(t)
			x.Plug("1-1", usbtest.Scope("SN0001"))
			x.Node("video0", "1-1", "0")
			spoil(x)
			if got := list(x); len(got) != 1 || got[0].Node != "/dev/video0" {
				t.Fatalf("%+v", got)
			}
		})
	}
}

func TestTextsThatCannotBeTrusted(t *testing.T) {
	for name, text := range map[string]string{
		"control characters": "SN\x1b[2J0001", "too long": strings.Repeat("a", 127), "not ASCII": "SN\xff\xfe", "line feed inside": "SN\n0001",
	} {
		x := usbtest.New(t)
		d := usbtest.Scope(text)
		d["manufacturer"], d["product"] = text, text
		x.Plug("1-1", d)
		x.Node("video0", "1-1", "0")
		got := list(x)
		if len(got) != 1 || got[0].Serial != "" || got[0].Manufacturer != "" || got[0].Name != "" || got[0].Vendor != "0c45" {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// A camera may be pulled out while it is being read: whatever is gone then is no camera, and no error.
func TestHalfGoneIsLeftOut(t *testing.T) {
	for _, gone := range []string{usbtest.Where("1-1") + "/idVendor", usbtest.Where("1-1") + "/idProduct", usbtest.Where("1-1") + "/1-1:1.0/video4linux/video0/index",
		usbtest.Where("1-1") + "/1-1:1.0/video4linux/video0/device", usbtest.Where("1-1") + "/1-1:1.0/video4linux"} {
		x := usbtest.New(t)
		x.Plug("1-1", usbtest.Scope("SN0001"))
		x.Node("video0", "1-1", "0")
		if err := os.RemoveAll(filepath.Join(x.Root, gone)); err != nil {
			t.Fatal(err)
		}
		if got := list(x); len(got) != 0 {
			t.Errorf("without %s: %+v", gone, got)
		}
	}
}
