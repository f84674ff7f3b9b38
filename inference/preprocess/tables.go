package preprocess

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/jpeg"
	"sync"
)

// JPEG markers (T.81 table B.1).
const (
	markerDHT = 0xc4
	markerSOS = 0xda
)

// withTables gives a still the Huffman tables of the standard (T.81 annex K.3) where it has none. Cameras that speak Motion JPEG
// leave them out; libjpeg puts them in by itself, and Go's decoder does not. A still that has tables, or that is none, is given
// back as it is.
func withTables(still []byte) []byte {
	at, ok := beforeScan(still)
	if !ok {
		return still
	}
	out := make([]byte, 0, len(still)+len(standardTables()))
	out = append(out, still[:at]...)
	out = append(out, standardTables()...)
	return append(out, still[at:]...)
}

// beforeScan gives where the first scan's header begins, and whether no Huffman table comes before it.
func beforeScan(still []byte) (int, bool) {
	for at := 2; ; {
		marker, next, ok := segment(still, at)
		switch {
		case !ok || marker == markerDHT:
			return 0, false
		case marker == markerSOS:
			return at, true
		}
		at = next
	}
}

// segment gives the marker at an offset and where the segment ends.
func segment(still []byte, at int) (marker byte, next int, ok bool) {
	if at+4 > len(still) || still[at] != 0xff {
		return 0, 0, false
	}
	next = at + 2 + int(binary.BigEndian.Uint16(still[at+2:]))
	return still[at+1], next, next > at+3 && next <= len(still)
}

// standardTables are the segments of the standard's four tables, as Go's encoder writes them.
var standardTables = sync.OnceValue(func() []byte {
	var one bytes.Buffer
	if err := jpeg.Encode(&one, image.NewRGBA(image.Rect(0, 0, 1, 1)), nil); err != nil {
		panic(err) // a picture of one pixel can be encoded
	}
	var tables []byte
	for at := 2; ; {
		marker, next, ok := segment(one.Bytes(), at)
		if !ok || marker == markerSOS {
			return tables
		}
		if marker == markerDHT {
			tables = append(tables, one.Bytes()[at:next]...)
		}
		at = next
	}
})
