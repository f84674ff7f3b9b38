package camera_test

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"dermbox/appliance"
	"dermbox/appliance/worker"
	"dermbox/camera"
)

// The environment of a stand-in worker.
const (
	envWorker  = "DERMBOX_TEST_CAMERA"  // makes this test binary a camera worker that behaves as the value says
	envStarts  = "DERMBOX_TEST_STARTS"  // a file to which each start adds a byte
	envHold    = "DERMBOX_TEST_HOLD"    // a file: a still is not taken while it is there; NAME.held says that one is asked for
	envPlugged = "DERMBOX_TEST_PLUGGED" // the folder that has the nodes that are plugged in, for the ways named pulled-...
)

func TestMain(m *testing.M) {
	if how := os.Getenv(envWorker); how != "" {
		started(os.Getenv(envStarts))
		os.Exit(worker.MainEmitting(func(e *worker.Emitter) worker.Handler { return &standIn{emit: e, how: how} }))
	}
	goleak.VerifyTestMain(m)
}

func started(path string) {
	if path == "" {
		return
	}
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		panic(err)
	}
	f.Write([]byte{'x'})
	f.Close()
}

// failing is the first frame at which a stand-in fails.
const failing = 20

// standIn is a camera worker without a camera: it sends small JPEGs, and fails in one way from the twentieth frame on. It
// says that it read what its path names, and that its controls are as asked.
type standIn struct {
	emit *worker.Emitter
	how  string

	mu     sync.Mutex // held while it is in still mode, so that the preview rests
	count  int
	at     int64 // when the last frame before the failure was exposed
	source camera.Source
}

func (s *standIn) Handle(_ context.Context, typ string, data json.RawMessage, _ []byte) (any, []byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch typ {
	case camera.CallCheck:
		return s.check(), nil, nil
	case camera.CallStill:
		return s.still()
	}
	var q camera.OpenRequest
	if err := json.Unmarshal(data, &q); err != nil {
		return nil, nil, err
	}
	if s.how == "format" {
		return nil, nil, appliance.E(appliance.Unavailable, "camera.error.wrong_format", nil, "asked", "MJPG", "got", "BGR3")
	}
	s.source = q.Source
	go s.run()
	return camera.Opened{Backend: "stand-in", URL: q.Source.Device, Controls: s.check().Controls, Camera: q.Source.Camera}, nil, nil
}

// check says that all is as asked, but for the ways "forgets" (a control differs from the twentieth frame on), "slips" (it
// differed for a moment, and was set again) and "settles" (until then frames may show what the camera was opened with).
func (s *standIn) check() camera.Checked {
	c := camera.Checked{Boot: camera.BootID()}
	for _, control := range s.source.Controls {
		got := control.Value
		if s.how == "forgets" && s.count >= failing {
			got += 100
		}
		c.Controls = append(c.Controls, control.Read(got))
	}
	if s.how == "slips" && s.count >= failing || s.how == "settles" && s.count < failing {
		c.Since = camera.Boottime() + int64(time.Hour)
	}
	return c
}

func (s *standIn) run() {
	boot := camera.BootID()
	for n := uint64(1); s.step(n, boot); n++ {
		time.Sleep(10 * time.Millisecond)
	}
}

// step sends one frame; false ends the stream.
func (s *standIn) step(n uint64, boot string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count++
	number := os.Getpid()<<20 + int(n) // another worker shows other pictures
	jpeg := picture(64, 48, number)
	if s.how == "stuck" {
		jpeg = picture(64, 48, 1)
	}
	if n >= failing {
		if jpeg = s.fail(n, number); jpeg == nil {
			return false
		}
	}
	e := camera.Exposure{Seq: n + 1000, Boottime: camera.Boottime(), Boot: boot}
	h := camera.FrameHeader{Count: n, Boot: boot, Clock: camera.ClockArrival}
	if s.how != "arrival" {
		h.Clock, h.Exposed, h.ExpoBoot, h.Seq = camera.ClockStream, e.Boottime, boot, e.Seq
	}
	if s.how == "late" { // each frame needs 200 ms from exposure to arrival
		h.Exposed -= 200_000_000
	}
	s.renumber(n, &h)
	if s.how == "encoded" {
		h.Encoding = encoding
	}
	jpeg = e.Insert(jpeg)
	if s.how == "tagged" { // a camera that writes EXIF and a colour profile, and no time that we know
		h.Clock, h.Exposed, h.ExpoBoot, h.Seq = camera.ClockArrival, 0, "", 0
		jpeg = tagged(n)
	}
	h.Arrived = camera.Boottime()
	return s.emit.Emit(camera.EventFrame, h, jpeg) == nil
}

// renumber says of new pictures, from the twentieth frame on, that they are old: by their number, or by their time. A driver's
// time may stand still, since it is only known to a frame's length.
func (s *standIn) renumber(n uint64, h *camera.FrameHeader) {
	if strings.HasPrefix(s.how, "driver-") {
		h.Clock, h.Seq = camera.ClockV4L2, 0
	}
	if n < failing {
		s.at = h.Exposed
		return
	}
	switch s.how {
	case "same-number":
		h.Seq = 1000 + failing - 1
	case "lower-number":
		h.Seq = n - failing + 1
	case "same-time", "driver-same-time":
		h.Exposed = s.at
	case "earlier", "driver-earlier":
		h.Exposed = s.at - int64(n)
	case "driver-unsure": // every other frame's time cannot be, and its arrival counts
		if n%2 == 0 {
			h.Exposed += int64(time.Hour)
		} else {
			h.Exposed -= 5_000_000
		}
	}
}

// encoding is what a stand-in in the way "encoded" says of its frames.
var encoding = camera.Encoding{By: camera.ByDermbox, From: "YUYV", Quality: 95, Sampling: "4:4:4"}

// fail does what the stand-in is for; nil ends the stream.
func (s *standIn) fail(n uint64, number int) []byte {
	jpeg := picture(64, 48, number)
	pulled := false
	if dir := os.Getenv(envPlugged); dir != "" {
		_, err := os.Lstat(filepath.Join(dir, filepath.Base(s.source.Device)))
		pulled = err != nil
	}
	switch {
	case s.how == "silent", s.how == "pulled-blocks" && pulled:
		s.mu.Unlock()
		select {}
	case s.how == "crash":
		os.Exit(3)
	case s.how == "ended", s.how == "pulled-ends" && pulled:
		s.emit.Emit(camera.EventEnded, camera.Ended{}, nil)
		return nil
	case s.how == "damaged", s.how == "once" && n == failing:
		return jpeg[:len(jpeg)/2]
	case s.how == "rot", s.how == "halfrot" && n%2 == 0:
		return rotten(64, 48, number)
	case s.how == "size":
		return picture(32, 32, number)
	case s.how == "frozen", s.how == "still-frozen":
		return picture(64, 48, 1)
	case n == failing && s.how == "slow":
		rate := camera.Control{Name: camera.RateName, Value: 30, Tolerance: 1}
		s.emit.Emit(camera.EventSettings, camera.Checked{Controls: []camera.ControlReading{rate.Read(15)}}, nil)
	case n == failing && s.how == "forgets":
		s.emit.Emit(camera.EventSettings, s.check(), nil)
	case n == failing && s.how == "slips":
		s.emit.Emit(camera.EventSettings, camera.Checked{Controls: []camera.ControlReading{{Name: "gain", Asked: 1, ReadBack: 9}}}, nil)
		s.emit.Emit(camera.EventSettings, s.check(), nil)
	}
	return jpeg
}

// still takes as long as the test holds it. The ways say how it may be wrong.
func (s *standIn) still() (any, []byte, error) {
	s.emit.Emit(camera.EventProgress, camera.Progress{Switching: true}, nil)
	if s.how == "still-hangs-switch" {
		select {}
	}
	held(os.Getenv(envHold))
	s.emit.Emit(camera.EventProgress, camera.Progress{}, nil)
	if s.how == "still-hangs" {
		select {}
	}
	s.count++
	jpeg := picture(128, 96, os.Getpid()<<20+s.count)
	h := camera.FrameHeader{
		Count: uint64(s.count), Boot: camera.BootID(), Clock: camera.ClockV4L2, Exposed: camera.Boottime(), ExpoBoot: camera.BootID(), Arrived: camera.Boottime(),
	}
	switch s.how {
	case "still-old":
		h.Exposed -= int64(time.Minute)
	case "still-size":
		jpeg = picture(64, 48, s.count)
	case "still-again":
		jpeg = picture(128, 96, 1)
	case "still-number":
		h.Seq = 7
	case "still-damaged":
		jpeg = jpeg[:len(jpeg)/2]
	case "still-rot":
		jpeg = rotten(128, 96, s.count)
	case "still-settings":
		return nil, nil, camera.SettingsError(camera.ControlReading{Name: "gain", Asked: 1, ReadBack: 2})
	}
	return camera.StillTaken{Header: h, SwitchMS: 321.5}, jpeg, nil
}

// held says that it waits, and waits while the file is there.
func held(path string) {
	if path == "" {
		return
	}
	if err := os.WriteFile(path+".held", nil, 0o600); err != nil {
		panic(err)
	}
	for there(path) {
		time.Sleep(5 * time.Millisecond)
	}
}

func there(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// rotten is a picture that only a look at its entropy-coded data finds damaged: it has lost two bytes there.
func rotten(w, h, n int) []byte {
	data := picture(w, h, n)
	at := len(data) - 4
	for data[at] == 0xff || data[at-1] == 0xff || data[at+1] == 0xff {
		at--
	}
	return append(data[:at], data[at+1:]...)
}

// tagged is a picture as many cameras write it: with EXIF in APP1 and an ICC profile in APP2, before and after the tables.
func tagged(n uint64) []byte {
	data := picture(64, 48, int(n))
	exif := append([]byte("Exif\x00\x00II*\x00\x08\x00\x00\x00\x00\x00"), byte(n), 0xff, 0xd8, 0xff, 0xd9) // with what looks like a thumbnail
	icc := append([]byte("ICC_PROFILE\x00\x01\x01"), bytes.Repeat([]byte{byte(n), 0xff, 0x00, 0xff}, 100)...)
	out := append([]byte{0xff, 0xd8}, segment(0xe1, exif)...)
	return append(append(out, segment(0xe2, icc)...), data[2:]...)
}

func segment(marker byte, body []byte) []byte {
	return append([]byte{0xff, marker, byte((len(body) + 2) >> 8), byte(len(body) + 2)}, body...)
}

// picture gives a small JPEG that no other number gives: each block of eight pixels shows four bits of it.
func picture(w, h, n int) []byte {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			block := x/8 + y/8*(w/8)
			v := uint8(20 + 12*(uint64(n)>>(4*uint(block))&15))
			img.SetRGBA(x, y, color.RGBA{v, v, v, 255})
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: 95}); err != nil {
		panic(err)
	}
	return out.Bytes()
}
