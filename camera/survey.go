package camera

import (
	"context"
	"slices"
	"time"

	"dermbox/appliance"
)

// MaxSurvey is the most frames that one survey looks at: a minute at thirty a second.
const MaxSurvey = 1800

// Survey is what a camera sent over a while, for whoever checks it.
type Survey struct {
	Good      int `json:"good"`       // frames that could have been kept: each was decoded
	Damaged   int `json:"damaged"`    // their JPEG was not whole, or its data damaged
	Repeated  int `json:"repeated"`   // the same picture as one before
	WrongSize int `json:"wrong_size"` // of another size than asked for
	Lost      int `json:"lost"`       // frames that the source numbered and that never came

	Seconds    float64 `json:"seconds"`      // from the first frame to the last
	FPS        float64 `json:"fps"`          // frames that came, per second
	SlowestMS  float64 `json:"slowest_ms"`   // longest wait between two frames, ms
	DelayP95MS float64 `json:"delay_p95_ms"` // from exposure to arrival, 95th percentile, ms; 0 where only the arrival is known
	MeanBytes  int     `json:"mean_bytes"`
	Width      int     `json:"width"` // of the last good frame, pixels
	Height     int     `json:"height"`
	Clock      string  `json:"clock"` // whose word the times of exposure are: ClockStream, ClockV4L2 or ClockArrival
}

// Bad says whether anything came that could not have been kept, or did not come.
func (s Survey) Bad() bool { return s.Damaged+s.Repeated+s.WrongSize+s.Lost > 0 }

// Survey looks at the next frames, as many as asked for but at most MaxSurvey, as closely as a press would. It ends early, with what it has seen and
// Unavailable, when ctx ends first; a camera that sends nothing gives the error of its state.
func (c *Client) Survey(ctx context.Context, frames int) (Survey, error) {
	frames = min(max(frames, 1), MaxSurvey)
	s := &surveyor{want: frames, done: make(chan struct{})}
	c.surveying.Add(1)
	defer c.surveying.Add(-1)
	c.mu.Lock()
	c.surveys[s] = struct{}{}
	c.mu.Unlock()
	select {
	case <-s.done:
	case <-ctx.Done():
	}
	c.mu.Lock()
	delete(c.surveys, s)
	c.mu.Unlock() // nothing is added from here on
	if s.seen == 0 {
		return Survey{}, c.noFrame(ctx.Err())
	}
	out := s.result()
	if s.seen < s.want {
		return out, appliance.E(appliance.Unavailable, "camera.error.few_frames", ctx.Err())
	}
	return out, nil
}

// surveyor collects one survey. The client's lock guards it.
type surveyor struct {
	want, seen  int
	survey      Survey
	bytes       int
	first, last int64 // arrivals, nanoseconds
	number      uint64
	delays      []float64
	done        chan struct{}
}

// add takes one frame in the order of arrival.
func (s *surveyor) add(o outcome) {
	if s.seen == s.want {
		return
	}
	at, number := o.frame.Arrived.Mono, o.frame.Seq
	if s.seen == 0 {
		s.first = at
	} else {
		s.survey.SlowestMS = max(s.survey.SlowestMS, milliseconds(at-s.last))
		if number > s.number+1 {
			s.survey.Lost += int(number - s.number - 1)
		}
	}
	s.last, s.number, s.bytes = at, number, s.bytes+len(o.frame.JPEG)
	s.seen++
	s.judge(o)
	if s.seen == s.want {
		close(s.done)
	}
}

func (s *surveyor) judge(o outcome) {
	switch {
	case o.repeated:
		s.survey.Repeated++
	case o.err != nil && o.state == StateWrongSize:
		s.survey.WrongSize++
	case o.err != nil:
		s.survey.Damaged++
	default:
		s.survey.Good++
		s.survey.Width, s.survey.Height, s.survey.Clock = o.frame.Width, o.frame.Height, o.frame.ExposureClock
		if o.frame.ExposureClock != ClockArrival {
			s.delays = append(s.delays, milliseconds(o.frame.Arrived.Mono-o.frame.Exposed.Mono))
		}
	}
}

func (s *surveyor) result() Survey {
	out := s.survey
	out.MeanBytes = s.bytes / s.seen
	out.Seconds = time.Duration(s.last - s.first).Seconds()
	if out.Seconds > 0 {
		out.FPS = float64(s.seen-1) / out.Seconds
	}
	if n := len(s.delays); n > 0 {
		slices.Sort(s.delays)
		out.DelayP95MS = s.delays[(n*95+99)/100-1]
	}
	return out
}

func milliseconds(nanoseconds int64) float64 { return float64(nanoseconds) / 1e6 }
