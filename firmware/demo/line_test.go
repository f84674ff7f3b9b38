package demo_test

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/firmware/demo"
)

// TestLine takes cases through the whole line with the real programs, one clinic and one trust for all of its parts.
func TestLine(t *testing.T) {
	r := newRig(t, nil)
	r.startAll(t)
	t.Run("straight through", func(t *testing.T) { straightThrough(t, r) })
	t.Run("printed values follow the subject", func(t *testing.T) { followsSubject(t, r) })
	t.Run("printed values follow the model", func(t *testing.T) { followsModel(t, r) })
	t.Run("a poor picture is kept with its reason", func(t *testing.T) { poorPicture(t, r) })
	t.Run("the live picture says what is wrong with it", func(t *testing.T) { liveHints(t, r) })
	t.Run("one picture for two lesions", func(t *testing.T) { twins(t, r) })
	t.Run("hub down at first", func(t *testing.T) { hubDownAtFirst(t, r) })
	t.Run("killed between save and sync", func(t *testing.T) { killedBeforeSync(t, r) })
	t.Run("same batch twice", func(t *testing.T) { sameBatchTwice(t, r) })
	t.Run("photographs of a folder", func(t *testing.T) { photographs(t, r) }) // the last: it stops the others' programs
}

func straightThrough(t *testing.T, r *rig) {
	trace := r.received(t, r.visit(t))
	r.reviewed(t, trace)
	lines := strings.Split(r.out.String(), "\n")
	for i, step := range []string{"card", "camera", "frame", "quality", "eligibility", "finding", "saved", "batch", "receipt", "reconcile"} {
		if !slices.ContainsFunc(lines, func(line string) bool {
			return strings.HasPrefix(strings.TrimSpace(line), strconv.Itoa(i+1)+"  "+step+" ")
		}) {
			t.Errorf("step %d, %s, was not printed:\n%s", i+1, step, r.out.String())
		}
	}
	p := readPrinted(r.out.String())
	p.agrees(t, trace)
	if c := trace.Captures[0].Reference; c != nil {
		p.has(t, "card", millimetres(c), c.Card, fmt.Sprintf("mean %.2f, max %.2f", c.MeanDeltaE, c.MaxDeltaE),
			"counts until "+c.At.Wall.Add(24*time.Hour).UTC().Format("02-Jan-2006 15:04 UTC"))
	}
}

// followsSubject shows that nothing printed comes from the driver: each figure is the record's, and another drawing gives
// another image, other measures, other probabilities and another route.
func followsSubject(t *testing.T, r *rig) {
	show := func(subject string) (demo.Trace, printed) {
		r.control(t, "--subject", subject, "none")
		r.out.Reset()
		trace := r.received(t, r.visit(t))
		if f := trace.Findings[0]; f.Status != appliance.Assessed {
			t.Fatalf("%s was not assessed: %s", subject, f.Reason)
		} else if score := f.Stills[0].OutOfDistribution; score == nil || score.Limit != 0.5 || score.Value <= 0 || score.Over {
			t.Errorf("%s: the pack's rule for pictures unlike its own says %+v", subject, score)
		}
		p := readPrinted(r.out.String())
		p.agrees(t, trace)
		return trace, p
	}
	naevus, first := show("nv,2,400001")
	melanoma, second := show("mel,2,400002")
	for _, step := range []string{"frame", "quality", "finding", "saved", "batch", "receipt", "reconcile"} {
		differ(t, step, first, second)
	}
	a, b := naevus.Findings[0], melanoma.Findings[0]
	if naevus.Captures[0].SHA256 == melanoma.Captures[0].SHA256 {
		t.Error("two subjects gave the same image")
	}
	if a.Classes[0].Probability == b.Classes[0].Probability || a.Route == b.Route {
		t.Errorf("a naevus went %s at %v and a melanoma %s at %v", a.Route, a.Classes, b.Route, b.Classes)
	}
}

// control gives the simulated dermatoscope a command, as its user does.
func (r *rig) control(t *testing.T, args ...string) {
	t.Helper()
	args = append([]string{"control", "--url", r.ScopeURL()}, args...)
	if said, err := exec.CommandContext(t.Context(), filepath.Join(r.options.Bin, "dermbox-imaging"), args...).CombinedOutput(); err != nil {
		t.Fatalf("control: %v: %s", err, said)
	}
}

// poorPicture takes the lens out of focus: the gate refuses, the still is kept with a reason, no model judges it, and the
// case reaches the trust all the same.
func poorPicture(t *testing.T, r *rig) {
	sharp := readPrinted(r.out.String()) // of the visit before, of the same subject
	r.control(t, "blur")
	defer r.control(t, "none")
	r.out.Reset()
	_, err := r.Visit(t.Context())
	if step, ok := errors.AsType[*demo.StepError](err); !ok || step.Step != "finding" {
		t.Fatalf("Visit = %v, want no finding", err)
	}
	trace := r.received(t, r.VisitID())
	blurred := readPrinted(r.out.String())
	blurred.agrees(t, trace)
	differ(t, "quality", sharp, blurred)
	differ(t, "eligibility", sharp, blurred)
	differ(t, "finding", sharp, blurred)
	capture, finding := trace.Captures[len(trace.Captures)-1], trace.Findings[0]
	if capture.Quality.Pass || !capture.Overridden || capture.Attempt < 2 {
		t.Errorf("the blurred still has verdict %+v, overridden %t, attempt %d", capture.Quality, capture.Overridden, capture.Attempt)
	}
	if finding.Status != appliance.NotAssessed || !slices.ContainsFunc(finding.Hits, func(h appliance.RuleHit) bool { return h.Rule == "X18" }) {
		t.Errorf("the blurred lesion is %s, rules %+v, want not assessed by X18", finding.Status, finding.Hits)
	}
}

// followsModel installs another signed pack, of another version, and sees it in the next finding.
func followsModel(t *testing.T, r *rig) {
	before := r.received(t, r.visit(t)).Findings[0].Model
	r.stop(t)
	r.installPack(t, r.newerPack(t))
	defer func() { r.stop(t); r.installPack(t, r.pack(t)); r.start(t) }()
	r.start(t)
	r.out.Reset()
	after := r.received(t, r.visit(t)).Findings[0].Model
	if after.Version == before.Version || after.Digest == before.Digest {
		t.Errorf("after another pack was installed the finding names %+v, before %+v", after, before)
	}
	if !strings.Contains(r.out.String(), after.Digest) || strings.Contains(r.out.String(), before.Digest) {
		t.Error("the printed model is not the one that judged")
	}
}

func hubDownAtFirst(t *testing.T, r *rig) {
	if err := r.StopHub(); err != nil {
		t.Fatal(err)
	}
	id := r.visit(t)
	time.Sleep(2 * time.Second) // long enough for the engine to have tried in vain
	trace, err := r.Trace(t.Context(), id)
	if err != nil || trace.Receipt != nil || trace.State != appliance.Queued && trace.State != appliance.Sending {
		t.Fatalf("with the hub down the case stands at %s, %v", trace.State, err)
	}
	if n := r.timesAtHub(t, id); n != 0 {
		t.Fatalf("the hub that is down holds the case %d times", n)
	}
	if err := r.StartHub(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.received(t, id)
}

// killedBeforeSync ends the daemon as a power cut would when the case is signed off and nothing of it was sent.
func killedBeforeSync(t *testing.T, r *rig) {
	if err := r.StopHub(); err != nil {
		t.Fatal(err)
	}
	id := r.visit(t)
	r.KillBox()
	if n := r.timesAtHub(t, id); n != 0 {
		t.Fatalf("the hub holds the case %d times before it was sent", n)
	}
	if err := r.StartHub(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.start(t)
	r.received(t, id)
}

// sameBatchTwice loses the hub's answer to the commit: the box must send the batch again and the hub must know it.
func sameBatchTwice(t *testing.T, r *rig) {
	before, err := r.HubCases(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	committed := func() bool {
		now, err := r.HubCases(t.Context())
		return err == nil && len(now) > len(before)
	}
	r.proxy.armed.Store(&committed)
	trace := r.received(t, r.visit(t))
	if cuts := r.proxy.cuts.Load(); cuts != 1 {
		t.Errorf("the acknowledgement was lost %d times, want once: the test saw nothing", cuts)
	}
	if n := len(trace.Batches); n != 1 {
		t.Errorf("the case travelled in %d batches, want the same one again", n)
	}
	if after, err := r.HubCases(t.Context()); err != nil || len(after) != len(before)+1 {
		t.Errorf("the hub holds %d cases, %v, want %d", len(after), err, len(before)+1)
	}
}
