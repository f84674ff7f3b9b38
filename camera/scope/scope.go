package scope

import (
	"context"
	"image"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"dermbox/appliance"
	"dermbox/camera"
)

// Options is what a Scope needs. Encoder and Log must be set.
type Options struct {
	Encoder Encoder
	Log     *slog.Logger
	Subject Subject       // shown first; the zero Subject is a naevus
	Images  string        // a folder of JPEG and PNG photographs to play instead of drawings
	Size    image.Point   // of the frames, pixels; zero is Width by Height
	Dwell   time.Duration // how long each photograph is shown; 0: until the next is asked for
	Seed    uint64        // of the sensor's noise; 0 takes one by chance
}

// Scope is the simulated dermatoscope. It is safe for concurrent use.
type Scope struct {
	o      Options
	photos []string
	hub    *camera.Hub
	boot   string
	serial string

	change sync.Mutex // held while a new scene is drawn and encoded

	mu      sync.Mutex
	rand    *rand.Rand
	sensor  *sensor
	subject Subject
	photo   int
	fault   Fault
	faulted chan struct{} // closed and replaced when the fault changes
	scene   *image.RGBA   // as drawn, without fault
	deck    *Deck
	seq     uint64
	last    []byte // the last frame that was sent
	frozen  bool   // last is sent again
	past    past
}

// New draws the first scene. It fails when the subject or the folder is not a possible one, or nothing can be encoded.
func New(o Options) (*Scope, error) {
	if o.Subject == (Subject{}) {
		o.Subject = Subject{Kind: Naevus, Tone: 2, Seed: 1}
	}
	if o.Size == (image.Point{}) {
		o.Size = image.Pt(Width, Height)
	}
	if o.Seed == 0 {
		o.Seed = rand.Uint64()
	}
	s := &Scope{
		o: o, hub: camera.NewHub(), boot: camera.BootID(), serial: "SIM-0001", fault: FaultNone,
		faulted: make(chan struct{}), rand: rand.New(rand.NewPCG(o.Seed, 0x5c09e)),
	}
	s.sensor = newSensor(s.rand)
	if o.Images != "" {
		var err error
		if s.photos, err = listPhotos(o.Images); err != nil {
			return nil, err
		}
	}
	return s, s.Show(o.Subject)
}

// Identity is what the scope says of itself: drawings and photographs are seen through different optics, and no model is
// valid for both (rule X17). How many millimetres a photograph spans nobody knows. The scope claims its own field for it all the same, or
// rule X07 would keep the model from every one; the patients who are shown so are invented, with their diameters, and no
// millimetres of a picture are shown without a reference card.
func (s *Scope) Identity() appliance.Camera {
	c := appliance.Camera{
		Make: "dermbox", Model: "Simulated dermatoscope", Serial: s.serial, Firmware: "1",
		Optics: appliance.OpticsSimulatedScope, FieldMM: FieldMM,
	}
	if len(s.photos) > 0 {
		c.Model, c.Optics = "Simulated dermatoscope, photographs", appliance.OpticsPublicISIC
	}
	return c
}

// Hub gives the hub of the frames as they are sent.
func (s *Scope) Hub() *camera.Hub { return s.hub }

// Serve sends frames, thirty a second while anyone watches, until ctx ends. It returns ctx's error.
func (s *Scope) Serve(ctx context.Context) error {
	defer s.hub.Close()
	tick := time.NewTicker(time.Second / FPS)
	defer tick.Stop()
	shown := time.Now()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		if s.hub.Subscribers() > 0 {
			s.hub.Publish(s.Expose())
		}
		if s.o.Dwell > 0 && len(s.photos) > 1 && time.Since(shown) >= s.o.Dwell {
			if err := s.Next(); err != nil {
				s.o.Log.Warn("photograph skipped", slog.Any("error", err))
			}
			shown = time.Now()
		}
	}
}

// Expose gives the next frame, with only its number and bytes set; Serve calls it for the stream.
func (s *Scope) Expose() camera.Frame {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.frozen && s.last != nil {
		return camera.Frame{Seq: s.seq, JPEG: s.last}
	}
	s.seq++
	e := camera.Exposure{Seq: s.seq, Boottime: camera.Boottime(), Boot: s.boot}
	jpeg := e.Insert(s.shotLocked().frame())
	if s.fault == FaultCorrupt {
		jpeg = jpeg[:len(jpeg)*3/5]
	}
	s.last = jpeg
	return camera.Frame{Seq: s.seq, JPEG: jpeg}
}

// shotLocked gives a new shot of the scene, or with FaultReplay one of the past. The caller holds mu.
func (s *Scope) shotLocked() shot {
	if s.fault == FaultReplay {
		if old, ok := s.past.again(); ok {
			return old
		}
	}
	fresh := shot{s.deck, [2]uint64{s.rand.Uint64(), s.rand.Uint64()}}
	s.past.add(fresh)
	return fresh
}
