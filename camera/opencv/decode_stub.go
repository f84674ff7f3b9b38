//go:build !opencv

package opencv

// Decode fails: see notBuilt.
func Decode([]byte) (rgb []byte, width, height int, err error) { return nil, 0, 0, notBuilt() }
