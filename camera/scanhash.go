package camera

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"

	"dermbox/appliance"
)

// Limits on a picture from a camera.
const (
	MaxJPEG   = 32 << 20   // bytes
	MaxPixels = 50_000_000 // width times height
)

// ScanHash tells one exposure from another: the SHA-256, in lower-case hex, of the JPEG without its APPn and COM segments,
// so that a picture sent again with a new time or comment is known to be old. It also gives the picture's width and height
// in pixels.
//
// It walks every marker and refuses, with an Invalid error "camera.error.damaged", a picture that is truncated, has a
// segment of impossible length, no frame header or scan, restart markers out of turn or too few, or bytes after its end
// other than zeros (drivers pad with these; they are not hashed). It does not decode: damage within a restart interval
// that forges no marker is not seen. CheckScan sees most of it, at some twenty times the cost.
func ScanHash(jpeg []byte) (sum string, width, height int, err error) {
	w := walker{data: jpeg, hash: sha256.New()}
	if err := w.walk(); err != nil {
		return "", 0, 0, damaged(err)
	}
	return hex.EncodeToString(w.hash.Sum(nil)), w.frame.width, w.frame.height, nil
}

func damaged(cause error) error {
	return &appliance.Error{Code: appliance.Invalid, Key: "camera.error.damaged", Err: cause, Transient: true}
}

// walker goes once through a JPEG (T.81 annex B) and hashes what counts.
type walker struct {
	data     []byte
	pos      int       // next byte to look at
	hashed   int       // all before it is hashed, or left out on purpose
	hash     hash.Hash // takes what counts; nil: nobody asks
	frame    frameHeader
	interval int // MCUs between restart markers, 0 none
	scans    int
	entropy  *entropy // decodes the scans on the way; nil: nobody does
}

func (w *walker) walk() error {
	if len(w.data) > MaxJPEG {
		return fmt.Errorf("%d bytes, more than %d", len(w.data), MaxJPEG)
	}
	if len(w.data) < 4 || w.data[0] != 0xff || w.data[1] != mSOI {
		return fmt.Errorf("does not begin with SOI")
	}
	w.pos = 2
	for {
		start := w.pos
		marker, err := w.marker()
		if err != nil {
			return err
		}
		if marker == mEOI {
			return w.end()
		}
		body, err := w.segment(marker)
		if err != nil {
			return err
		}
		if err := w.visit(marker, body, start); err != nil {
			return err
		}
	}
}

// marker reads 0xFF, fill bytes and the marker's code.
func (w *walker) marker() (byte, error) {
	if w.pos >= len(w.data) || w.data[w.pos] != 0xff {
		return 0, fmt.Errorf("no marker at byte %d of %d", w.pos, len(w.data))
	}
	for w.pos < len(w.data) && w.data[w.pos] == 0xff {
		w.pos++
	}
	if w.pos >= len(w.data) {
		return 0, fmt.Errorf("ends within a marker")
	}
	w.pos++
	return w.data[w.pos-1], nil
}

// segment reads the length and body of a marker segment and steps over it.
func (w *walker) segment(marker byte) ([]byte, error) {
	if marker == 0 || marker == 0x01 || marker >= mRST0 && marker <= mSOI {
		return nil, fmt.Errorf("marker %#02x outside a scan", marker)
	}
	if w.pos+2 > len(w.data) {
		return nil, fmt.Errorf("ends within segment %#02x", marker)
	}
	n := int(w.data[w.pos])<<8 | int(w.data[w.pos+1])
	if n < 2 || w.pos+n > len(w.data) {
		return nil, fmt.Errorf("segment %#02x has impossible length %d", marker, n)
	}
	body := w.data[w.pos+2 : w.pos+n]
	w.pos += n
	return body, nil
}

// visit acts on one segment; start is where its marker begins.
func (w *walker) visit(marker byte, body []byte, start int) (err error) {
	switch {
	case marker >= mAPP0 && marker <= mAPP15 || marker == mCOM:
		w.add(start)
		w.hashed = w.pos
		return nil
	case marker == mDRI:
		if len(body) != 2 {
			return fmt.Errorf("restart interval of %d bytes", len(body))
		}
		w.interval = int(body[0])<<8 | int(body[1])
		return nil
	case marker == mSOS:
		return w.scan(body)
	case isFrame(marker):
		if w.frame.width != 0 {
			return fmt.Errorf("second frame header")
		}
		w.frame, err = parseFrame(marker, body)
		return err
	case w.entropy != nil:
		return w.entropy.segment(marker, body)
	}
	return nil
}

// add hashes all that is not hashed yet, up to a byte.
func (w *walker) add(to int) {
	if w.hash != nil {
		w.hash.Write(w.data[w.hashed:to])
	}
}

// end checks that the picture was whole and that nothing but padding follows it.
func (w *walker) end() error {
	if w.scans == 0 {
		return fmt.Errorf("no scan")
	}
	if w.entropy != nil {
		if err := w.entropy.end(w.frame); err != nil {
			return err
		}
	}
	w.add(w.pos)
	for i, b := range w.data[w.pos:] {
		if b != 0 {
			return fmt.Errorf("byte %d after the end is not padding", i)
		}
	}
	return nil
}
