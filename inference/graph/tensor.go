package graph

import "fmt"

// Tensor describes a tensor of the graph.
type Tensor struct {
	Name      string
	DType     string // "float32", "uint8", ..., or "type N"
	Dims      []int  // as the model would run; a batch of unknown size is written as 1
	Signature []int  // as Dims, with -1 where the size is unknown; empty: Dims hold
	Bytes     int64  // of its values; 0 where Dims are not all known

	kind     int
	constant bool // it has its values in the file
}

// types are the tensor types by the schema's numbers, and the bits of a value; 0 where that has no fixed size.
var types = map[int]struct {
	name string
	bits int64
}{
	0: {"float32", 32}, 1: {"float16", 16}, 2: {"int32", 32}, 3: {"uint8", 8}, 4: {"int64", 64}, 5: {"string", 0},
	6: {"bool", 8}, 7: {"int16", 16}, 8: {"complex64", 64}, 9: {"int8", 8}, 10: {"float64", 64}, 11: {"complex128", 128},
	12: {"uint64", 64}, 13: {"resource", 0}, 14: {"variant", 0}, 15: {"uint32", 32}, 16: {"uint16", 16}, 17: {"int4", 4},
	18: {"bfloat16", 16},
}

// tooMany bounds sizes, so that their sums do not overflow.
const tooMany = int64(1) << 50

func readTensor(t table, buffers []int64) Tensor {
	out := Tensor{
		Name: t.name(3), kind: int(int8(t.u8(1))), Dims: t.ints(0, maxDims), Signature: t.ints(7, maxDims),
	}
	kind, known := types[out.kind]
	if out.DType = kind.name; !known {
		out.DType = fmt.Sprintf("type %d", out.kind)
	}
	out.Bytes = (min(out.Size(), tooMany/128)*kind.bits + 7) / 8
	buffer := int64(t.u32(2))
	if buffer >= int64(len(buffers)) && buffer != 0 {
		t.r.fail(fmt.Sprintf("buffer %d of %d", buffer, len(buffers)), t.at)
		return out
	}
	if buffer < int64(len(buffers)) {
		out.constant = buffers[buffer] > 0
	}
	return out
}

// Size gives the number of values, 0 where Dims are not all known. It stops counting at tooMany.
func (t Tensor) Size() int64 {
	n := int64(1)
	for _, d := range t.Dims {
		if d <= 0 {
			return 0
		}
		n = min(n*int64(d), tooMany)
		if n >= tooMany {
			return tooMany
		}
	}
	return n
}

// Unsized says whether a dimension is unknown whatever the batch is.
func (t Tensor) Unsized() bool {
	for _, d := range t.Dims {
		if d < 0 {
			return true
		}
	}
	return false
}

// Dynamic says whether a dimension other than the first, the batch, is left open.
func (t Tensor) Dynamic() bool {
	for i, d := range t.Signature {
		if d < 0 && i > 0 {
			return true
		}
	}
	return t.Unsized() || len(t.Signature) > 0 && len(t.Signature) != len(t.Dims)
}

func (t Tensor) String() string { return fmt.Sprintf("%s %v", t.DType, t.Dims) }
