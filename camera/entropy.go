package camera

import "fmt"

// CheckScan decodes the entropy-coded data of a whole JPEG and refuses one that is damaged, with an Invalid error
// "camera.error.damaged". OpenCV gives such a picture back as a good one: libjpeg repairs what it can and only warns.
//
// It refuses all that ScanHash refuses. In baseline and extended sequential pictures (T.81 SOF0, SOF1, 8 bits) each
// Huffman code must exist, each run of zeros stay within its block and each category be possible at 8 bits; each restart
// interval must hold its number of coding units and fill its bytes to the last bit, with padding of ones or of zeros; each component
// must be coded once, and each table that is used be there. A picture with no Huffman table at all has the standard's
// (T.81 K.3), as Motion JPEG may. Progressive pictures (SOF2) go through image/jpeg, whose every error counts; those of
// more than maxProgressive pixels or maxScans scans are refused for the memory and time that they take. Arithmetic
// coding, lossless coding and 12 bits are refused.
//
// What still makes a valid stream of the right length cannot be seen: a changed bit of a value, or codes that fall into
// step again. More than half of all single wrong bytes pass so, as they pass libjpeg. Where a few hundred bytes are gone, as
// a lost USB packet leaves it, none of thousands tried did.
//
// It takes a few milliseconds for 1920 x 1080 pixels: right for a still, too much for each frame of a preview.
func CheckScan(jpeg []byte) error {
	w := walker{data: jpeg, entropy: &entropy{}}
	if err := w.walk(); err != nil {
		return damaged(err)
	}
	if w.frame.marker == mSOF2 {
		if err := decodable(jpeg, w.frame, w.scans); err != nil {
			return damaged(err)
		}
	}
	return nil
}

// entropy decodes the scans that a walker comes by, without making pixels of them.
type entropy struct {
	tables  [2][4]*huffman // by class (0 DC, 1 AC) and destination
	given   bool           // the picture has Huffman tables of its own
	quants  [4]bool        // which quantisation tables there are
	decoded [256]bool      // by component id
	buf     []byte         // one restart interval without stuffing; see unstuff
}

// segment takes tables from the segments that have them. What no camera sends, and what only other codings use, is refused.
func (e *entropy) segment(marker byte, body []byte) error {
	switch marker {
	case mDHT:
		return e.huffmanTables(body)
	case mDQT:
		return e.quantisers(body)
	}
	return fmt.Errorf("segment %#02x has no place in the picture", marker)
}

// quantisers reads the tables of a DQT segment (T.81 B.2.4.1).
func (e *entropy) quantisers(body []byte) error {
	for len(body) > 0 {
		width, id := 1+int(body[0]>>4), body[0]&15
		if width > 2 || id > 3 || len(body) < 1+64*width {
			return fmt.Errorf("bad quantisation table")
		}
		for i := 1; i <= 64*width; i += width {
			if body[i] == 0 && body[i+width-1] == 0 {
				return fmt.Errorf("quantiser step of zero")
			}
		}
		e.quants[id] = true
		body = body[1+64*width:]
	}
	return nil
}

// end checks that each component was decoded and has its quantisers. It is called once.
func (e *entropy) end(f frameHeader) error {
	for _, c := range f.parts {
		if c.quant > 3 || !e.quants[c.quant] {
			return fmt.Errorf("no quantisation table %d", c.quant)
		}
		if !e.decoded[c.id] {
			return fmt.Errorf("component %d is not coded, or there are two of it", c.id)
		}
		e.decoded[c.id] = false
	}
	return nil
}
