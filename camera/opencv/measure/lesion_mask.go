//go:build opencv

package measure

import (
	"gocv.io/x/gocv"
)

// The mask's smoothing, in working pixels.
const (
	speck = 5  // narrower things are no lesion
	gap   = 11 // narrower gaps do not part one
)

// findLesion marks the lesion: of what is unlike skin, the patch that is large, unlike and near the middle; its holes are
// filled.
func (s *scene) findLesion() error {
	s.lesion = make([]uint8, s.w*s.h)
	limit := s.threshold()
	for i, v := range s.score {
		if v > limit {
			s.lesion[i] = 255
		}
	}
	mat, err := gocv.NewMatFromBytes(s.h, s.w, gocv.MatTypeCV8U, s.lesion)
	if err != nil {
		return failed(err)
	}
	defer free(&mat)
	if err := morph(mat, &mat, gocv.MorphOpen, speck); err != nil {
		return err
	}
	if err := morph(mat, &mat, gocv.MorphClose, gap); err != nil {
		return err
	}
	s.keepPatch(mat.ToBytes())
	return nil
}
