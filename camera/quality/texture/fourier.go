package texture

import "math"

// side is the side of a window in pixels, a power of two.
const side = 32

// plane is a window's values, rows from the top. After transform it is a spectrum: see bin.
type plane [side * side]float32

// bin gives the place in a spectrum of u cycles across and v down in side pixels; negative ones count from the end.
func bin(u, v int) int { return (v&(side-1))*side + u&(side-1) }

// twiddles are the roots of unity of the transform.
var twiddles = func() (w [side / 2][2]float32) {
	for i := range w {
		s, c := math.Sincos(-2 * math.Pi * float64(i) / side)
		w[i] = [2]float32{float32(c), float32(s)}
	}
	return w
}()

// transform is the discrete Fourier transform in two dimensions of re + i im, in place.
func transform(re, im *plane) {
	for range 2 {
		down(re, im)
		transpose(re)
		transpose(im)
	}
}

// down transforms every column, all columns of a row at once (radix two, decimation in time).
func down(re, im *plane) {
	for i, j := 0, 0; i < side; i++ { // rows in the order of their reversed bits
		if i < j {
			swapRows(re, i, j)
			swapRows(im, i, j)
		}
		bit := side / 2
		for ; bit > 0 && j&bit != 0; bit /= 2 {
			j ^= bit
		}
		j ^= bit
	}
	for half := 1; half < side; half *= 2 {
		for i := range side {
			if i&half == 0 {
				w := twiddles[(i&(half-1))*(side/2/half)]
				butterfly(row(re, i), row(im, i), row(re, i+half), row(im, i+half), w)
			}
		}
	}
}

func row(p *plane, i int) *[side]float32 { return (*[side]float32)(p[i*side:]) }

// butterfly makes a+wb and a-wb of the rows a and b.
func butterfly(ar, ai, br, bi *[side]float32, w [2]float32) {
	for x := range side {
		tr, ti := br[x]*w[0]-bi[x]*w[1], br[x]*w[1]+bi[x]*w[0]
		br[x], bi[x] = ar[x]-tr, ai[x]-ti
		ar[x], ai[x] = ar[x]+tr, ai[x]+ti
	}
}

func swapRows(p *plane, i, j int) {
	a := *row(p, i)
	*row(p, i) = *row(p, j)
	*row(p, j) = a
}

func transpose(p *plane) {
	for y := range side {
		for x := range y {
			p[y*side+x], p[x*side+y] = p[x*side+y], p[y*side+x]
		}
	}
}
