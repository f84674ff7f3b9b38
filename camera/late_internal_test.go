package camera

import (
	"log/slog"
	"os"
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/worker"
	"dermbox/camera/usb"
)

type still struct{}

func (still) Now() appliance.Stamp { return appliance.Stamp{Mono: 1000, Boot: "boot"} }

// A frame that was on its way when the camera was pulled out changes nothing and is shown to nobody.
func TestFrameOfALostCameraIsDropped(t *testing.T) {
	first, err := os.ReadFile("testdata/restarts-0.jpg")
	if err != nil {
		t.Fatal(err)
	}
	second, err := os.ReadFile("testdata/restarts-1.jpg")
	if err != nil {
		t.Fatal(err)
	}
	c, err := NewClient(ClientOptions{Source: Source{USB: usb.Binding{Vendor: "0c45", Product: "6366"}}, Log: slog.New(slog.DiscardHandler), Clock: still{}})
	if err != nil {
		t.Fatal(err)
	}
	viewer, p := c.Hub().Subscribe(), &worker.Process{}
	w := &waiter{done: make(chan outcome, 1)}
	c.current, c.opened = p, &Opened{}
	c.frame(p, FrameHeader{Count: 1}, first)
	if !c.State().Ready() || len(viewer.frames) != 1 {
		t.Fatalf("state %s, %d frames: the test proves nothing", c.State().Key, len(viewer.frames))
	}
	c.waiters[w] = struct{}{}
	c.lose(p, StateUnplugged)
	if o := <-w.done; appliance.CodeOf(o.err) != appliance.Unavailable || len(viewer.frames) != 0 {
		t.Fatalf("%v, %d frames", o.err, len(viewer.frames))
	}
	c.frame(p, FrameHeader{Count: 2}, second)
	c.reading(p, Checked{Controls: []ControlReading{{Name: "gain"}}})
	c.lose(p, StateStalled) // by pump, a moment later
	if got := c.State().Key; got != StateUnplugged || len(viewer.frames) != 0 || len(c.opened.Controls) != 0 {
		t.Fatalf("state %s, %d frames, %+v", got, len(viewer.frames), c.opened.Controls)
	}
}

// Whatever a worker sends, the client neither breaks nor becomes ready by it without a whole picture.
func FuzzTake(f *testing.F) {
	jpeg, err := os.ReadFile("testdata/restarts-0.jpg")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(EventFrame, []byte(`{"count":1,"arrived":900,"boot":"boot","clock":"v4l2","exposed":800,"exposed_boot":"boot"}`), jpeg)
	f.Add(EventFrame, []byte(`{"count":18446744073709551615,"exposed":-9223372036854775808,"clock":"stream"}`), []byte{0xff, 0xd8})
	f.Add(EventSettings, []byte(`{"controls":[{"name":"gain","asked":1,"read_back":2}],"since":9223372036854775807}`), []byte(nil))
	f.Add(EventSettings, []byte(`{"controls":{}}`), []byte(nil))
	f.Add(EventProgress, []byte(`{"switching":true}`), []byte(nil))
	f.Add(EventEnded, []byte(`{`), []byte(nil))
	f.Fuzz(func(t *testing.T, typ string, data, body []byte) {
		c, err := NewClient(ClientOptions{Source: Source{URL: "http://127.0.0.1:1/"}, Log: slog.New(slog.DiscardHandler), Clock: still{}})
		if err != nil {
			t.Fatal(err)
		}
		p := &worker.Process{}
		c.current, c.opened = p, &Opened{}
		c.take(p, worker.Event{Type: typ, Data: data, Body: body})
		if _, _, _, err := ScanHash(body); err != nil && c.State().Ready() {
			t.Fatal("ready by a picture that is none")
		}
	})
}
