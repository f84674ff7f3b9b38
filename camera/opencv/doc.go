// Package opencv is the part of the camera that needs OpenCV: reading a camera with VideoCapture, decoding and measuring
// stills, and encoding for the simulated dermatoscope. Only the worker dermbox-imaging links it.
//
// It is built with the tag opencv (and gocv's gocv_specific_modules and gocv_videoio). Without the tag each function fails
// with an error that says so, and everything else still builds and is tested.
package opencv
