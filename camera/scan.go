package camera

import (
	"bytes"
	"fmt"
)

// scan walks the entropy-coded data after a scan header: stuffed zeros pass, restart markers must come in turn and in the
// number that the picture's size asks for, any other marker ends it.
func (w *walker) scan(header []byte) error {
	if w.frame.width == 0 {
		return fmt.Errorf("scan before frame header")
	}
	units, err := w.frame.units(header)
	if err != nil {
		return err
	}
	w.scans++
	begin, restarts := w.pos, 0
	for {
		i := bytes.IndexByte(w.data[w.pos:], 0xff)
		if i < 0 || w.pos+i+1 >= len(w.data) {
			return fmt.Errorf("ends within a scan")
		}
		w.pos += i
		switch next := w.data[w.pos+1]; {
		case next == 0x00:
			w.pos += 2
		case next == 0xff: // fill byte
			w.pos++
		case next >= mRST0 && next <= mRST7:
			if int(next-mRST0) != restarts%8 {
				return fmt.Errorf("restart marker %d out of turn", restarts)
			}
			restarts++
			w.pos += 2
		default:
			if err := w.scanDone(w.pos-begin, restarts, units); err != nil || w.entropy == nil {
				return err
			}
			return w.entropy.scan(w.frame, header, w.data[begin:w.pos], w.interval, units)
		}
	}
}

// scanDone checks the number of restart markers in a scan of n bytes and so many units.
func (w *walker) scanDone(n, restarts, units int) error {
	want := 0
	if w.interval > 0 {
		want = (units+w.interval-1)/w.interval - 1
	}
	if restarts != want {
		return fmt.Errorf("%d restart markers, not %d", restarts, want)
	}
	if n == 0 {
		return fmt.Errorf("empty scan")
	}
	return nil
}
