package pack

import (
	"errors"
	"fmt"
	"math"
)

// checkUnlikeness: with the method feature_residual each vector says how unlike it is, and clearly which side of the limit it is on.
func (v Vector) checkUnlikeness(m *Manifest) error {
	if m.FeatureCount() == 0 {
		if v.Unlikeness != nil {
			return fmt.Errorf("vector %s has an unlikeness, which only the method %s gives", shown(v.Name), FeatureResidual)
		}
		return nil
	}
	d := m.Output.Distribution
	switch {
	case v.Unlikeness == nil:
		return fmt.Errorf("vector %s has no unlikeness, which the method %s needs", shown(v.Name), FeatureResidual)
	case !(*v.Unlikeness >= 0 && *v.Unlikeness <= MaxUnlikeness):
		return fmt.Errorf("vector %s has an unlikeness of %v", shown(v.Name), *v.Unlikeness)
	case math.Abs(*v.Unlikeness-d.Limit) <= d.Tolerance:
		return fmt.Errorf("vector %s lies on the limit of unlikeness, where another processor's last bit decides", shown(v.Name))
	}
	return nil
}

// checkUnlike: the answers show a picture that the model cannot judge, and one that it can.
func (g *Golden) checkUnlike(m *Manifest) error {
	if m.FeatureCount() == 0 {
		return nil
	}
	unlike := 0
	for _, v := range g.Vectors {
		if *v.Unlikeness > m.Output.Distribution.Limit {
			unlike++
		}
	}
	switch unlike {
	case 0:
		return errors.New("no vector has an unlikeness above the limit, as a picture has that the model cannot judge")
	case len(g.Vectors):
		return errors.New("every vector has an unlikeness above the limit, so that the model would judge none")
	}
	return nil
}
