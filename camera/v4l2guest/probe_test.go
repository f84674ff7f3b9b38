//go:build v4l2guest

package v4l2guest

import (
	"slices"
	"testing"
	"time"

	"dermbox/camera"
	cameraprofile "dermbox/camera/profile"
	"dermbox/camera/usb"
	"dermbox/camera/v4l2"
)

// What dermboxctl camera probe asks is answered while the worker streams, and changes nothing.
func TestProbeWhileTheWorkerStreams(t *testing.T) {
	v := plugVivid(t)
	w := v.watch(v.source())
	w.await(t, camera.StateReady)
	d, err := v4l2.Describe(v.node)
	if err != nil {
		t.Fatal(err)
	}
	if d.Driver != virtual || d.Card == "" {
		t.Errorf("%s, %q", d.Driver, d.Card)
	}
	yuyv := slices.IndexFunc(d.Formats, func(f v4l2.Format) bool { return f.FourCC == "YUYV" && !f.Compressed })
	if yuyv < 0 {
		t.Fatalf("%+v", d.Formats)
	}
	size := slices.IndexFunc(d.Formats[yuyv].Sizes, func(s v4l2.Size) bool { return s.Width == 640 && s.Height == 360 })
	if size < 0 || len(d.Formats[yuyv].Sizes[size].Rates) == 0 {
		t.Errorf("%+v", d.Formats[yuyv].Sizes)
	}
	device := v.open()
	for name, title := range map[string]string{"brightness": "Brightness", "contrast": "Contrast", "gain": "Gain"} {
		i := slices.IndexFunc(d.Controls, func(c v4l2.Control) bool { return c.Name == name })
		if i < 0 || d.Controls[i].Value != device.get(title) || d.Controls[i].Min > d.Controls[i].Value || d.Controls[i].Max < d.Controls[i].Value {
			t.Errorf("%s: %+v", name, d.Controls)
		}
	}
	draft, err := cameraprofile.Draft(usb.Device{Vendor: "0c45", Product: "6366"}, d, time.Now())
	if err != nil || draft.Preview.FourCC == camera.MJPG || draft.Encode == nil || len(draft.Controls) < 3 {
		t.Errorf("%+v, %v", draft, err)
	}
	if s := w.State(); s.Key != camera.StateReady {
		t.Errorf("the camera is disturbed: %s", s.Key)
	}
}
