package preprocess

import (
	"bytes"
	"fmt"
	"image"
	"image/color" //nolint:misspell // the library's own spelling
	"image/draw"
	"image/jpeg"
)

// Version names decoding, cropping, resizing and normalising as this package does them. A manifest says which it was trained
// and judged with, and another is refused: the same photograph must become the same numbers.
const Version = "dermbox-preprocess/1"

// MaxFile is the largest photograph, in bytes.
const MaxFile = 64 << 20

// Decode gives the pixels of an original still: rows from the top, 3 bytes each (R, G, B), width and height in pixels. It is
// Go's own decoder and not OpenCV's, whose last bit differs between processors and versions of libjpeg. Orientation and colour
// profile of the file are not applied: the camera's pixels are what a model learns from. Baseline and progressive JPEGs with one
// or three components are read, with Huffman tables or, as Motion JPEG has it, without, of at most MaxFile bytes and MaxPixels pixels.
func Decode(still []byte) (rgb []byte, width, height int, err error) {
	if len(still) > MaxFile {
		return nil, 0, 0, fmt.Errorf("%w: %d bytes", errPicture, len(still))
	}
	still = withTables(still)
	config, err := jpeg.DecodeConfig(bytes.NewReader(still))
	if err != nil {
		return nil, 0, 0, fmt.Errorf("%w: %w", errPicture, err)
	}
	// Asked before the pixels are made: a small file may claim to hold many.
	if config.Width < 1 || config.Height < 1 || config.Width > MaxPixels/config.Height || config.ColorModel == color.CMYKModel { //nolint:misspell // the library's own spelling
		return nil, 0, 0, fmt.Errorf("%w: %dx%d", errPicture, config.Width, config.Height)
	}
	img, err := jpeg.Decode(bytes.NewReader(still))
	if err != nil {
		return nil, 0, 0, fmt.Errorf("%w: %w", errPicture, err)
	}
	rgb, width, height = pixels(img)
	return rgb, width, height, nil
}

func pixels(img image.Image) (rgb []byte, width, height int) {
	b := img.Bounds()
	width, height = b.Dx(), b.Dy()
	row := image.NewRGBA(image.Rect(0, 0, width, 1)) // one row at a time: a second copy of a photograph is not small
	rgb = make([]byte, width*height*3)
	for y := range height {
		draw.Draw(row, row.Rect, img, image.Pt(b.Min.X, b.Min.Y+y), draw.Src)
		for x := range width {
			copy(rgb[(y*width+x)*3:][:3], row.Pix[4*x:])
		}
	}
	return rgb, width, height
}
