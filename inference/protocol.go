package inference

import (
	"bytes"
	"errors"
	"unsafe"
)

// The requests that the inference worker answers.
const (
	RequestLoad = "load" // LoadRequest, body: the model; LoadReply
	RequestRun  = "run"  // body: the input tensor; RunReply, body: the output tensor, and the features after it if asked for
)

// MaxBody is the largest body of a frame between client and worker, in bytes: a model.
const MaxBody = 64 << 20

// LoadRequest says what the model in the body must be. A worker loads one model in its life.
type LoadRequest struct {
	SHA256     string `json:"sha256"` // of the body, lower-case hex: checked again before the native loader sees it
	InputDims  []int  `json:"input_dims"`
	InputType  string `json:"input_type"`
	Outputs    int    `json:"outputs"`            // values of the output that is read
	Features   int    `json:"features,omitempty"` // values of the second output that is read, another number; 0: none is
	MinRuntime string `json:"min_runtime"`
}

// LoadReply says what runs the model.
type LoadReply struct {
	Engine string `json:"engine"` // for example "TFLite 2.21.0 XNNPACK"
}

// RunReply goes with an output tensor.
type RunReply struct {
	TookMS float64 `json:"took_ms"` // of the model alone
}

var errTensor = errors.New("tensor is not a whole number of values")

// EncodeTensor gives the bytes of a tensor on the pipe: float32, little-endian, as every processor has them that dermbox runs on.
// They are the values' own memory: to copy 224x224 pixels costs a quarter of a millisecond on each side, most of it for new memory.
func EncodeTensor(values []float32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(values))), 4*len(values))
}

// DecodeTensor is the reverse of EncodeTensor; the values may be the bytes' own memory.
func DecodeTensor(b []byte) ([]float32, error) {
	if len(b)%4 != 0 {
		return nil, errTensor
	}
	if uintptr(unsafe.Pointer(unsafe.SliceData(b)))%4 != 0 {
		b = bytes.Clone(b) // new memory is aligned
	}
	return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/4), nil
}
