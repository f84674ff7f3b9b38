//go:build opencv

package measure

import "math"

// stiff holds the surface's bends down where samples say little: a share of the samples' number for each of the six terms.
var stiff = [6]float64{0, 0.01, 0.01, 0.06, 0.06, 0.06}

// solve fits the surface to weighted samples.
func solve(samples []sample) surface { return solveTerms(samples, stiff) }

// solveTerms fits the factors of the samples' terms by least squares.
func solveTerms(samples []sample, stiff [6]float64) (f surface) {
	var m [6][9]float64 // normal equations, with three right sides
	for k := range samples {
		p := &samples[k]
		for i, a := range p.terms {
			a *= p.weight
			for j := i; j < len(p.terms); j++ {
				m[i][j] += a * p.terms[j]
			}
			for c, v := range p.lab {
				m[i][6+c] += a * v
			}
		}
	}
	for i := range m {
		for j := range i { // the other half is the same
			m[i][j] = m[j][i]
		}
		m[i][i] += stiff[i]*float64(len(samples)) + 1e-9
	}
	eliminate(&m)
	for c := range f {
		for k := range f[c] {
			f[c][k] = m[k][6+c]
		}
	}
	return f
}

// eliminate solves in place, with the largest pivot first; the matrix is positive definite by stiff and the 1e-9.
func eliminate(m *[6][9]float64) {
	for i := range m {
		best := i
		for j := i + 1; j < 6; j++ {
			if math.Abs(m[j][i]) > math.Abs(m[best][i]) {
				best = j
			}
		}
		m[i], m[best] = m[best], m[i]
		pivot := m[i][i]
		for k := range m[i] {
			m[i][k] /= pivot
		}
		for j := range m {
			if by := m[j][i]; j != i {
				for k := range m[j] {
					m[j][k] -= by * m[i][k]
				}
			}
		}
	}
}

// rank gives the value below which a share of bytes lies.
func rank(values []uint8, share float64) int {
	var histogram [256]int
	for _, v := range values {
		histogram[v]++
	}
	sum := 0
	for v, n := range histogram {
		if sum += n; float64(sum) >= share*float64(len(values)) {
			return v
		}
	}
	return 0
}
