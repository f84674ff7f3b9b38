package usb_test

import (
	"errors"
	"strings"
	"testing"

	"dermbox/appliance"
	"dermbox/camera/usb"
)

func TestParseBinding(t *testing.T) {
	for text, want := range map[string]usb.Binding{
		"0c45:6366":            {Vendor: "0c45", Product: "6366"},
		"0C45:63AF":            {Vendor: "0c45", Product: "63af"},
		"0c45:6366:SN0001":     {Vendor: "0c45", Product: "6366", Serial: "SN0001"},
		"0c45:6366:SN:1 (b)/2": {Vendor: "0c45", Product: "6366", Serial: "SN:1 (b)/2"},
	} {
		b, err := usb.ParseBinding(text)
		if err != nil || b != want || b.Check() != nil || !strings.EqualFold(b.String(), text) {
			t.Errorf("%q: %+v %v", text, b, err)
		}
	}
	for _, text := range []string{
		"", ":", "0c45", "0c45:", "0c45:63", "0c45:63666", "0x0c45:6366", "0c45-6366", "0c45:6366:", "0c45:636g", " 0c45:6366",
		"0c45:6366:a\nb", "0c45:6366:a ", "0c45:6366:\x00", "0c45:6366:é", "0c45:6366:" + strings.Repeat("a", 127), "/dev/video0",
	} {
		b, err := usb.ParseBinding(text)
		e, ok := errors.AsType[*appliance.Error](err)
		if !ok || e.Field != "camera.usb" || e.Key != "camera.error.bad_usb" || e.Code != appliance.Invalid || !b.IsZero() {
			t.Errorf("%q: %+v %v", text, b, err)
		}
	}
}

func TestBindingAt(t *testing.T) {
	b := usb.Binding{Vendor: "0c45", Product: "6366"}
	for _, port := range []string{"", "1-1", "1-1.2", "12-3.4.5.6.7.1"} {
		if got, err := b.At(port); err != nil || got.Port != port || got.Check() != nil {
			t.Errorf("%q: %v", port, err)
		}
	}
	for _, port := range []string{"1", "1-", "usb1", "1-1/../..", "1-1.", "1-1.2:1.0", "1-1.1.1.1.1.1.1.1"} {
		_, err := b.At(port)
		if e, ok := errors.AsType[*appliance.Error](err); !ok || e.Field != "camera.usb_port" || e.Key != "camera.error.bad_port" {
			t.Errorf("%q: %v", port, err)
		}
	}
	for _, bad := range []usb.Binding{{}, {Vendor: "0C45", Product: "6366"}, {Vendor: "0c45", Product: "6366", Port: "x"}, {Vendor: "0c45:6366", Product: "6366"}} {
		if bad.Check() == nil {
			t.Errorf("%+v passes", bad)
		}
	}
}

func FuzzParseBinding(f *testing.F) {
	for _, seed := range []string{"0c45:6366", "0C45:6366:SN0001", "0c45:6366:a:b", "::", "0c45:6366:\x1b[2J", "0c45:6366: a"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		b, err := usb.ParseBinding(text)
		if err != nil {
			return
		}
		if again, err := usb.ParseBinding(b.String()); err != nil || again != b || b.Check() != nil {
			t.Fatalf("%q gives %+v, which gives %+v: %v", text, b, again, err)
		}
	})
}
