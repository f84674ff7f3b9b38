package evaluate

import (
	"context"
	"errors"
	"hash/fnv"
	"image"
	"slices"
	"sync"

	"dermbox/appliance"
	"dermbox/camera/quality"
	"dermbox/camera/quality/degrade"
)

// Task is one fault of one strength.
type Task struct {
	Kind      degrade.Kind `json:"kind"`
	Direction string       `json:"direction,omitempty"`
	Step      Step         `json:"step,omitempty"` // "": the original
	Amount    float64      `json:"amount,omitempty"`
}

// Encoded is the task of doing nothing but encode the picture as the spoilt ones are: that alone must change no verdict.
const Encoded degrade.Kind = "encoded"

// Tasks lists the original, the picture encoded anew and the table of strengths at the steps.
func Tasks(steps ...Step) []Task {
	list := []Task{{Kind: degrade.Original}, {Kind: Encoded}}
	for _, row := range Strengths() {
		directions := row.Directions
		if len(directions) == 0 {
			directions = []string{""}
		}
		for _, step := range Steps() {
			amount, has := row.Amounts[step]
			for _, d := range directions {
				if has && slices.Contains(steps, step) {
					list = append(list, Task{row.Kind, d, step, amount})
				}
			}
		}
	}
	return list
}

// Outcome is what the gate said of one picture.
type Outcome struct {
	Task
	Source   string             `json:"source"`
	Group    string             `json:"group"`
	Excluded bool               `json:"excluded,omitempty"`
	Skipped  string             `json:"skipped,omitempty"` // why the picture could not be spoilt in this way; the rest is then empty
	Passed   bool               `json:"passed"`
	Said     bool               `json:"said"`            // refused, and the sentence that is shown first is of a right reason
	Named    bool               `json:"named"`           // refused, and any check that failed is
	First    string             `json:"first,omitempty"` // what is shown first, as "focus.low"
	Failed   []string           `json:"failed,omitempty"`
	Values   map[string]float64 `json:"values,omitempty"`
}

// Run holds a gate against sources.
type Run struct {
	Gate     Gate
	Profile  *quality.Profile
	Tasks    []Task
	Workers  int                                          // pictures at once; at least 1
	Progress func(done, all int)                          // called by one goroutine at a time
	Keep     func(o Outcome, jpeg []byte) error           // called by one goroutine at a time; nil: nothing is kept
	Bad      func(source Source, err error) (fatal error) // a source that is no picture; nil error: go on without it
}

// All judges every source under every task; the order of outcomes is the sources'. It ends with the first error that is not of a
// single picture.
func (r Run) All(ctx context.Context, sources []Source) ([]Outcome, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	var mu sync.Mutex
	next, done := 0, 0
	lists := make([][]Outcome, len(sources))
	for range max(1, r.Workers) {
		wg.Go(func() {
			for {
				mu.Lock()
				i := next
				next++
				mu.Unlock()
				if i >= len(sources) || ctx.Err() != nil {
					return
				}
				list, err := r.one(ctx, sources[i], &mu)
				mu.Lock()
				if done++; err != nil && appliance.CodeOf(err) == appliance.Invalid && r.Bad != nil {
					err = r.Bad(sources[i], err)
				}
				if lists[i] = list; r.Progress != nil {
					r.Progress(done, len(sources))
				}
				mu.Unlock()
				if err != nil {
					cancel(err)
				}
			}
		})
	}
	wg.Wait()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return slices.Concat(lists...), nil
}

// one opens a source and does all tasks on it.
func (r Run) one(ctx context.Context, s Source, mu *sync.Mutex) (list []Outcome, err error) {
	o, err := s.Open()
	if err == nil {
		err = o.complete(ctx, r.Gate)
	}
	for i := 0; err == nil && i < len(r.Tasks); i++ {
		var got Outcome
		var raw []byte
		got, raw, err = r.judge(ctx, s, o, r.Tasks[i])
		if err == nil {
			list = append(list, got)
		}
		if err == nil && r.Keep != nil && got.Skipped == "" {
			mu.Lock()
			err = r.Keep(got, raw)
			mu.Unlock()
		}
	}
	return list, err
}

// judge spoils a picture and has the gate look at it.
func (r Run) judge(ctx context.Context, s Source, o Original, t Task) (Outcome, []byte, error) {
	out := Outcome{Task: t, Source: s.Name, Group: s.Group, Excluded: s.Excluded}
	raw, err := o.spoil(t, seed(s.Name, t))
	if errors.Is(err, degrade.ErrNoLesion) || errors.Is(err, degrade.ErrNoSkin) || errors.Is(err, degrade.ErrTooFar) {
		out.Skipped = err.Error()
		return out, nil, nil
	}
	if err != nil {
		return out, nil, err
	}
	m, err := r.Gate.Metrics(ctx, raw, r.Profile.Part)
	if err != nil {
		return out, nil, err
	}
	out.fill(quality.Judge(r.Profile, m))
	return out, raw, nil
}

// fill takes over what a verdict says.
func (o *Outcome) fill(v appliance.Verdict) {
	row, _ := Strength(o.Kind)
	o.Passed, o.Values = v.Pass, make(map[string]float64, len(v.Measures))
	o.Said, o.Named = Right(v, row.Reasons)
	for _, m := range v.Measures {
		o.Values[m.Name] = m.Value
		if !m.Pass {
			o.Failed = append(o.Failed, m.Key[len("quality."):])
		}
	}
	if len(o.Failed) > 0 {
		o.First = o.Failed[0]
	}
}

// spoil gives the spoilt picture's JPEG; the original's is its own.
func (o Original) spoil(t Task, seed uint64) ([]byte, error) {
	if t.Kind == degrade.Original {
		return o.JPEG, nil
	}
	f := degrade.Fault{Kind: t.Kind, Amount: t.Amount, Direction: t.Direction, Seed: seed}
	p, err := o.Picture, error(nil)
	switch {
	case t.Kind == Encoded:
		f.Kind = degrade.Original
	case t.Kind == degrade.Empty && o.Skin != nil:
		p = *o.Skin
	default:
		p, err = degrade.Spoil(p, f)
	}
	if err != nil {
		return nil, err
	}
	return encode(p.Image(), o.Sensor, f)
}

func encode(img *image.RGBA, sensor func(*image.RGBA) *image.RGBA, f degrade.Fault) ([]byte, error) {
	if sensor != nil {
		img = sensor(img)
	}
	return degrade.EncodeImage(img, f.JPEGQuality())
}

// seed is of the picture, the kind and the direction and not of the strength: a stronger fault is more of the same.
func seed(name string, t Task) uint64 {
	h := fnv.New64a()
	h.Write([]byte(name + "/" + string(t.Kind) + "/" + t.Direction))
	return h.Sum64()
}
