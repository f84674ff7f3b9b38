package camera

import "dermbox/appliance"

// outcome is what came of one frame that the worker sent.
type outcome struct {
	frame    Frame
	err      error  // why it cannot be used; nil for a good frame
	repeated bool   // the same exposure came before, or a newer one
	state    string // what it says of the camera: one of the State constants
}

// tolerated is how many damaged frames a press or the camera's state lets pass: one now and then is a bad cable, three in a
// row are a fault.
const tolerated = 2

// waiter waits for the frame of one press.
type waiter struct {
	pressed appliance.Stamp
	done    chan outcome // room for the one answer
	damaged int
	arrived int // good frames that arrived after the press
}

// consider looks at the next frame and says whether the wait is over: o is then in done. It is called in the order of
// arrival by one goroutine.
func (w *waiter) consider(o outcome) bool {
	if !after(o.frame.Arrived, w.pressed) {
		return false // was on its way when the press came
	}
	switch {
	case o.repeated:
		o.err = appliance.E(appliance.Unavailable, "camera.error.frozen", nil)
	case o.err != nil && o.state == StateDamaged && w.pardon():
		return false
	case o.err == nil && !w.fresh(o.frame):
		return false
	}
	w.done <- o
	return true
}

// pardon lets a damaged frame pass, so many times.
func (w *waiter) pardon() bool {
	w.damaged++
	return w.damaged <= tolerated
}

// whole decodes the chosen frame's data, which nobody does for a preview, and says whether the wait goes on: the frame is
// damaged and another may come. It is called outside the client's lock, since it takes milliseconds.
func (w *waiter) whole(o *outcome) (wait bool) {
	if o.err != nil { // refused already
		return false
	}
	if o.err = CheckScan(o.frame.JPEG); o.err == nil {
		return false
	}
	o.state = StateDamaged
	return w.pardon()
}

// fresh says whether a good frame was surely exposed after the press: by its own clock, or, where only its arrival is
// known, by being the second to arrive.
func (w *waiter) fresh(f Frame) bool {
	w.arrived++
	if f.ExposureClock != ClockArrival && f.Exposed.Boot == w.pressed.Boot {
		return after(f.Exposed, w.pressed)
	}
	return w.arrived >= 2
}

// after orders two stamps: by time since boot within one boot, else by the wall.
func after(a, b appliance.Stamp) bool {
	if a.Boot == b.Boot {
		return a.Mono > b.Mono
	}
	return a.Wall.After(b.Wall)
}
