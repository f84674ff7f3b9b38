//go:build v4l2guest

package v4l2guest

import (
	"slices"
	"testing"

	"dermbox/camera"
)

// wanted are controls of the virtual camera, none at its default, and their names there.
var wanted = []struct {
	camera.Control
	title string
}{
	{camera.Control{Name: "brightness", Value: 90}, "Brightness"},
	{camera.Control{Name: "contrast", Value: 140}, "Contrast"},
	{camera.Control{Name: "saturation", Value: 60}, "Saturation"},
	{camera.Control{Name: "hue", Value: -20}, "Hue"},
	{camera.Control{Name: "gain", Value: 77}, "Gain"},
}

// withControls asks for them.
func withControls(s camera.Source) camera.Source {
	for _, w := range wanted {
		s.Controls = append(s.Controls, w.Control)
	}
	return s
}

// wantControls checks what the driver itself says.
func wantControls(t *testing.T, d *device) {
	t.Helper()
	for _, w := range wanted {
		if got := d.get(w.title); got != int32(w.Value) {
			t.Errorf("%s is %d, not %v", w.title, got, w.Value)
		}
	}
}

func TestControlsAreSetAndReadBack(t *testing.T) {
	v := plugVivid(t)
	c := v.watch(withControls(v.source()))
	c.await(t, camera.StateReady)
	wantControls(t, v.open())
	o, _ := c.Opened()
	for _, w := range wanted {
		found := false
		for _, r := range o.Controls {
			found = found || r == camera.ControlReading{Name: w.Name, Asked: w.Value, ReadBack: w.Value, OK: true}
		}
		if !found {
			t.Errorf("no good reading of %s in %+v", w.Name, o.Controls)
		}
	}
}

// TestR20ControlsAreSetAgainAfterReplug plugs in a camera that has forgotten everything.
func TestR20ControlsAreSetAgainAfterReplug(t *testing.T) {
	v := plugVivid(t)
	c := v.watch(withControls(v.source()))
	c.await(t, camera.StateReady)
	v.unplug()
	c.await(t, camera.StateUnplugged)
	v.plug()
	c.await(t, camera.StateReady)
	wantControls(t, v.open())
	c.capture(t)
}

// TestControlResetBehindOurBack changes a control as a camera does whose power dips: a still that may show it is refused, and
// the control is set again.
func TestControlResetBehindOurBack(t *testing.T) {
	v := plugVivid(t)
	c := v.watch(withControls(v.source()))
	c.await(t, camera.StateReady)
	c.capture(t)
	d, refused := v.open(), 0
	for range 5 {
		d.set("Brightness", 20)
		_, err := c.NextAfter(t.Context(), boottime{}.Now())
		if err != nil { // nil where the worker looked at the controls just before
			wantKey(t, err, "camera.error.settings")
			refused++
		}
		wantControls(t, d)
		eventually(t, "a still is taken again", func() bool {
			_, err := c.NextAfter(t.Context(), boottime{}.Now())
			return err == nil
		})
	}
	if refused == 0 {
		t.Error("no still was refused")
	}
}

// TestControlResetIsNoticedUnasked waits for nobody to take a still.
func TestControlResetIsNoticedUnasked(t *testing.T) {
	v := plugVivid(t)
	c := v.watch(withControls(v.source()))
	c.await(t, camera.StateReady)
	d := v.open()
	d.set("Saturation", 250)
	eventually(t, "the saturation is set again", func() bool { return d.get("Saturation") == 60 })
	eventually(t, "the state said so", func() bool { return slices.Contains(c.log.seen(), camera.StateSettings) })
	c.await(t, camera.StateReady)
}
