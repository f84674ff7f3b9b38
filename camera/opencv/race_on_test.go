//go:build opencv && race

package opencv_test

// raceDetector says that the tests run under the race detector, where a drawing takes ten times as long: tables of
// drawings are then thinned out.
const raceDetector = true
