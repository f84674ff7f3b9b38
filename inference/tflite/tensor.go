package tflite

/*
#include "shim.h"
*/
import "C"

import (
	"fmt"
	"math"
	"unsafe"
)

// The tensor types that dermbox runs, by TfLiteType's numbers.
var typeNames = map[int]string{1: "float32", 3: "uint8", 9: "int8"}

// Tensor describes an input or output.
type Tensor struct {
	DType     string  // "float32", "uint8", "int8", or "type N"
	Dims      []int   // a batch of unknown size has become 1
	Bytes     int     // size of its data
	Scale     float32 // value = Scale * (stored - ZeroPoint), of quantised tensors
	ZeroPoint int32

	pointer unsafe.Pointer
}

// Size gives the number of values.
func (t Tensor) Size() int {
	n := 1
	for _, d := range t.Dims {
		n *= d
	}
	return n
}

// tensors reads the description of the inputs (which 0) or outputs (1).
func (t *Interpreter) tensors(which C.int) []Tensor {
	n := C.dermbox_tensor_count(&t.lib.api, t.it.interpreter, which)
	out := make([]Tensor, n)
	for i := range out {
		pointer := C.dermbox_tensor(&t.lib.api, t.it.interpreter, which, C.int32_t(i))
		var info C.dermbox_tensor_info
		C.dermbox_describe(&t.lib.api, pointer, &info)
		out[i] = Tensor{
			Bytes: int(info.bytes), Scale: float32(info.scale), ZeroPoint: int32(info.zero_point), pointer: pointer,
		}
		for d := range min(int(info.num_dims), len(info.dims)) {
			out[i].Dims = append(out[i].Dims, int(info.dims[d]))
		}
		name, known := typeNames[int(info._type)]
		if !known {
			name = fmt.Sprintf("type %d", int(info._type))
		}
		out[i].DType = name
	}
	return out
}

func (t *Interpreter) put(to Tensor, values []float32) error {
	if len(values) == 0 || len(values) != to.Size() {
		return fmt.Errorf("tflite: %d values for an input of %d", len(values), to.Size())
	}
	raw := bytesOf(values) // the library's float32 is Go's
	if to.DType != "float32" {
		var err error
		if raw, err = to.quantise(values); err != nil {
			return err
		}
	}
	if len(raw) != to.Bytes {
		return fmt.Errorf("tflite: %d bytes for an input of %d", len(raw), to.Bytes)
	}
	if status := C.dermbox_copy_in(&t.lib.api, to.pointer, unsafe.Pointer(&raw[0]), C.size_t(len(raw))); status != 0 {
		return fmt.Errorf("tflite: input refused, status %d", int(status))
	}
	return nil
}

// get writes the values of an output, as many as it has.
func (t *Interpreter) get(from Tensor, values []float32) error {
	raw := bytesOf(values)
	if from.DType != "float32" {
		raw = make([]byte, len(values))
	}
	if len(raw) == 0 || len(raw) != from.Bytes {
		return fmt.Errorf("tflite: output of %d bytes, %s %v", from.Bytes, from.DType, from.Dims)
	}
	if status := C.dermbox_copy_out(&t.lib.api, from.pointer, unsafe.Pointer(&raw[0]), C.size_t(len(raw))); status != 0 {
		return fmt.Errorf("tflite: output not given, status %d", int(status))
	}
	if from.DType == "float32" {
		return nil
	}
	return from.restore(raw, values)
}

// bytesOf gives the memory of values.
func bytesOf(values []float32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(values))), 4*len(values))
}

// quantise gives the bytes of values in the tensor's type, saturated at its ends.
func (t Tensor) quantise(values []float32) ([]byte, error) {
	low, high, err := t.bounds()
	if err != nil {
		return nil, err
	}
	raw := make([]byte, len(values))
	for i, v := range values {
		q := math.RoundToEven(float64(v)/float64(t.Scale)) + float64(t.ZeroPoint)
		raw[i] = byte(int(max(low, min(high, q))))
	}
	return raw, nil
}

// restore writes the values of bytes in the tensor's type.
func (t Tensor) restore(raw []byte, values []float32) error {
	low, _, err := t.bounds()
	if err != nil {
		return err
	}
	for i, b := range raw {
		stored := int32(b)
		if low < 0 {
			stored = int32(int8(b))
		}
		values[i] = t.Scale * float32(stored-t.ZeroPoint)
	}
	return nil
}

// bounds gives the smallest and largest stored value of a quantised type.
func (t Tensor) bounds() (low, high float64, err error) {
	switch {
	case t.DType == "uint8" && t.Scale > 0:
		return 0, 255, nil
	case t.DType == "int8" && t.Scale > 0:
		return -128, 127, nil
	}
	return 0, 0, fmt.Errorf("tflite: a tensor of %s, scale %v", t.DType, t.Scale)
}
