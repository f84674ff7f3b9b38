//go:build !opencv

package opencv

import "dermbox/camera/quality"

// Lesion fails: see notBuilt.
func Lesion([]byte) (quality.Mask, []byte, error) { return quality.Mask{}, nil, notBuilt() }
