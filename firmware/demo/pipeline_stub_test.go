//go:build !opencv

package demo_test

// pipeline needs OpenCV.
func pipeline(string) int { return 1 }
