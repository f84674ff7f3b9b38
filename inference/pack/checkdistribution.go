package pack

import (
	"fmt"
	"strings"
)

// Bounds of the method feature_residual. Backbones of image classifiers give 1024 to 2048 features.
const (
	maxFeatures   = 4096
	maxDirections = 256
	maxLimit      = 1000 // 1 is as a training picture
)

// MaxUnlikeness is the highest score of feature_residual: whatever is above it, or is no number, counts as it, over every limit.
const MaxUnlikeness = 1e6

// checkDistribution: a rule that no answer can break would only look like one.
func (m *Manifest) checkDistribution() error {
	d := m.Output.Distribution
	switch {
	case d == nil:
		return nil
	case d.Method == MaxProbability:
		return m.checkMaxProbability(*d)
	case d.Method == FeatureResidual:
		return m.checkFeatureResidual(*d)
	}
	return bad(distributionField+"method", d.Method, strings.Join([]string{MaxProbability, FeatureResidual}, " or "))
}

const distributionField = "output.out_of_distribution."

func (m *Manifest) checkMaxProbability(d Distribution) error {
	most := 1.0
	if m.Output.exclusive() { // the largest of n exclusive probabilities is at least 1/n
		most = 1 - 1/float64(len(m.Output.Labels))
	}
	const out = "left out for the method " + MaxProbability
	switch {
	case !(d.Limit > 0 && d.Limit < most):
		return bad(distributionField+"limit", d.Limit, fmt.Sprintf("above 0 and below %.3g, the highest score of %d labels", most, len(m.Output.Labels)))
	case d.Features != 0:
		return bad(distributionField+"features", d.Features, out)
	case d.Directions != 0:
		return bad(distributionField+"directions", d.Directions, out)
	case d.Tolerance != 0:
		return bad(distributionField+"tolerance", d.Tolerance, out)
	case d.Transform != "":
		return bad(distributionField+"transform", d.Transform, out)
	}
	return nil
}

// checkFeatureResidual: the two outputs are told apart by their numbers of values, and a basis of as many rows as features would
// leave nothing over.
func (m *Manifest) checkFeatureResidual(d Distribution) error {
	switch {
	case !(d.Limit > 0 && d.Limit <= maxLimit):
		return bad(distributionField+"limit", d.Limit, fmt.Sprintf("above 0 and at most %d, where 1 is as a training picture", maxLimit))
	case d.Features < 2 || d.Features > maxFeatures:
		return bad(distributionField+"features", d.Features, fmt.Sprintf("2 to %d", maxFeatures))
	case d.Features == len(m.Output.Labels):
		return bad(distributionField+"features", d.Features, "another number than that of the labels: the model's two outputs are told apart by it")
	case d.Directions < 1 || d.Directions > maxDirections || d.Directions >= d.Features:
		return bad(distributionField+"directions", d.Directions, fmt.Sprintf("1 to %d, and below the number of features", maxDirections))
	case d.Transform != "" && d.Transform != Hellinger:
		return bad(distributionField+"transform", d.Transform, Hellinger+", or left out for features as they are")
	case featuresSize(d) > maxSize[memberFeatures]:
		return bad(distributionField+"directions", d.Directions, fmt.Sprintf("so few that %s has at most %d bytes", memberFeatures, maxSize[memberFeatures]))
	case !(d.Tolerance > 0 && d.Tolerance <= d.Limit/10):
		return bad(distributionField+"tolerance", d.Tolerance, fmt.Sprintf("above 0 and at most a tenth of the limit, %.3g", d.Limit/10))
	}
	return nil
}
