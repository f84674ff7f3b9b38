package daemon_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"dermbox/appliance"
	"dermbox/appliance/worker"
	"dermbox/camera"
	"dermbox/camera/quality"
	"dermbox/camera/quality/card"
	"dermbox/camera/quality/qualitytest"
)

// The daemon starts the imaging worker as "PATH camera" and "PATH judge": so started, this test binary is one.
func TestMain(m *testing.M) {
	role := ""
	if len(os.Args) > 1 {
		role = os.Args[1]
	}
	switch role {
	case "camera":
		exit(worker.MainEmitting(func(e *worker.Emitter) worker.Handler { return &standInCamera{e} }))
	case "judge":
		exit(worker.MainEmitting(func(*worker.Emitter) worker.Handler { return standInJudge{} }))
	case "worker":
		exit(worker.Main(standInModel()))
	case "peer":
		exit(peer(os.Args[2]))
	}
	goleak.VerifyTestMain(m)
}

// exit leaves without the race detector's second of waiting, which the daemon would spend at each stop.
func exit(code int) { syscall.Exit(code) }

// standInCamera sends small drawings. The path of its address says how it fails: "/again" ends after forty frames, "/other" has
// optics that no profile knows, "/optics/ID" has those, "/nocard" says in each picture that it shows no reference card, "/away" cannot be opened, "/hangs" falls silent after forty frames, and from
// the first while there is a file of that path.
type standInCamera struct{ emit *worker.Emitter }

func (s *standInCamera) Handle(_ context.Context, _ string, data json.RawMessage, _ []byte) (any, []byte, error) {
	var q camera.OpenRequest
	if err := json.Unmarshal(data, &q); err != nil {
		return nil, nil, err
	}
	if strings.HasSuffix(q.Source.URL, "/away") {
		return nil, nil, appliance.E(appliance.Unavailable, "camera.error.unreachable", nil)
	}
	opened := camera.Opened{Backend: "stand-in", Asked: q.Source.Settings, Profile: q.Source.Profile,
		Camera: appliance.Camera{Make: "stand-in", Optics: appliance.OpticsSimulatedScope, FieldMM: 20}}
	if strings.HasSuffix(q.Source.URL, "/other") {
		opened.Camera.Optics = "unheard-of"
	}
	if _, optics, named := strings.Cut(q.Source.URL, "/optics/"); named {
		opened.Camera.Optics = appliance.OpticsID(optics)
	}
	hangs := ""
	if strings.HasSuffix(q.Source.URL, "/hangs") {
		hangs = strings.TrimPrefix(q.Source.URL, standInHost)
	}
	comment := ""
	if strings.HasSuffix(q.Source.URL, "/nocard") {
		comment = noCard
	}
	go s.run(strings.HasSuffix(q.Source.URL, "/again"), hangs, comment)
	return opened, nil, nil
}

// standInHost is where the stand-in's addresses begin.
const standInHost = "http://127.0.0.1:1"

// noCard is the comment in a picture in which the stand-in judge finds no card.
const noCard = "no reference card"

func (s *standInCamera) run(ends bool, hangs, comment string) {
	boot := camera.BootID()
	for n := uint64(1); ; n++ {
		if ends && n > 40 {
			s.emit.Emit(camera.EventEnded, camera.Ended{}, nil)
			return
		}
		if _, err := os.Lstat(hangs); hangs != "" && (n > 40 || err == nil) {
			select {}
		}
		e := camera.Exposure{Seq: n, Boottime: camera.Boottime(), Boot: boot}
		h := camera.FrameHeader{Count: n, Boot: boot, Clock: camera.ClockStream, Exposed: e.Boottime, ExpoBoot: boot, Seq: n}
		frame := e.Insert(tagged(picture(os.Getpid()<<20 + int(n))))
		if comment != "" {
			frame = append(append(bytes.Clone(frame[:2]), segment(0xfe, []byte(comment))...), frame[2:]...)
		}
		h.Arrived = camera.Boottime()
		if s.emit.Emit(camera.EventFrame, h, frame) != nil {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
}

// picture gives a small JPEG that no other number gives: each block of eight pixels shows four bits of it.
func picture(n int) []byte {
	img := image.NewRGBA(image.Rect(0, 0, 64, 48))
	for y := range 48 {
		for x := range 64 {
			v := uint8(20 + 12*(uint64(n)>>(4*uint(x/8+y/8*8))&15))
			img.SetRGBA(x, y, color.RGBA{v, v, v, 255})
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: 95}); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// The segments that many cameras write. The EXIF ends in the hash of all that follows its segment, so that whoever has the
// picture can tell that not a bit of it changed.
var (
	exifHead   = []byte("Exif\x00\x00II*\x00\x08\x00\x00\x00\x00\x00")
	iccProfile = append([]byte("ICC_PROFILE\x00\x01\x01"), bytes.Repeat([]byte{0x00, 0xff, 0xd9, 0xff}, 64)...)
)

// tagged gives the picture EXIF in APP1 and a colour profile in APP2.
func tagged(jpeg []byte) []byte {
	rest := append(segment(0xe2, iccProfile), jpeg[2:]...)
	sum := sha256.Sum256(rest)
	return append(append([]byte{0xff, 0xd8}, segment(0xe1, append(bytes.Clone(exifHead), sum[:]...))...), rest...)
}

func segment(marker byte, body []byte) []byte {
	return append([]byte{0xff, marker, byte((len(body) + 2) >> 8), byte(len(body) + 2)}, body...)
}

// cardReading is of a perfect card, seen with 50 pixels for each millimetre.
func cardReading() card.Reading {
	l := card.Newest()
	r := card.Reading{State: card.StateFound, Card: l.Ref(), EdgePX: 1}
	for i := range card.Marks {
		r.Marks = append(r.Marks, card.Point{X: 960 + 50*l.Mark(i).X, Y: 540 + 50*l.Mark(i).Y})
	}
	for _, p := range l.Patches {
		r.Patches = append(r.Patches, card.Sample{Patch: p.Colour, Around: l.Background})
	}
	return r
}

// standInJudge finds every picture sharp, and the reference card in each that does not say otherwise.
type standInJudge struct{}

func (standInJudge) Handle(_ context.Context, typ string, _ json.RawMessage, jpeg []byte) (any, []byte, error) {
	if typ == quality.CallCard && bytes.Contains(jpeg, []byte(noCard)) {
		return card.Reading{State: card.StateNone}, nil, nil
	}
	if typ == quality.CallCard {
		return cardReading(), nil, nil
	}
	raw, err := os.ReadFile(root + "/camera/quality/profiles/scope-1080.json")
	if err != nil {
		return nil, nil, err
	}
	p, err := quality.ParseProfile(raw)
	if err != nil {
		return nil, nil, err
	}
	return qualitytest.Good(p), nil, nil
}
