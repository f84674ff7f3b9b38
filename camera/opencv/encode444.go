//go:build opencv

package opencv

// #cgo LDFLAGS: -ljpeg
// #include <stdlib.h>
// #include "encode444.h"
import "C"

import (
	"errors"
	"fmt"
	"unsafe"

	"gocv.io/x/gocv"

	"dermbox/camera"
)

// sampling444 says that the colour of a JPEG has the resolution of its brightness.
const sampling444 = "4:4:4"

// encode444 makes a JPEG of BGR pixels whose colour is not halved, since a lesion's colour is what is looked at. OpenCV's own encoder
// can do so only on a libjpeg of version 7 or later, and Debian's is of version 6.2; this one calls libjpeg itself.
func encode444(bgr gocv.Mat, quality int) ([]byte, error) {
	w, h := bgr.Cols(), bgr.Rows()
	if bgr.Type() != gocv.MatTypeCV8UC3 || w < 1 || h < 1 || w > 1<<16-1 || h > 1<<16-1 || w*h > camera.MaxPixels || !bgr.IsContinuous() {
		return nil, fmt.Errorf("camera gave no picture that can be encoded (%d x %d)", w, h)
	}
	pixels, err := bgr.DataPtrUint8()
	if err != nil || len(pixels) < 3*w*h {
		return nil, errors.New("camera gave fewer pixels than its size")
	}
	var out *C.uchar
	size := C.dermbox_encode444((*C.uchar)(unsafe.Pointer(&pixels[0])), C.int(w), C.int(h), C.size_t(3*w), C.int(quality), &out)
	if size == 0 {
		return nil, errors.New("picture cannot be encoded")
	}
	defer C.free(unsafe.Pointer(out))
	if size > camera.MaxJPEG {
		return nil, fmt.Errorf("picture is of %d bytes when encoded", uint64(size))
	}
	return C.GoBytes(unsafe.Pointer(out), C.int(size)), nil
}
