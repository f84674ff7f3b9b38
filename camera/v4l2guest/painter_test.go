//go:build v4l2guest

package v4l2guest

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
)

// exif and profile are what cameras put before the picture and what must arrive with it, here with made-up content of the
// right form.
var (
	exif    = append([]byte("Exif\x00\x00II*\x00\x08\x00\x00\x00"), bytes.Repeat([]byte{0x5a}, 300)...)
	profile = append([]byte("ICC_PROFILE\x00\x01\x01"), bytes.Repeat([]byte{0xa5}, 3000)...)
)

// painter draws pictures of which no two are the same. It belongs to one goroutine.
type painter struct {
	gray *image.Gray
	rand *rand.Rand
}

func newPainter(width, height int) *painter {
	return &painter{gray: image.NewGray(image.Rect(0, 0, width, height)), rand: rand.New(rand.NewPCG(1, uint64(width)))}
}

// next gives a JPEG with an EXIF and an ICC segment.
func (p *painter) next() []byte {
	size := p.gray.Rect.Size()
	for range 400 {
		p.gray.SetGray(p.rand.IntN(size.X), p.rand.IntN(size.Y), color.Gray{Y: uint8(p.rand.UintN(256))})
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, p.gray, &jpeg.Options{Quality: 90}); err != nil {
		panic(err) // a picture in memory
	}
	out := append([]byte{}, b.Bytes()[:2]...)
	for _, s := range []struct {
		marker byte
		data   []byte
	}{{0xe1, exif}, {0xe2, profile}} {
		out = append(out, 0xff, s.marker)
		out = binary.BigEndian.AppendUint16(out, uint16(len(s.data)+2))
		out = append(out, s.data...)
	}
	return append(out, b.Bytes()[2:]...)
}
