package inference

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"os"
	"strconv"
	"strings"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/worker"
)

// Trial is what a model showed when it was tried.
type Trial struct {
	Engine          string  // for example "TFLite 2.21.0 XNNPACK"
	Vectors         int     // golden vectors that were answered
	WorstDifference float64 // of a probability to the known one, 0 to 1
	LoadMS          float64 // from starting the worker until the model was loaded
	RunMS           float64 // of the model alone on the made-up photograph
	RSS             int64   // the worker's memory after that, in bytes
}

// Try starts a worker of its own, loads the pack's model there, has it answer the golden vectors and judge one made-up
// photograph through decoding and preparation, and stops it: what must hold before a pack is installed. Expiry and status are
// not asked. Whatever the model does, the caller is safe, and the error is an *appliance.Error whose key says in one sentence
// what is wrong; what was measured until then is in Trial.
func Try(ctx context.Context, o ClientOptions) (Trial, error) {
	o = o.withDefaults()
	var t Trial
	if o.Pack == nil {
		return t, appliance.E(appliance.NotFound, "inference.no_model", o.Refused)
	}
	if err := Fits(&o.Pack.Manifest, o.Pack.Model); err != nil {
		return t, err
	}
	ctx, cancel := context.WithTimeout(ctx, o.Load)
	defer cancel()
	began := time.Now()
	p, err := worker.Start(ctx, o.spec())
	if err != nil {
		return t, err
	}
	defer func() { _ = p.Close() }() // always nil
	r := runner{o.Pack, p}
	p.SetStall(o.Load)
	t.Engine, err = r.load(ctx)
	if err != nil {
		return t, explainLoad(err)
	}
	p.SetStall(o.Stall)
	t.LoadMS = float64(time.Since(began).Microseconds()) / 1000
	if t.WorstDifference, err = r.selfTest(ctx, t.Engine); err != nil {
		return t, explainLoad(err)
	}
	t.Vectors = len(o.Pack.Golden.Vectors)
	return t, explainLoad(r.dryRun(ctx, &t))
}

// dryRun judges the made-up photograph and takes the worker's measure.
func (r runner) dryRun(ctx context.Context, t *Trial) error {
	m := &r.pack.Manifest
	tensor, err := prepare(m.Input, Input{JPEG: madeUpPhotograph()}, m.Optics[0].FieldFraction)
	if err != nil {
		return appliance.E(appliance.Internal, "inference.picture", err)
	}
	if _, t.RunMS, err = r.run(ctx, EncodeTensor(tensor)); err != nil {
		return err
	}
	t.RSS, err = resident(r.p.Pid())
	return err
}

// madeUpPhotograph is a JPEG of 640 by 480 pixels with all hues and brightnesses of a sweep, and nothing of a patient.
func madeUpPhotograph() []byte {
	const width, height = 640, 480
	picture := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			copy(picture.Pix[picture.PixOffset(x, y):], []byte{byte(255 * x / width), byte(255 * y / height), byte(x ^ y), 255})
		}
	}
	var out bytes.Buffer
	_ = jpeg.Encode(&out, picture, nil) // a buffer takes all
	return out.Bytes()
}

// resident gives a process's resident memory, in bytes.
func resident(pid int) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0, errors.New("statm has another form")
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	return pages * int64(os.Getpagesize()), err
}
