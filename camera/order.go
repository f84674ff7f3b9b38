package camera

// order is the newest that a source has said of its frames: what does not come after it is an old picture, though its bytes may
// be new. It holds within one opening. The zero order knows nothing.
type order struct {
	seq     uint64 // the source's own number
	exposed int64  // CLOCK_BOOTTIME, nanoseconds
}

// judge counts a good frame that does not come after those before it as repeated.
func (o *order) judge(h FrameHeader, of outcome) outcome {
	if of.err == nil && !of.repeated && !o.rises(h, of.frame) {
		of.repeated, of.state = true, StateFrozen
	}
	return of
}

// rises says whether a frame comes after those before it, and notes it if so. A source that numbers its frames knows their times
// too, and both must rise. The time of one that does not is an estimate that may stand still, and only must not fall. Where
// nothing but the arrival is known there is nothing to hold it against.
func (o *order) rises(h FrameHeader, f Frame) bool {
	timed := f.ExposureClock != ClockArrival
	switch at := f.Exposed.Mono; {
	case h.Seq != 0 && h.Seq <= o.seq:
		return false
	case timed && at < o.exposed, timed && h.Seq != 0 && at == o.exposed:
		return false
	case timed:
		o.exposed = at
	}
	o.seq = max(o.seq, h.Seq)
	return true
}
