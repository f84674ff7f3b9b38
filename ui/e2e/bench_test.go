package e2e

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"dermbox/firmware/demo"
)

// frameInterval is the time from one frame of the simulated dermatoscope to the next, in milliseconds.
const frameInterval = 1000.0 / 30

// BenchmarkRecordCanvas measures from a frame's exposure, by the simulated dermatoscope's clock, until it is drawn on the canvas
// of the real daemon's page in headless Chromium on the same machine, at 1080p and thirty a second. Only what is drawn can be timed,
// so how many were is a record as well, and where they were too few the first one's name says so.
func BenchmarkRecordCanvas(b *testing.B) {
	d := line(b)
	v, err := d.Begin(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	p := open(b, d.KioskURL(), v.PIN, "/visits/"+string(v.ID())+"/images")
	p.until("the picture shows", `document.querySelector(".stage.showing")`)
	const perTurn = 150
	p.eval(`window.took = [], document.querySelector(".stage").addEventListener("drawn",
		(e) => { window.first ??= e.detail.exposed; window.last = e.detail.exposed;
			took.push(performance.timeOrigin + performance.now() - e.detail.exposed); }), true`)
	p.until("it has run in", `took.length >= 60 && (took.length = 0, window.first = undefined, true)`)
	turns := 0
	for b.Loop() {
		if turns == 4 {
			continue // further turns say nothing new
		}
		turns++
		p.until("a turn's frames are drawn", "took.length >= "+strconv.Itoa(turns*perTurn))
	}
	took, err := ask[[]float64](p, "[last - first, ...took]")
	if err != nil {
		b.Fatal(err)
	}
	seconds, took := (took[0]+frameInterval)/1000, took[1:]
	name, drawn := "camera.preview.to_canvas_p95", float64(len(took))/seconds
	if drawn < starving {
		name += "_page_starved"
	}
	slices.Sort(took)
	b.ReportMetric(took[len(took)*95/100], name+":ms")
	b.ReportMetric(frameInterval, name+":ms:frame_interval")
	b.ReportMetric(drawn, "camera.preview.drawn:fps")
	b.ReportMetric(1000/frameInterval, "camera.preview.drawn:fps:camera")
	b.ReportMetric(took[len(took)/2], "ms-p50")
}

// starving is how many drawn frames a second are too few for a figure of how late they are drawn.
const starving = 28

// line starts trust, clinic, dermatoscope and daemon.
func line(b *testing.B) *demo.Demo {
	b.Helper()
	bin := os.Getenv("DERMBOX_BIN")
	if bin == "" {
		b.Skip("DERMBOX_BIN does not name the built programs; make bench does")
	}
	folder, err := os.MkdirTemp("", "dermbox") // a Unix socket's path must be short
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { os.RemoveAll(folder) })
	var ports [4]int
	for i := range ports {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		ports[i] = l.Addr().(*net.TCPAddr).Port
		l.Close()
	}
	d, err := demo.New(demo.Options{
		Root: filepath.Join("..", ".."), Var: folder, Bin: bin, Out: io.Discard, Subject: "mel,2,5", Network: true,
		Ports: demo.Ports{Kiosk: ports[0], HubDevice: ports[1], HubPeople: ports[2], Scope: ports[3]},
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := d.Close(); err != nil {
			b.Error(err)
		}
	})
	for _, start := range []func() error{
		func() error { return d.Setup(b.Context()) }, func() error { return d.StartScope(b.Context()) }, func() error { return d.StartBox(b.Context()) },
		func() error { return d.Calibrate(b.Context()) },
	} {
		if err := start(); err != nil {
			b.Fatal(fmt.Errorf("the line: %w", err))
		}
	}
	return d
}
