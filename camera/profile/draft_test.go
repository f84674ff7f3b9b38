package profile_test

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/camera"
	"dermbox/camera/profile"
	"dermbox/camera/usb"
	"dermbox/camera/v4l2"
)

func described(formats ...v4l2.Format) v4l2.Description {
	return v4l2.Description{Formats: formats, Controls: []v4l2.Control{
		{Name: "exposure_time_absolute", Value: 156}, {Name: "exposure_auto", Value: 1}, {Name: "gain", Value: 7, ReadOnly: true},
		{Name: "white_balance_automatic", Value: 1}, {Name: "white_balance_temperature", Value: 4600, Inactive: true},
		{Name: "power_line_frequency", Value: 1}, {Name: "brightness", Value: camera.Unreadable},
	}}
}

func sizes(list ...v4l2.Size) []v4l2.Size { return list }

func TestDraft(t *testing.T) {
	mjpg := v4l2.Format{FourCC: "MJPG", Compressed: true, Sizes: sizes(
		v4l2.Size{Width: 640, Height: 480, Rates: []float64{60}}, v4l2.Size{Width: 1920, Height: 1080, Rates: []float64{30, 15, 5}},
		v4l2.Size{Width: 1920, Height: 1200, Rates: []float64{10}},
	)}
	raw := v4l2.Format{FourCC: "YUYV", Sizes: sizes(
		v4l2.Size{Width: 640, Height: 480, Rates: []float64{30}}, v4l2.Size{Width: 2592, Height: 1944, Rates: []float64{2}},
	)}
	h264 := v4l2.Format{FourCC: "H264", Compressed: true, Sizes: sizes(v4l2.Size{Width: 1920, Height: 1080, Rates: []float64{30}})}
	for name, tt := range map[string]struct {
		is             v4l2.Description
		preview, still camera.Settings
		encode         bool
	}{
		"its own JPEGs, though pixels are larger": {
			described(h264, raw, mjpg), camera.Settings{FourCC: "MJPG", Width: 1920, Height: 1080, FPS: 30},
			camera.Settings{FourCC: "MJPG", Width: 1920, Height: 1200, FPS: 10}, false,
		},
		"only pixels": {
			described(raw), camera.Settings{FourCC: "YUYV", Width: 640, Height: 480, FPS: 30},
			camera.Settings{FourCC: "YUYV", Width: 2592, Height: 1944, FPS: 2}, true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := usb.Device{Vendor: "0c45", Product: "6366", Manufacturer: "Sonix", Name: ""}
			p, err := profile.Draft(d, tt.is, time.Date(2026, 11, 24, 9, 0, 0, 7, time.UTC))
			if err != nil {
				t.Fatal(err)
			}
			if p.Preview != tt.preview || p.Still == nil || p.Still.Settings != tt.still || (p.Encode != nil) != tt.encode {
				t.Errorf("preview %+v, still %+v, encode %+v", p.Preview, p.Still, p.Encode)
			}
			want := []camera.Control{{Name: "exposure_auto", Value: 1}, {Name: "exposure_time_absolute", Value: 156}, {Name: "white_balance_automatic", Value: 1}}
			if !reflect.DeepEqual(p.Controls, want) {
				t.Errorf("controls %+v", p.Controls)
			}
			if p.Camera.Make != "Sonix" || p.Camera.Model != "unknown" || p.Camera.Optics != "" || p.Clock != camera.BufferEnd {
				t.Errorf("%+v, clock %s", p.Camera, p.Clock)
			}
			raw, err := json.Marshal(p)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := profile.Parse(raw); err != nil {
				t.Errorf("a draft that cannot be signed as it is: %v", err)
			}
		})
	}
}

// likeYUYV is a format of pixels in a mode that is good enough in itself.
func likeYUYV(fourCC string) v4l2.Format {
	return v4l2.Format{FourCC: fourCC, Sizes: sizes(v4l2.Size{Width: 1280, Height: 720, Rates: []float64{30}})}
}

func TestDraftAsksOnlyForPixelsThatCanBeEncoded(t *testing.T) {
	for _, fourCC := range []string{"YUYV", "UYVY", "NV12", "RGB3", "BGR3"} {
		larger := likeYUYV("GREY")
		larger.Sizes[0].Width, larger.Sizes[0].Height = 2592, 1944
		p, err := profile.Draft(usb.Device{Vendor: "0c45", Product: "6366"}, described(larger, likeYUYV(fourCC)), time.Now())
		if err != nil || p.Preview.FourCC != fourCC || p.Still != nil {
			t.Errorf("%s: %+v %v", fourCC, p, err)
		}
	}
}

func TestNoDraftOfAUselessCamera(t *testing.T) {
	slow := v4l2.Format{FourCC: "MJPG", Compressed: true, Sizes: sizes(v4l2.Size{Width: 640, Height: 480, Rates: []float64{5}})}
	for _, is := range []v4l2.Description{{}, described(slow), described(likeYUYV("GREY")), described(likeYUYV("BA81"), likeYUYV("Y10 "), likeYUYV("RG10"))} {
		if _, err := profile.Draft(usb.Device{Vendor: "0c45", Product: "6366"}, is, time.Now()); appliance.CodeOf(err) != appliance.Invalid {
			t.Errorf("%v", err)
		}
	}
}
