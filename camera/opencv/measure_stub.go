//go:build !opencv

package opencv

import "dermbox/camera/quality"

// Measure fails: see notBuilt.
func Measure([]byte, quality.Part) (quality.Metrics, error) { return quality.Metrics{}, notBuilt() }

// Live fails: see notBuilt.
func Live([]byte, quality.Part) (quality.Metrics, error) { return quality.Metrics{}, notBuilt() }
