package camera

import "fmt"

// frameHeader is what a start-of-frame segment says of the picture.
type frameHeader struct {
	marker        byte // mSOF0, mSOF1 or mSOF2
	width, height int
	hmax, vmax    int // largest sampling factors
	parts         []component
}

type component struct {
	id    byte
	h, v  int  // sampling factors, 1 to 4
	quant byte // which quantisation table, 0 to 3 if the picture is sound
}

// isFrame says whether the marker is a start of frame of any kind.
func isFrame(marker byte) bool {
	return marker >= mSOF0 && marker <= mSOF15 && marker != mDHT && marker != mJPG && marker != mDAC
}

// parseFrame reads a start of frame of the three kinds that cameras and libjpeg agree on: 8 bits a sample, one or three
// components, Huffman coded.
func parseFrame(marker byte, body []byte) (f frameHeader, err error) {
	if marker > mSOF2 {
		return f, fmt.Errorf("frame of unsupported kind %#02x", marker)
	}
	if len(body) < 6 || body[0] != 8 {
		return f, fmt.Errorf("frame header is short or not of 8 bits")
	}
	n := int(body[5])
	if n != 1 && n != 3 || len(body) != 6+3*n {
		return f, fmt.Errorf("frame of %d components in %d bytes", n, len(body))
	}
	f.marker, f.height, f.width = marker, int(body[1])<<8|int(body[2]), int(body[3])<<8|int(body[4])
	if f.width == 0 || f.height == 0 || f.width*f.height > MaxPixels {
		return f, fmt.Errorf("impossible size %d x %d", f.width, f.height)
	}
	for i := range n {
		c := component{id: body[6+3*i], h: int(body[7+3*i] >> 4), v: int(body[7+3*i] & 15), quant: body[8+3*i]}
		if c.h < 1 || c.h > 4 || c.v < 1 || c.v > 4 {
			return f, fmt.Errorf("sampling %d x %d", c.h, c.v)
		}
		f.hmax, f.vmax = max(f.hmax, c.h), max(f.vmax, c.v)
		f.parts = append(f.parts, c)
	}
	return f, nil
}

// units gives how many coding units (MCUs, T.81 A.2) the scan of this header has.
func (f frameHeader) units(header []byte) (int, error) {
	if len(header) < 1 {
		return 0, fmt.Errorf("empty scan header")
	}
	n := int(header[0])
	if n < 1 || n > len(f.parts) || len(header) != 4+2*n {
		return 0, fmt.Errorf("scan of %d components in %d bytes", n, len(header))
	}
	if n > 1 {
		return ceil(f.width, 8*f.hmax) * ceil(f.height, 8*f.vmax), nil
	}
	for _, c := range f.parts {
		if c.id == header[1] {
			return ceil(ceil(f.width*c.h, f.hmax), 8) * ceil(ceil(f.height*c.v, f.vmax), 8), nil
		}
	}
	return 0, fmt.Errorf("scan of unknown component %d", header[1])
}

func ceil(a, b int) int { return (a + b - 1) / b }
