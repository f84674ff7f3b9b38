package graph

import (
	"encoding/binary"
	"fmt"
)

// reader reads a FlatBuffer and never leaves it. Offsets are counted in 64 bits, where those of the format's own 32 would
// wrap around. After the first fault every value is zero and every vector empty, and err says what was wrong.
type reader struct {
	b   []byte
	err error
}

func (r *reader) fail(what string, at int64) {
	if r.err == nil {
		r.err = fmt.Errorf("%s at byte %d of %d", what, at, len(r.b))
	}
}

// bytes gives n bytes, or nil when they are not all there.
func (r *reader) bytes(at, n int64) []byte {
	if r.err != nil || at < 0 || n < 0 || at > int64(len(r.b))-n {
		r.fail("something points out of the file", at)
		return nil
	}
	return r.b[at : at+n]
}

func (r *reader) u8(at int64) uint8 {
	if b := r.bytes(at, 1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) u16(at int64) uint16 {
	if b := r.bytes(at, 2); b != nil {
		return binary.LittleEndian.Uint16(b)
	}
	return 0
}

func (r *reader) u32(at int64) uint32 {
	if b := r.bytes(at, 4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (r *reader) u64(at int64) uint64 {
	if b := r.bytes(at, 8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// table is a FlatBuffers table: where it and its list of fields stand, and how long both are, in bytes.
type table struct {
	r              *reader
	at, fields     int64
	size, nfields2 int64
}

// tableAt reads the head of the table at a place.
func (r *reader) tableAt(at int64) table {
	t := table{r: r, at: at, fields: at - int64(int32(r.u32(at)))}
	t.nfields2, t.size = int64(r.u16(t.fields)), int64(r.u16(t.fields+2))
	if t.nfields2 < 4 || t.size < 4 {
		r.fail("a table without a head", at)
	}
	r.bytes(t.fields, t.nfields2)
	r.bytes(at, t.size)
	return t
}

// field gives where field n of a table stands, and false when it has its default.
func (t table) field(n, size int64) (at int64, ok bool) {
	slot := 4 + 2*n
	if t.r.err != nil || slot+2 > t.nfields2 {
		return 0, false
	}
	offset := int64(t.r.u16(t.fields + slot))
	if offset == 0 {
		return 0, false
	}
	if offset < 4 || offset+size > t.size {
		t.r.fail("a field outside of its table", t.at)
		return 0, false
	}
	return t.at + offset, true
}

func (t table) u8(n int64) uint8 {
	if at, ok := t.field(n, 1); ok {
		return t.r.u8(at)
	}
	return 0
}

func (t table) u32(n int64) uint32 {
	if at, ok := t.field(n, 4); ok {
		return t.r.u32(at)
	}
	return 0
}

func (t table) u64(n int64) uint64 {
	if at, ok := t.field(n, 8); ok {
		return t.r.u64(at)
	}
	return 0
}

// vector gives where the elements of a vector stand and how many there are, at most limit of size bytes each.
func (t table) vector(n, size, limit int64) (at, count int64) {
	field, ok := t.field(n, 4)
	if !ok {
		return 0, 0
	}
	at = field + int64(t.r.u32(field))
	count = int64(t.r.u32(at))
	at += 4
	if count > limit {
		t.r.fail(fmt.Sprintf("a list of %d entries", count), at)
	}
	t.r.bytes(at, count*size)
	if t.r.err != nil {
		return 0, 0
	}
	return at, count
}

// ints gives a vector of int32.
func (t table) ints(n, limit int64) []int {
	at, count := t.vector(n, 4, limit)
	out := make([]int, count)
	for i := range out {
		out[i] = int(int32(t.r.u32(at + 4*int64(i))))
	}
	return out
}

// tables gives a vector of tables.
func (t table) tables(n, limit int64) []table {
	at, count := t.vector(n, 4, limit)
	out := make([]table, 0, count)
	for i := range count {
		entry := at + 4*i
		out = append(out, t.r.tableAt(entry+int64(t.r.u32(entry))))
	}
	if t.r.err != nil {
		return nil
	}
	return out
}

// name gives a string that may be shown: cut, and without what could not be printed.
func (t table) name(n int64) string {
	const shown = 48
	at, count := t.vector(n, 1, maxName)
	text := []byte{}
	for _, c := range t.r.bytes(at, min(count, shown)) {
		if c < ' ' || c > '~' || c == '{' || c == '}' {
			c = '?'
		}
		text = append(text, c)
	}
	return string(text)
}
