package inference_test

import (
	"bytes"
	"math"
	"slices"
	"testing"

	"dermbox/inference"
)

func TestTensorOnThePipe(t *testing.T) {
	values := []float32{1, -2, float32(math.Inf(1)), 0}
	want := []byte{0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0, 0, 0, 0x80, 0x7f, 0, 0, 0, 0}
	if got := inference.EncodeTensor(values); !bytes.Equal(got, want) {
		t.Fatalf("bytes %x, want %x", got, want)
	}
	for offset := range 5 { // the first byte may lie anywhere
		got, err := inference.DecodeTensor(append(make([]byte, offset), want...)[offset:])
		if err != nil || !slices.Equal(got, values) {
			t.Fatalf("at %d: %v, %v", offset, got, err)
		}
	}
	for _, empty := range [][]byte{nil, {}} {
		if got, err := inference.DecodeTensor(empty); err != nil || len(got) != 0 || len(inference.EncodeTensor(got)) != 0 {
			t.Fatalf("of nothing: %v, %v", got, err)
		}
	}
	if _, err := inference.DecodeTensor(want[:3]); err == nil {
		t.Fatal("three bytes are a tensor")
	}
}
