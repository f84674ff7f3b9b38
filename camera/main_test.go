package camera_test

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"dermbox/appliance/worker"
	"dermbox/camera"
)

// envWorker makes this test binary a camera worker that behaves as the variable's value says.
const envWorker = "DERMBOX_TEST_CAMERA"

func TestMain(m *testing.M) {
	if how := os.Getenv(envWorker); how != "" {
		os.Exit(worker.MainEmitting(func(e *worker.Emitter) worker.Handler { return &standIn{emit: e, how: how} }))
	}
	goleak.VerifyTestMain(m)
}

// standIn is a camera worker without a camera: it sends small JPEGs, and fails in one way from the twentieth frame on.
type standIn struct {
	emit *worker.Emitter
	how  string
}

func (s *standIn) Handle(context.Context, string, json.RawMessage, []byte) (any, []byte, error) {
	go s.run()
	return camera.Opened{Backend: "stand-in"}, nil, nil
}

func (s *standIn) run() {
	boot := camera.BootID()
	good := picture(64, 48, 1)
	for n := uint64(1); ; n++ {
		number := os.Getpid()<<20 + int(n) // another worker shows other pictures
		jpeg, fails := picture(64, 48, number), n >= 20
		switch {
		case !fails:
		case s.how == "silent":
			select {}
		case s.how == "crash":
			os.Exit(3)
		case s.how == "ended":
			s.emit.Emit(camera.EventEnded, camera.Ended{}, nil)
			select {}
		case s.how == "damaged", s.how == "once" && n == 20:
			jpeg = jpeg[:len(jpeg)/2]
		case s.how == "size":
			jpeg = picture(32, 32, number)
		case s.how == "frozen":
			jpeg = good
		}
		e := camera.Exposure{Seq: n + 1000, Boottime: camera.Boottime(), Boot: boot}
		h := camera.FrameHeader{Count: n, Boot: boot, Clock: camera.ClockArrival}
		if s.how != "arrival" {
			h.Clock, h.Exposed, h.ExpoBoot, h.Seq = camera.ClockStream, e.Boottime, boot, e.Seq
		}
		if s.how == "late" { // each frame needs 200 ms from exposure to arrival
			h.Exposed -= 200_000_000
		}
		h.Arrived = camera.Boottime()
		if s.emit.Emit(camera.EventFrame, h, e.Insert(jpeg)) != nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
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
