//go:build opencv

package opencv

import (
	"gocv.io/x/gocv"

	"dermbox/camera"
)

// properties gives OpenCV's name of each V4L2 control (OpenCV 4.6, cap_v4l.cpp). It passes values through as they are,
// since the worker's environment does not ask it to scale them to 0..1.
var properties = map[string]gocv.VideoCaptureProperties{
	"exposure_auto":              gocv.VideoCaptureAutoExposure,
	"exposure_time_absolute":     gocv.VideoCaptureExposure,
	"white_balance_automatic":    gocv.VideoCaptureAutoWB,
	"white_balance_temperature":  gocv.VideoCaptureWBTemperature,
	"gain":                       gocv.VideoCaptureGain,
	"focus_automatic_continuous": gocv.VideoCaptureAutoFocus,
	"focus_absolute":             gocv.VideoCaptureFocus,
	"brightness":                 gocv.VideoCaptureBrightness,
	"contrast":                   gocv.VideoCaptureContrast,
	"saturation":                 gocv.VideoCaptureSaturation,
	"hue":                        gocv.VideoCaptureHue,
	"gamma":                      gocv.VideoCaptureGamma,
	"sharpness":                  gocv.VideoCaptureSharpness,
	"backlight_compensation":     gocv.VideoCaptureBacklight,
}

func (s *source) set(control string, value float64) {
	if p, ok := properties[control]; ok {
		s.capture.Set(p, value)
	}
}

func (s *source) get(control string) float64 {
	p, ok := properties[control]
	if !ok {
		return camera.Unreadable
	}
	return s.capture.Get(p)
}
