package quality

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strconv"
)

// HashBits is the length of a perceptual hash.
const HashBits = hashCoefs * hashCoefs

// The parts of a perceptual hash.
const (
	hashSide  = 32   // pixels of the small grey picture that is transformed
	hashCoefs = 8    // of the lowest frequencies each way, without the constant ones
	hashShare = 0.70 // of the field's size: the square that lies within a disc, away from its rim
)

// Hash gives the perceptual hash of the field's middle in a grey picture: 64 bits as 16 digits of lower-case hex. Bit i says
// whether the i-th of the 64 lowest frequencies of the cosine transform is above the median of them all. Sensor noise, a JPEG's
// rounding, brightness and a slight movement hardly change it, another subject does: see Distance. It is "" for a picture
// that has no middle of 32 pixels.
func Hash(grey []byte, width, height int, f Field) string {
	small, ok := shrink(grey, width, height, f)
	if !ok {
		return ""
	}
	coefs := lowest(small)
	limit := median(coefs)
	var hash uint64
	for i, c := range coefs {
		if c > limit {
			hash |= 1 << i
		}
	}
	return fmt.Sprintf("%016x", hash)
}

// Distance counts the bits that differ between two hashes, 0 to 64; false when one of them is none.
func Distance(a, b string) (bitsApart int, ok bool) {
	x, okX := parseHash(a)
	y, okY := parseHash(b)
	return bits.OnesCount64(x ^ y), okX && okY
}

func parseHash(s string) (uint64, bool) {
	h, err := strconv.ParseUint(s, 16, 64)
	return h, err == nil && len(s) == 16
}

// shrink averages the middle of the field into a small picture.
func shrink(grey []byte, width, height int, f Field) (small [hashSide * hashSide]float64, ok bool) {
	side := hashShare * f.Size
	x0, y0 := f.X-side/2, f.Y-side/2
	if f.Shape == ShapeNone {
		side = float64(min(width, height))
		x0, y0 = (float64(width)-side)/2, (float64(height)-side)/2
	}
	if side < hashSide || len(grey) < width*height || x0 < 0 || y0 < 0 || x0+side > float64(width) || y0+side > float64(height) {
		return small, false
	}
	edge := func(from float64, i int) int { return int(from + side*float64(i)/hashSide) }
	for row := range hashSide {
		top, bottom := edge(y0, row), edge(y0, row+1)
		for col := range hashSide {
			left, right := edge(x0, col), edge(x0, col+1)
			sum := 0
			for y := top; y < bottom; y++ {
				for _, v := range grey[y*width+left : y*width+right] {
					sum += int(v)
				}
			}
			small[row*hashSide+col] = float64(sum) / float64((bottom-top)*(right-left))
		}
	}
	return small, true
}

// cosines holds the rows of the cosine transform (type II) that a hash needs: frequencies 1 to 8.
var cosines = func() (rows [hashCoefs][hashSide]float64) {
	for k := range hashCoefs {
		for i := range hashSide {
			rows[k][i] = math.Cos(math.Pi * float64(k+1) * (float64(i) + 0.5) / hashSide)
		}
	}
	return rows
}()

// lowest gives the transform's lowest frequencies, rows first.
func lowest(small [hashSide * hashSide]float64) (coefs [hashCoefs * hashCoefs]float64) {
	var rows [hashSide][hashCoefs]float64
	for y := range hashSide {
		for k := range hashCoefs {
			for x := range hashSide {
				rows[y][k] += small[y*hashSide+x] * cosines[k][x]
			}
		}
	}
	for ky := range hashCoefs {
		for kx := range hashCoefs {
			for y := range hashSide {
				coefs[ky*hashCoefs+kx] += rows[y][kx] * cosines[ky][y]
			}
		}
	}
	return coefs
}

// median gives the middle of an even number of values.
func median(values [hashCoefs * hashCoefs]float64) float64 {
	slices.Sort(values[:])
	return (values[len(values)/2-1] + values[len(values)/2]) / 2
}
