package usb_test

import (
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// tree is a made-up /sys.
type tree struct {
	*testing.T
	root string
}

func newTree(t *testing.T) tree {
	t.Helper()
	x := tree{t, t.TempDir()}
	x.folder("class/video4linux")
	return x
}

func (x tree) folder(path string) {
	x.Helper()
	if err := os.MkdirAll(filepath.Join(x.root, path), 0o755); err != nil {
		x.Fatal(err)
	}
}

func (x tree) write(path, content string) {
	x.Helper()
	x.folder(filepath.Dir(path))
	if err := os.WriteFile(filepath.Join(x.root, path), []byte(content), 0o600); err != nil {
		x.Fatal(err)
	}
}

func (x tree) link(path, target string) {
	x.Helper()
	x.folder(filepath.Dir(path))
	if err := os.Symlink(target, filepath.Join(x.root, path)); err != nil {
		x.Fatal(err)
	}
}

// where is the folder of the USB device at a port.
func where(port string) string { return "devices/pci0000:00/0000:00:14.0/usb1/" + port }

// plug adds a USB device with its texts; what is "" is left out.
func (x tree) plug(port string, texts map[string]string) {
	x.Helper()
	for name, text := range texts {
		if text != "" {
			x.write(where(port)+"/"+name, text+"\n")
		}
	}
}

// node adds a V4L2 node of the device at a port, as the kernel links it.
func (x tree) node(name, port, index string) {
	x.Helper()
	folder := where(port) + "/" + port + ":1.0/video4linux/" + name
	x.write(folder+"/index", index+"\n")
	x.link(folder+"/device", "../..")
	x.link("class/video4linux/"+name, "../../"+folder)
}

// unplug takes the device and its nodes away.
func (x tree) unplug(port string, nodes ...string) {
	x.Helper()
	for _, n := range nodes {
		if err := os.Remove(filepath.Join(x.root, "class/video4linux", n)); err != nil {
			x.Fatal(err)
		}
	}
	if err := os.RemoveAll(filepath.Join(x.root, where(port))); err != nil {
		x.Fatal(err)
	}
}

// scope is what a dermatoscope says of itself.
func scope(serial string) map[string]string {
	return map[string]string{"idVendor": "0c45", "idProduct": "6366", "serial": serial, "manufacturer": "Sonix", "product": "USB Camera",
		"bcdDevice": "0100", "busnum": "1", "devnum": "7"}
}
