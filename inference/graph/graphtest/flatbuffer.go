package graphtest

import "encoding/binary"

// fields are a FlatBuffers table by field number. Values: uint8, int32, uint64, string, []int32, []byte, fields, []fields.
type fields map[int]any

// writer appends a FlatBuffer from front to back: a table's list of fields first, then the table, then what it points to.
type writer struct{ b []byte }

// file gives a whole FlatBuffer.
func file(root fields, identifier string) []byte {
	w := &writer{b: append(make([]byte, 4), identifier...)}
	w.point(0, w.table(root))
	return w.b
}

func (w *writer) align(n int) {
	for len(w.b)%n != 0 {
		w.b = append(w.b, 0)
	}
}

// point writes at a place how far ahead another is.
func (w *writer) point(at, to int) { binary.LittleEndian.PutUint32(w.b[at:], uint32(to-at)) }

// table writes a table with eight bytes for each field, and gives its place.
func (w *writer) table(f fields) int {
	count := 0
	for n := range f {
		count = max(count, n+1)
	}
	w.align(8)
	for len(w.b)%8 != (8-(4+2*count)%8)%8 { // so that the table is aligned to eight
		w.b = append(w.b, 0)
	}
	list := len(w.b)
	size := 8 + 8*count
	w.b = binary.LittleEndian.AppendUint16(w.b, uint16(4+2*count))
	w.b = binary.LittleEndian.AppendUint16(w.b, uint16(size))
	for n := range count {
		offset := 0
		if f[n] != nil {
			offset = 8 + 8*n
		}
		w.b = binary.LittleEndian.AppendUint16(w.b, uint16(offset))
	}
	at := len(w.b)
	w.b = append(w.b, make([]byte, size)...)
	binary.LittleEndian.PutUint32(w.b[at:], uint32(at-list))
	for n := range count {
		w.value(at+8+8*n, f[n])
	}
	return at
}

func (w *writer) value(at int, value any) {
	switch v := value.(type) {
	case uint8:
		w.b[at] = v
	case int32:
		binary.LittleEndian.PutUint32(w.b[at:], uint32(v))
	case uint64:
		binary.LittleEndian.PutUint64(w.b[at:], v)
	case fields:
		w.point(at, w.table(v))
	case string:
		w.point(at, w.vector([]byte(v), 1))
		w.b = append(w.b, 0)
	case []byte:
		w.point(at, w.vector(v, 1))
	case []int32:
		raw := []byte{}
		for _, n := range v {
			raw = binary.LittleEndian.AppendUint32(raw, uint32(n))
		}
		w.point(at, w.vector(raw, 4))
	case []fields:
		vector := w.vector(make([]byte, 4*len(v)), 4)
		w.point(at, vector)
		for i, entry := range v {
			place := vector + 4 + 4*i
			w.point(place, w.table(entry))
		}
	}
}

// vector writes a vector whose elements are aligned to sixteen, and gives its place.
func (w *writer) vector(raw []byte, size int) int {
	for (len(w.b)+4)%16 != 0 {
		w.b = append(w.b, 0)
	}
	at := len(w.b)
	w.b = binary.LittleEndian.AppendUint32(w.b, uint32(len(raw)/size))
	w.b = append(w.b, raw...)
	return at
}
