package camera

import "fmt"

// lookBits is how many bits of the data one look into a table decides on. Longer codes are rare and take a search.
const lookBits = 11

// The largest categories at 8 bits a sample (T.81 tables F.1 and F.2).
const (
	maxCategoryDC = 11
	maxCategoryAC = 10
)

// huffman is one table as a DHT segment gives it (T.81 B.2.4.2) and, once a scan uses it, made fit for decoding.
type huffman struct {
	counts  [16]byte // codes of each length, from 1
	symbols []byte   // in order of their codes
	class   byte     // 0 DC, 1 AC

	ready bool
	look  [1 << lookBits]step // by the next lookBits bits; 0: no code so short
	above [17]uint32          // by length: the first 16-bit window that is past all codes of it
	first [17]int             // by length: what to add to the code to get its place in symbols
}

// step is what one symbol does: the low five bits say how many bits code and value take together, the others the category
// (DC) or by how many coefficients it moves on (AC), 0 for the end of the block. No valid step is 0.
type step uint16

// huffmanTables reads the tables of a DHT segment.
func (e *entropy) huffmanTables(body []byte) error {
	e.given = true
	for len(body) > 0 {
		t, n, err := parseHuffman(body)
		if err != nil {
			return err
		}
		e.tables[t.class][body[0]&15] = t
		body = body[n:]
	}
	return nil
}

// parseHuffman reads one table and says how long it is. It refuses codes that do not fit into their lengths, and the code of
// ones only, which T.81 C.2 keeps free.
func parseHuffman(body []byte) (*huffman, int, error) {
	if len(body) < 17 || body[0]>>4 > 1 || body[0]&15 > 3 {
		return nil, 0, fmt.Errorf("bad Huffman table")
	}
	t := &huffman{class: body[0] >> 4, counts: [16]byte(body[1:17])}
	n, code := 0, 0
	for i, c := range t.counts {
		n += int(c)
		if code += int(c); c > 0 && code >= 2<<i {
			return nil, 0, fmt.Errorf("too many Huffman codes of length %d", i+1)
		}
		code <<= 1
	}
	if n > 256 || len(body) < 17+n {
		return nil, 0, fmt.Errorf("table of %d Huffman codes", n)
	}
	t.symbols = body[17 : 17+n]
	return t, 17 + n, nil
}

// prepare makes the tables for decoding (T.81 F.2.2.3).
func (t *huffman) prepare() {
	if t.ready {
		return
	}
	t.ready = true
	code, k := 0, 0
	for length := 1; length <= 16; length++ {
		t.first[length] = k - code
		for range t.counts[length-1] {
			if length <= lookBits {
				s := t.step(t.symbols[k], length)
				from := code << (lookBits - length)
				for i := range 1 << (lookBits - length) {
					t.look[from+i] = s
				}
			}
			code, k = code+1, k+1
		}
		t.above[length] = uint32(code) << (16 - length)
		code <<= 1
	}
}

// step gives what a symbol does, 0 when it can do nothing at 8 bits a sample.
func (t *huffman) step(symbol byte, length int) step {
	run, category := int(symbol>>4), int(symbol&15)
	bits := step(length + category)
	switch {
	case t.class == 0 && symbol <= maxCategoryDC:
		return step(symbol)<<5 | bits
	case t.class == 0 || category > maxCategoryAC:
		return 0
	case category > 0:
		return step(run+1)<<5 | bits
	case run == 15: // sixteen zeros
		return 16<<5 | bits
	case run == 0: // the rest is zeros
		return bits
	}
	return 0
}

// long finds the step of a code that look does not have; window holds the next bits from the top. 0: there is none.
func (t *huffman) long(window uint64) step {
	next := uint32(window >> 48)
	if next < t.above[lookBits] { // a short code, of a symbol that can do nothing
		return 0
	}
	for length := lookBits + 1; length <= 16; length++ {
		if next < t.above[length] {
			return t.step(t.symbols[t.first[length]+int(next>>(16-length))], length)
		}
	}
	return 0
}
