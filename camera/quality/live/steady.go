package live

import "time"

// Hold is how long a hint stands at least before another replaces it: a sentence that flickers cannot be read.
const Hold = 400 * time.Millisecond

// persist is how many verdicts in a row must contradict what is shown before it changes, so that a single frame that differs
// changes nothing.
const persist = 2

// held is a value that changes only when it has stood for Hold and persist verdicts in a row contradict it. The zero held shows
// nothing yet and takes the first value at once.
type held[T comparable] struct {
	shown  T
	known  bool
	since  int64 // when shown came to be, in nanoseconds of the clock's Mono
	doubts int   // verdicts in a row that contradict it
}

// take gives what is shown from now on, after the newest value.
func (h *held[T]) take(newest T, now int64) T {
	switch {
	case h.known && newest == h.shown:
		h.doubts = 0
		return h.shown
	case h.known:
		h.doubts++
		if h.doubts < persist || now-h.since < int64(Hold) {
			return h.shown
		}
	}
	*h = held[T]{shown: newest, known: true, since: now}
	return newest
}

// verdict and reading are the parts of a hint that must not flicker. Bars move with each frame.
type verdict struct {
	pass, hard bool
	key        string
}

type reading struct {
	key  string
	good bool
}

// steady shows hints one after another so that they can be read. The zero steady shows nothing yet.
type steady struct {
	verdict  held[verdict]
	readings map[string]*held[reading]
}

// show gives what is shown after the newest hint. One that knows nothing clears all at once: nothing of what was said before
// holds any more.
func (s *steady) show(newest Hint, now int64) Hint {
	if !newest.Known {
		*s = steady{}
		return newest
	}
	v := s.verdict.take(verdict{newest.Pass, newest.Hard, newest.Key}, now)
	shown := Hint{Known: true, Pass: v.pass, Hard: v.hard, Key: v.key}
	readings := map[string]*held[reading]{} // a meter that has gone is forgotten
	for _, m := range newest.Meters {
		h := s.readings[m.Name]
		if h == nil {
			h = &held[reading]{}
		}
		readings[m.Name] = h
		r := h.take(reading{m.Key, m.Good}, now)
		m.Key, m.Good = r.key, r.good
		shown.Meters = append(shown.Meters, m)
	}
	s.readings = readings
	return shown
}
