//go:build opencv

package measure

import "gocv.io/x/gocv"

// mats are Mats that are closed together, so that a function with many of them cannot forget one.
type mats []*gocv.Mat

// add gives an empty Mat that free closes.
func (m *mats) add() *gocv.Mat { return m.keep(gocv.NewMat()) }

// keep takes a Mat over: free closes it.
func (m *mats) keep(mat gocv.Mat) *gocv.Mat {
	*m = append(*m, &mat)
	return &mat
}

func (m *mats) free() {
	for _, mat := range *m {
		free(mat)
	}
}
