//go:build opencv

package opencv

import (
	"errors"
	"fmt"
	"math"
	"strings"

	"gocv.io/x/gocv"

	"dermbox/appliance"
	"dermbox/camera"
)

// buffers is how many frames the V4L2 driver holds: fewer and some drivers overwrite a frame that is being read.
const buffers = 4

// source is an open camera. It belongs to one goroutine, and close must not overtake a read.
type source struct {
	camera.Source
	capture  *gocv.VideoCapture
	mat      gocv.Mat
	format   string // of the mode that it is in
	interval int64  // nanoseconds between two frames, as the camera says
	buffered buffered
}

var _ device = (*source)(nil)

// open opens a camera so that it gives its own JPEG bytes, undecoded.
func open(s camera.Source) (*source, error) {
	name, api := s.URL, gocv.VideoCaptureFFmpeg
	if s.URL == "" {
		name, api = s.Device, gocv.VideoCaptureV4L2
	}
	if name == "" {
		return nil, away("has no device yet")
	}
	capture, err := gocv.OpenVideoCaptureWithAPI(name, api)
	if err != nil || !capture.IsOpened() { // the error would quote the address, with its secrets
		if capture != nil {
			_ = capture.Close() // it was never open
		}
		return nil, away("cannot be opened")
	}
	return &source{Source: s, capture: capture, mat: gocv.NewMat(), buffered: buffered{clock: s.Clock}}, nil
}

// setMode asks for a format, in the order in which drivers honour it. Drivers replace what they cannot do without a word, so
// only mode tells.
func (s *source) setMode(want camera.Settings) {
	if s.URL != "" {
		s.capture.Set(gocv.VideoCaptureFormat, -1) // CONVERT_RGB is refused by this backend
		return
	}
	s.format = formatOf(want)
	s.capture.Set(gocv.VideoCaptureFOURCC, s.capture.ToCodec(s.format))
	for _, p := range []struct {
		property gocv.VideoCaptureProperties
		value    float64
	}{
		{gocv.VideoCaptureFrameWidth, float64(want.Width)}, {gocv.VideoCaptureFrameHeight, float64(want.Height)},
		{gocv.VideoCaptureFPS, want.FPS},
	} {
		if p.value > 0 {
			s.capture.Set(p.property, p.value)
		}
	}
	s.capture.Set(gocv.VideoCaptureBufferSize, buffers)
	convert := 1.0
	if s.format == camera.MJPG {
		convert = 0
	}
	s.capture.Set(gocv.VideoCaptureConvertRGB, convert)
	s.interval = interval(s.mode(), want)
}

// mode asks the camera what it does.
func (s *source) mode() camera.Settings {
	number := func(p gocv.VideoCaptureProperties) float64 {
		v := s.capture.Get(p)
		if math.IsNaN(v) || math.IsInf(v, 0) || v < 0 {
			return 0
		}
		return v
	}
	code, text := int64(number(gocv.VideoCaptureFOURCC)), make([]byte, 4)
	for i := range text {
		if text[i] = byte(code >> (8 * i)); text[i] < ' ' || text[i] > '~' {
			text[i] = '?'
		}
	}
	return camera.Settings{
		FourCC: strings.TrimSpace(string(text)), Width: int(number(gocv.VideoCaptureFrameWidth)),
		Height: int(number(gocv.VideoCaptureFrameHeight)), FPS: number(gocv.VideoCaptureFPS),
	}
}

func (s *source) backend() string {
	if s.URL == "" {
		return "V4L2"
	}
	return "FFMPEG"
}

// read waits for the next frame, for as long as the camera likes, and gives its bytes and its time.
func (s *source) read() ([]byte, camera.FrameHeader, error) {
	if !s.capture.Read(&s.mat) || s.mat.Empty() {
		return nil, camera.FrameHeader{}, errEnded
	}
	h := camera.FrameHeader{Arrived: camera.Boottime(), Clock: camera.ClockArrival}
	if s.URL == "" {
		s.driverTime(&h)
		if s.format != camera.MJPG {
			return s.encoded(h)
		}
	}
	if t := s.mat.Type(); t != gocv.MatTypeCV8UC1 || s.mat.Rows() != 1 && s.mat.Cols() != 1 {
		return nil, h, fmt.Errorf("camera gave decoded pixels, not JPEG bytes (%d x %d)", s.mat.Cols(), s.mat.Rows())
	}
	if s.mat.Total() > camera.MaxJPEG {
		return nil, h, fmt.Errorf("camera gave a frame of %d bytes", s.mat.Total())
	}
	jpeg := s.mat.ToBytes()
	if e, ok := camera.ReadExposure(jpeg); ok && s.URL != "" {
		h.Clock, h.Exposed, h.ExpoBoot, h.Seq = camera.ClockStream, e.Boottime, e.Boot, e.Seq
	}
	return jpeg, h, nil
}

// encoded makes the JPEG of a camera that gives none: once, and the record says so.
func (s *source) encoded(h camera.FrameHeader) ([]byte, camera.FrameHeader, error) {
	jpeg, err := encode444(s.mat, s.Quality)
	h.Encoding = camera.Encoding{By: camera.ByDermbox, From: s.format, Quality: s.Quality, Sampling: sampling444}
	return jpeg, h, err
}

// driverTime takes the V4L2 buffer's time, which is of CLOCK_MONOTONIC: the time that the machine slept is added.
func (s *source) driverTime(h *camera.FrameHeader) {
	ms := s.capture.Get(gocv.VideoCapturePosMsec)
	if !(ms > 0) {
		return
	}
	h.Clock, h.ExpoBoot = camera.ClockV4L2, camera.BootID()
	h.Exposed = s.buffered.begun(int64(ms*1e6)+camera.Slept(), s.interval)
}

func (s *source) close() {
	free(&s.mat)
	_ = s.capture.Close() // always nil
}

var errEnded = errors.New("camera ended the stream")

func away(why string) error {
	return appliance.E(appliance.Unavailable, "camera.error.unreachable", errors.New("camera "+why))
}
