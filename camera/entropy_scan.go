package camera

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// mcuBlocks is how many blocks a coding unit may have (T.81 B.2.3).
const mcuBlocks = 10

// slack is how many zeros follow an interval's data in the buffer: one block may read on so far before anyone looks. It has at
// most 64 symbols of at most 26 bits, and the last look reads eight bytes.
const slack = 64*26/8 + 8 + 8

// part is one component of a scan, ready to be decoded.
type part struct {
	dc, ac *huffman
	blocks int // in a coding unit
}

// scan decodes one scan: header is its SOS segment's body, data runs to the next marker, both checked by the walker.
func (e *entropy) scan(f frameHeader, header, data []byte, interval, units int) error {
	if f.marker == mSOF2 { // image/jpeg will decode it
		for i := 1; i < len(header)-3; i += 2 {
			e.decoded[header[i]] = true
		}
		return nil
	}
	parts, err := e.parts(f, header)
	if err != nil {
		return err
	}
	if interval == 0 {
		interval = units
	}
	e.buf = slices.Grow(e.buf[:0], len(data)+slack)
	for ; units > 0; units -= interval {
		if data, err = e.unstuff(data); err != nil {
			return err
		}
		if err := e.interval(parts, min(interval, units)); err != nil {
			return fmt.Errorf("%d coding units before the end of the scan: %w", units, err)
		}
	}
	return nil
}

// parts reads the scan header of a sequential picture (T.81 B.2.3).
func (e *entropy) parts(f frameHeader, header []byte) ([]part, error) {
	n := int(header[0])
	if tail := header[1+2*n:]; tail[0] != 0 || tail[1] != 63 || tail[2] != 0 {
		return nil, fmt.Errorf("spectral selection in a sequential picture")
	}
	var parts []part
	next, total := 0, 0
	for i := range n {
		id, tables := header[1+2*i], header[2+2*i]
		for next < len(f.parts) && f.parts[next].id != id {
			next++
		}
		if next == len(f.parts) || e.decoded[id] {
			return nil, fmt.Errorf("component %d is unknown, out of turn or coded twice", id)
		}
		p, err := e.part(f.parts[next], tables, n == 1)
		if err != nil {
			return nil, err
		}
		e.decoded[id] = true
		total += p.blocks
		parts = append(parts, p)
	}
	if n > 1 && total > mcuBlocks {
		return nil, fmt.Errorf("%d blocks in a coding unit", total)
	}
	return parts, nil
}

// part finds the tables of a component. A picture without any Huffman table has the standard's, as Motion JPEG may.
func (e *entropy) part(c component, tables byte, alone bool) (part, error) {
	if !e.given {
		if err := e.huffmanTables(standardTables()); err != nil {
			return part{}, err
		}
	}
	if c.quant > 3 || !e.quants[c.quant] {
		return part{}, fmt.Errorf("no quantisation table %d", c.quant)
	}
	if tables>>4 > 3 || tables&15 > 3 {
		return part{}, fmt.Errorf("no Huffman tables %#02x", tables)
	}
	p := part{dc: e.tables[0][tables>>4], ac: e.tables[1][tables&15], blocks: c.h * c.v}
	if p.dc == nil || p.ac == nil {
		return part{}, fmt.Errorf("no Huffman tables %#02x", tables)
	}
	if alone {
		p.blocks = 1
	}
	p.dc.prepare()
	p.ac.prepare()
	return p, nil
}

// unstuff puts the data up to the next restart marker, without stuffed zeros, into the buffer, followed by slack, and gives
// what comes after the marker.
func (e *entropy) unstuff(data []byte) ([]byte, error) {
	e.buf = e.buf[:0]
	for {
		i := bytes.IndexByte(data, 0xff)
		if i < 0 {
			e.buf = append(e.buf, data...)
			data = nil
			break
		}
		e.buf = append(e.buf, data[:i]...)
		data = data[i+1:]
		if len(data) > 0 && data[0] == 0 {
			e.buf = append(e.buf, 0xff)
			data = data[1:]
			continue
		}
		for len(data) > 0 && data[0] == 0xff { // fill bytes, and then a marker
			data = data[1:]
		}
		if len(data) > 0 && data[0] == 0 {
			return nil, errors.New("fill bytes within a scan")
		}
		data = data[min(1, len(data)):]
		break
	}
	e.buf = append(e.buf, make([]byte, slack)...)
	return data, nil
}

// interval decodes the buffer: so many coding units, then only padding up to a whole byte.
func (e *entropy) interval(parts []part, units int) (err error) {
	end := uint(len(e.buf)-slack) * 8
	pos := uint(0)
	for range units {
		for i := range parts {
			for range parts[i].blocks {
				if pos, err = parts[i].block(e.buf, pos); err != nil {
					return err
				}
				if pos > end {
					return errShort
				}
			}
		}
	}
	left := end - pos
	if left > 7 {
		return fmt.Errorf("%d bits left over", left)
	}
	// The standard's padding is of ones; some cameras pad with zeros, and no decoder minds.
	if mask := byte(1)<<left - 1; left > 0 {
		if pad := e.buf[end/8-1] & mask; pad != mask && pad != 0 {
			return errors.New("padding of ones and zeros")
		}
	}
	return nil
}

// The faults that one block can have. They are values because a block is decoded in nanoseconds.
var (
	errCode  = errors.New("no such Huffman code, or not at 8 bits")
	errShort = errors.New("data is short")
	errRun   = errors.New("run of zeros beyond the block")
)

// block decodes one block of 64 coefficients at bit pos and gives the position after it (T.81 F.2.2).
func (p *part) block(buf []byte, pos uint) (uint, error) {
	window := binary.BigEndian.Uint64(buf[pos>>3:]) << (pos & 7)
	s := p.dc.look[window>>(64-lookBits)]
	if s == 0 {
		if s = p.dc.long(window); s == 0 {
			return 0, errCode
		}
	}
	pos += uint(s & 31)
	for k := 1; k < 64; {
		window = binary.BigEndian.Uint64(buf[pos>>3:]) << (pos & 7)
		s = p.ac.look[window>>(64-lookBits)]
		if s == 0 {
			if s = p.ac.long(window); s == 0 {
				return 0, errCode
			}
		}
		pos += uint(s & 31)
		if s>>5 == 0 {
			break
		}
		if k += int(s >> 5); k > 64 {
			return 0, errRun
		}
	}
	return pos, nil
}
