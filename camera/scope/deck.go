package scope

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
)

// Deck makes endlessly many JPEGs of one scene from a few: all were encoded with one restart interval for each row of
// coding units, which stand alone, so that each row of a frame can come from another of the few. With six variants of 68
// rows the chance of a repeat is nil, and a frame costs a copy instead of an encoding.
type Deck struct {
	head []byte     // SOI to the end of the scan header: the same in all variants
	rows [][][]byte // by row, then variant: the entropy-coded bytes
	size int        // upper bound of a frame's bytes
}

// NewDeck splits variants of one scene, which must differ in nothing but their entropy-coded data.
func NewDeck(variants [][]byte) (*Deck, error) {
	d := &Deck{}
	for i, v := range variants {
		head, rows, err := split(v)
		if err != nil {
			return nil, fmt.Errorf("variant %d: %w", i, err)
		}
		if i == 0 {
			d.head, d.rows = head, make([][][]byte, len(rows))
		}
		if !bytes.Equal(head, d.head) || len(rows) != len(d.rows) {
			return nil, fmt.Errorf("variant %d is encoded in another way than variant 0", i)
		}
		for r, row := range rows {
			d.rows[r] = append(d.rows[r], row)
		}
		d.size += len(v)
	}
	if len(variants) < 2 || len(d.rows) < 2 {
		return nil, fmt.Errorf("%d variants of %d rows cannot be spliced", len(variants), len(d.rows))
	}
	return d, nil
}

// Frame splices a new JPEG: each row is taken from a variant by chance.
func (d *Deck) Frame(r *rand.Rand) []byte {
	out := append(make([]byte, 0, d.size/len(d.rows[0])+d.size/8), d.head...)
	for i, row := range d.rows {
		if i > 0 {
			out = append(out, 0xff, 0xd0+byte((i-1)%8))
		}
		out = append(out, row[r.IntN(len(row))]...)
	}
	return append(out, 0xff, 0xd9)
}

// split takes a baseline JPEG with restart markers apart: everything up to the scan, and the bytes between the markers.
func split(jpeg []byte) (head []byte, rows [][]byte, err error) {
	start, err := scanStart(jpeg)
	if err != nil {
		return nil, nil, err
	}
	from := start
	for i := start; i+1 < len(jpeg); i++ {
		if jpeg[i] != 0xff || jpeg[i+1] == 0 {
			continue
		}
		rows = append(rows, jpeg[from:i])
		switch m := jpeg[i+1]; {
		case m == 0xd9:
			return jpeg[:start], rows, nil
		case m == 0xd0+byte((len(rows)-1)%8):
			from, i = i+2, i+1
		default:
			return nil, nil, fmt.Errorf("marker %#02x in the scan", m)
		}
	}
	return nil, nil, fmt.Errorf("scan does not end")
}

// scanStart gives the offset of the first entropy-coded byte.
func scanStart(jpeg []byte) (int, error) {
	for i := 2; i+4 <= len(jpeg); {
		n := int(binary.BigEndian.Uint16(jpeg[i+2:]))
		if jpeg[i] != 0xff || n < 2 || i+2+n > len(jpeg) {
			break
		}
		if jpeg[i+1] == 0xda {
			return i + 2 + n, nil
		}
		i += 2 + n
	}
	return 0, fmt.Errorf("no scan")
}
