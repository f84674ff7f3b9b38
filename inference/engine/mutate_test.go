package engine_test

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
)

// mutator spoils a model in a way that its random numbers choose.
type mutator struct {
	name string
	do   func(r *rand.Rand, model []byte, donors [][]byte) []byte
}

var mutators = []mutator{
	{"bit flips", func(r *rand.Rand, m []byte, _ [][]byte) []byte {
		for range 1 + r.IntN(16) {
			m[place(r, m)] ^= 1 << r.IntN(8)
		}
		return m
	}},
	{"byte run", func(r *rand.Rand, m []byte, _ [][]byte) []byte {
		at := place(r, m)
		for i := at; i < min(len(m), at+1+r.IntN(64)); i++ {
			m[i] = byte(r.Uint32())
		}
		return m
	}},
	{"truncation", func(r *rand.Rand, m []byte, _ [][]byte) []byte {
		if r.IntN(2) == 0 {
			return m[:len(m)-1-r.IntN(min(256, len(m)-1))]
		}
		return m[:r.IntN(len(m))]
	}},
	{"splice", func(r *rand.Rand, m []byte, donors [][]byte) []byte {
		donor := donors[r.IntN(len(donors))]
		from, at := r.IntN(len(donor)), place(r, m)
		copy(m[at:], donor[from:min(len(donor), from+1+r.IntN(2048))])
		return m
	}},
	{"zeroed range", func(r *rand.Rand, m []byte, _ [][]byte) []byte {
		at := place(r, m)
		clear(m[at:min(len(m), at+1+r.IntN(1024))])
		return m
	}},
	{"extreme field", func(r *rand.Rand, m []byte, _ [][]byte) []byte {
		extremes := []uint32{0, 1, 2, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, uint32(len(m)), 0x10000}
		for range 1 + r.IntN(3) {
			if at := place(r, m) &^ 3; at+4 <= len(m) {
				binary.LittleEndian.PutUint32(m[at:], extremes[r.IntN(len(extremes))])
			}
		}
		return m
	}},
}

// place chooses a byte, often near an end, where converters write what is not weights.
func place(r *rand.Rand, m []byte) int {
	switch r.IntN(3) {
	case 0:
		return r.IntN(min(len(m), 4<<10))
	case 1:
		return len(m) - 1 - r.IntN(min(len(m), 8<<10))
	}
	return r.IntN(len(m))
}

// mutant gives the model that a number stands for: the same number, the same mutant.
func mutant(number uint64, model []byte, donors [][]byte) (spoilt []byte, how string) {
	r := rand.New(rand.NewPCG(number, 20260101))
	m := mutators[r.IntN(len(mutators))]
	spoilt = m.do(r, bytes.Clone(model), donors)
	if len(spoilt) == 0 {
		spoilt = []byte{0} // a pack's members are not empty
	}
	return spoilt, m.name
}
