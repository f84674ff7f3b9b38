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
		case s.how == "rot", s.how == "halfrot" && n%2 == 0:
			jpeg = rotten(number)
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
		jpeg = e.Insert(jpeg)
		if s.how == "tagged" { // a camera that writes EXIF and a colour profile, and no time that we know
			h.Clock, h.Exposed, h.ExpoBoot, h.Seq = camera.ClockArrival, 0, "", 0
			jpeg = tagged(n)
		}
		h.Arrived = camera.Boottime()
		if s.emit.Emit(camera.EventFrame, h, jpeg) != nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// rotten is a picture that only a look at its entropy-coded data finds damaged: it has lost two bytes there.
func rotten(n int) []byte {
	data := picture(64, 48, n)
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
