//go:build !opencv

package opencv

import "dermbox/camera/quality/card"

// Card fails: see notBuilt.
func Card([]byte) (card.Reading, error) { return card.Reading{}, notBuilt() }
