package scope

import (
	"image"
	"math/rand/v2"
)

// State is what the scope shows now.
type State struct {
	Subject Subject `json:"subject"`
	Photo   string  `json:"photo,omitempty"` // file name of the photograph that is shown instead
	Fault   Fault   `json:"fault"`
	Seq     uint64  `json:"seq"` // of the last frame; later frames show this state
	Viewers int     `json:"viewers"`
}

// State tells what is shown.
func (s *Scope) State() State {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := State{Subject: s.subject, Fault: s.fault, Seq: s.seq, Viewers: s.hub.Subscribers()}
	if len(s.photos) > 0 {
		st.Photo = photoName(s.photos[s.photo])
	}
	return st
}

// Show puts another subject, or with a folder the photograph of the subject's seed, under the scope. When it returns, every
// later frame shows it.
func (s *Scope) Show(subject Subject) error {
	if err := subject.Check(); err != nil {
		return err
	}
	s.change.Lock()
	defer s.change.Unlock()
	if len(s.photos) > 0 {
		return s.showPhoto(int(uint64(subject.Seed)%uint64(len(s.photos))), subject)
	}
	return s.swap(Draw(subject, s.o.Size.X, s.o.Size.Y), s.current(), func() { s.subject = subject })
}

// Next shows the folder's next photograph, or the drawing of the next seed.
func (s *Scope) Next() error {
	s.change.Lock()
	defer s.change.Unlock()
	s.mu.Lock()
	subject, photo := s.subject, s.photo
	s.mu.Unlock()
	subject.Seed++
	if len(s.photos) > 0 {
		return s.showPhoto((photo+1)%len(s.photos), subject)
	}
	return s.swap(Draw(subject, s.o.Size.X, s.o.Size.Y), s.current(), func() { s.subject = subject })
}

func (s *Scope) showPhoto(i int, subject Subject) error {
	scene, err := loadPhoto(s.photos[i], s.o.Size)
	if err != nil {
		return err
	}
	return s.swap(scene, s.current(), func() { s.photo, s.subject = i, subject })
}

// Fail makes the scope fail, or with FaultNone work again. When it returns, every later frame is so.
func (s *Scope) Fail(f Fault) error {
	if err := f.Check(); err != nil {
		return err
	}
	s.change.Lock()
	defer s.change.Unlock()
	return s.swap(nil, f, func() {})
}

func (s *Scope) current() Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fault
}

// swap encodes a scene (nil: the one that is shown) with a fault while the old one is still sent, then changes over.
func (s *Scope) swap(scene *image.RGBA, f Fault, also func()) error {
	s.mu.Lock()
	if scene == nil {
		scene = s.scene
	}
	r := rand.New(rand.NewPCG(s.rand.Uint64(), s.rand.Uint64()))
	deck, same := s.deck, scene == s.scene && !f.ofPicture() && !s.fault.ofPicture()
	s.mu.Unlock()
	if !same || deck == nil {
		var err error
		if deck, err = newDeck(s.o.Encoder, f.spoil(scene), s.sensor, r); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scene, s.deck = scene, deck
	s.frozen = f == FaultFreeze
	if s.fault != f {
		s.fault = f
		close(s.faulted)
		s.faulted = make(chan struct{})
	}
	also()
	return nil
}

// watch gives the fault and a channel that is closed when it changes.
func (s *Scope) watch() (Fault, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fault, s.faulted
}
