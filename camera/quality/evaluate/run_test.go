package evaluate_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"

	"dermbox/appliance"
	"dermbox/camera/quality"
	"dermbox/camera/quality/degrade"
	"dermbox/camera/quality/evaluate"
)

func TestRunFindsWhatIsRefusedAndWhy(t *testing.T) {
	run := evaluate.Run{Gate: gate{}, Profile: profile(), Tasks: evaluate.Tasks(evaluate.Strong), Workers: 3}
	outcomes, err := run.All(soon(t), sources(t, 2))
	if err != nil {
		t.Fatal(err)
	}
	if len(outcomes) != 2*len(run.Tasks) {
		t.Fatalf("%d outcomes of %d tasks on two pictures", len(outcomes), len(run.Tasks))
	}
	if again, err := run.All(soon(t), sources(t, 2)); err != nil || !reflect.DeepEqual(outcomes, again) {
		t.Errorf("the second run differs: %v", err)
	}
	for _, o := range outcomes {
		switch {
		case o.Kind == degrade.Original || o.Kind == evaluate.Encoded:
			if !o.Passed || o.Skipped != "" {
				t.Errorf("%+v", o)
			}
		case o.Kind == degrade.Under && o.Step == evaluate.Strong:
			if o.Passed || !o.Said || !o.Named || o.First != "exposure_mean.low" || !slices.Equal(o.Failed, []string{"exposure_mean.low"}) {
				t.Errorf("%+v", o)
			}
		case o.Kind == degrade.Blur && (!o.Passed || o.Said):
			t.Errorf("a gate that knows brightness alone refuses blur: %+v", o)
		}
	}
}

// Only the sentence that is shown first counts as said.
func TestRunTellsSaidFromNamed(t *testing.T) {
	p, sharp := profile(), 20.0
	p.Limits = append([]quality.Limit{{Name: quality.Focus, Min: &sharp}}, p.Limits...)
	run := evaluate.Run{Gate: gate{}, Profile: p, Tasks: []evaluate.Task{{Kind: degrade.Under, Step: evaluate.Strong, Amount: 2.5}}}
	outcomes, err := run.All(soon(t), sources(t, 1))
	if err != nil || len(outcomes) != 1 || outcomes[0].Said || !outcomes[0].Named || outcomes[0].First != "focus.low" {
		t.Errorf("%+v, %v", outcomes, err)
	}
}

// A file that is none is told and left out; a gate that is gone ends the run, and so does who calls it.
func TestRunEnds(t *testing.T) {
	broken := evaluate.Photograph("broken.jpg", false, func() ([]byte, error) { return []byte("no picture"), nil })
	var bad []string
	run := evaluate.Run{Gate: gate{}, Profile: profile(), Tasks: evaluate.Tasks(), Workers: 2,
		Bad: func(s evaluate.Source, _ error) error { bad = append(bad, s.Name); return nil }}
	outcomes, err := run.All(soon(t), append(sources(t, 2), broken))
	if err != nil || len(outcomes) != 4 || !slices.Equal(bad, []string{"broken.jpg"}) {
		t.Errorf("%d outcomes, bad %v, %v", len(outcomes), bad, err)
	}
	run.Bad = nil
	if _, err := run.All(soon(t), []evaluate.Source{broken}); appliance.CodeOf(err) != appliance.Invalid {
		t.Errorf("nobody was told of a broken picture: %v", err)
	}
	run.Gate = gate{errGone}
	if _, err := run.All(soon(t), sources(t, 20)); !errors.Is(err, errGone) {
		t.Errorf("the gate is gone: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := run.All(ctx, sources(t, 2)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestRunKeepsAndTells(t *testing.T) {
	kept, last := 0, 0
	run := evaluate.Run{Gate: gate{}, Profile: profile(), Tasks: evaluate.Tasks(evaluate.Strong)[:8], Workers: 2,
		Progress: func(done, all int) {
			if done != last+1 || all != 3 {
				t.Errorf("%d of %d after %d", done, all, last)
			}
			last = done
		},
		Keep: func(o evaluate.Outcome, jpeg []byte) error {
			if len(jpeg) < 100 || o.Skipped != "" {
				t.Errorf("%+v with %d bytes", o, len(jpeg))
			}
			kept++
			return nil
		}}
	outcomes, err := run.All(soon(t), sources(t, 3))
	skipped := 0
	for _, o := range outcomes {
		if o.Skipped != "" {
			skipped++
		}
	}
	if err != nil || kept+skipped != len(outcomes) || kept < 3*6 || last != 3 {
		t.Errorf("%d kept and %d skipped of %d, %d told, %v", kept, skipped, len(outcomes), last, err)
	}
	run.Progress, run.Keep = nil, func(evaluate.Outcome, []byte) error { return errGone }
	if _, err := run.All(soon(t), sources(t, 3)); !errors.Is(err, errGone) {
		t.Errorf("a full disk: %v", err)
	}
}

// A drawing knows its lesion, and its noise comes after the fault.
func TestDrawings(t *testing.T) {
	list := evaluate.Drawings(6)
	groups := map[string]int{}
	for _, s := range list {
		groups[s.Group]++
	}
	if len(list) != 12 || groups[evaluate.Light] != 6 || groups[evaluate.Dark] != 6 {
		t.Fatalf("%v", groups)
	}
	o, err := list[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	if o.Skin == nil || o.Sensor == nil || !slices.Contains(o.Picture.Lesion, true) || o.Picture.Width != 1920 || len(o.JPEG) < 10000 {
		t.Errorf("%d by %d, %d bytes", o.Picture.Width, o.Picture.Height, len(o.JPEG))
	}
}

func TestTasks(t *testing.T) {
	if n := len(evaluate.Tasks()); n != 2 {
		t.Errorf("%d tasks at no step, not the original and its copy", n)
	}
	casts := 0
	for _, k := range evaluate.Tasks(evaluate.Medium, evaluate.Strong) {
		if k.Kind == degrade.Cast {
			casts++
		}
		if k.Step != "" && k.Step != evaluate.Medium && k.Step != evaluate.Strong {
			t.Errorf("%+v", k)
		}
	}
	if casts != 8 {
		t.Errorf("%d casts", casts)
	}
}

var _ evaluate.Gate = (*quality.Client)(nil)
