package e2e

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/clock"
	"dermbox/appliance/text"
	"dermbox/camera"
	"dermbox/camera/quality"
	"dermbox/camera/quality/live"
	"dermbox/camera/quality/qualitytest"
	"dermbox/ui/kiosk"
)

// hints are a watcher's, as the daemon gives them to the kiosk.
type hints struct{ *live.Watcher }

func (h hints) Subscribe(view appliance.View) kiosk.HintSubscription {
	return hinting{h.Watcher.Subscribe(view)}
}

type hinting struct{ *live.Subscription }

func (h hinting) Next(ctx context.Context) (kiosk.Hint, error) {
	next, err := h.Subscription.Next(ctx)
	hint := kiosk.Hint{Known: next.Known, Pass: next.Pass, Hard: next.Hard, Key: next.Key}
	for _, m := range next.Meters {
		hint.Meters = append(hint.Meters, kiosk.Meter(m))
	}
	return hint, err
}

// newHintRig is a page in its capture step whose live picture is judged: frames go from the hub through the watcher and the
// WebSocket to the page. Scripts run in the page before its own.
func newHintRig(t *testing.T, scripts ...string) *rig {
	t.Helper()
	r := &rig{visits: &visits{}, scope: newScope(t), shutter: newShutter()}
	const profiles = "../../camera/quality/profiles/"
	dermoscopic, macro := qualitytest.Load(t, profiles+"scope-1080.json"), qualitytest.Load(t, profiles+"scope-1080-macro.json")
	views := map[appliance.View]*quality.Profile{appliance.Dermoscopic: dermoscopic, appliance.Macro: macro}
	judge := func(_ context.Context, jpeg []byte) (quality.Metrics, error) {
		m := qualitytest.Good(dermoscopic)
		delete(m.Values, quality.Ring) // or a close-up would be refused for it
		if bytes.Equal(jpeg, blurred()) {
			m.Values[quality.Focus] = qualitytest.Poor(macro, quality.Focus).Values[quality.Focus] // and so for a dermoscopic picture
		}
		return m, nil
	}
	w := live.NewWatcher(live.Options{Hub: r.scope.hub, Judge: judge, Busy: func() bool { return false }, Clock: clock.System(time.Time{}, time.Time{}),
		Verdict: func(v appliance.View, m quality.Metrics) appliance.Verdict {
			if p := views[v]; p != nil {
				return quality.Judge(p, m)
			}
			return appliance.Verdict{HardFail: true, Measures: []appliance.Measure{{Name: "profile", Key: "daemon.no_profile_for_view"}}}
		}})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("the watcher ended with %v", err)
		}
	})
	base := serve(t, kiosk.Options{
		Visits: r.visits, Staff: staff{}, Preview: r.scope, Presses: r.shutter, Hints: hints{w}, Sending: nothing{}, Health: nothing{}, Clock: still{},
		Site: appliance.Site{Name: "Elm Street CDC"}, Demonstration: true, Log: slog.New(slog.DiscardHandler),
	})
	r.page = open(t, base, pin, "/visits/"+caseID+"/images", scripts...)
	r.until("the picture shows", shows)
	return r
}

// What the page can say of the picture, as scripts.
const (
	nothingSaid = `(() => { const b = document.querySelector("[data-hint]"); return !b.dataset.verdict && !document.querySelector(".stage").dataset.verdict &&
		[...b.querySelectorAll("[data-word], [data-sentence], [data-spoken]")].every(e => e.textContent === "") &&
		[...document.querySelectorAll("[data-meter], .mark path")].every(e => !e.checkVisibility()); })()`
	pressable = `document.querySelector("[data-capture]").getAttribute("aria-disabled") === "false"`
)

// judged is the script that the page shows a verdict in all its signs: border, mark, word, sentence and the meter of sharpness.
func judged(verdict, word, sentence, meter string) string {
	return `(() => { const b = document.querySelector("[data-hint]"), s = document.querySelector(".stage"), m = document.querySelector("[data-meter=focus]");
		return b.checkVisibility() && s.dataset.verdict === "` + verdict + `" &&
			[...b.querySelectorAll(".mark path")].every(e => e.checkVisibility() === e.classList.contains("` + verdict + `")) &&
			b.querySelector("[data-word]").textContent === ` + "`" + text.T(word, nil) + "`" + ` &&
			b.querySelector("[data-sentence]").textContent === ` + "`" + text.T(sentence, nil) + "`" + ` &&
			m.checkVisibility() && m.querySelector("[data-word]").textContent === ` + "`" + text.T(meter, nil) + "`" + ` &&
			m.querySelector(".bar span").getBoundingClientRect().width > 0; })()`
}

// TestTheHintFollowsThePicture: a blurred picture is said to be blurred, in more than colour, and the page can be pressed all the
// same; the sharp one is good; when the camera goes all is cleared with the picture, and nothing of it comes back.
func TestTheHintFollowsThePicture(t *testing.T) {
	r := newHintRig(t)
	good := judged("good", "kiosk.images.hint.good", "kiosk.images.hint.press", "quality.word.focus.good")
	poor := judged("poor", "kiosk.images.hint.poor", "quality.focus.low", "quality.word.focus.low")
	r.until("the picture is good", good)
	r.scope.blur(true)
	r.until("the picture is said to be blurred", poor+" && "+pressable)
	r.scope.blur(false)
	r.until("the picture is good again", good)
	r.scope.blur(true)
	r.until("the picture is blurred again", poor)
	r.scope.becomes(camera.StateStalled)
	r.until("the reason shows", says(camera.StateStalled))
	if !r.eval(nothingSaid) {
		t.Error("what was said of the picture of before stays")
	}
	r.scope.blur(false)
	r.eval(`window.seen = [], new MutationObserver(() => window.seen.push(document.querySelector("[data-hint]").dataset.verdict))
		.observe(document.querySelector("[data-hint]"), { attributes: true, attributeFilter: ["data-verdict"] }), true`)
	r.scope.becomes(camera.StateReady)
	r.until("the picture is back and good", good)
	if !r.eval(`window.seen.every(v => v === undefined || v === "good")`) {
		t.Error("what was said of the picture of before came back for a moment")
	}
	r.scope.silence(true)
	r.when("the page says that there is no picture", says("kiosk.images.no_picture"), "nothing is said of the last one", nothingSaid)
}

// TestTheHintIsOfTheViewThatIsChosen, and what was said for the other one goes at once.
func TestTheHintIsOfTheViewThatIsChosen(t *testing.T) {
	r := newHintRig(t)
	r.scope.blur(true)
	r.until("a blurred picture", judged("poor", "kiosk.images.hint.poor", "quality.focus.low", "quality.word.focus.low"))
	if !r.eval(`document.querySelector("[name=view][value=macro]").click(), ` + nothingSaid) {
		t.Error("what was said for the other view stays")
	}
	r.until("for a close-up it could be better", judged("soft", "kiosk.images.hint.soft", "quality.focus.low", "quality.word.focus.low"))
	r.eval(`document.querySelector("[name=view][value=regional]").click(), true`)
	r.until("for a view without a profile it says so", `document.querySelector("[data-sentence]").textContent === `+"`"+text.T("daemon.no_profile_for_view", nil)+"`"+` &&
		[...document.querySelectorAll("[data-meter]")].every(e => !e.checkVisibility())`)
}

// TestTheHintIsSpokenSlowly: what changes sooner than it can be listened to is not spoken; then it is what holds by now. The page's clock
// is held, and moved by less than what makes a picture or a hint stale, each time that the hint has changed.
func TestTheHintIsSpokenSlowly(t *testing.T) {
	r := newHintRig(t, held)
	r.eval(`window.said = [], new MutationObserver(() => { const b = document.querySelector("[data-hint]"), s = b.querySelector("[data-spoken]").textContent;
		if (s) window.said.push([performance.now(), s.includes(b.querySelector("[data-sentence]").textContent)]); })
		.observe(document.querySelector("[data-spoken]"), { childList: true }), true`)
	const changes = 40 // of 400 ms each: five times three seconds
	for i := range changes {
		if r.eval(`window.said.length >= 3`) {
			break
		}
		r.scope.blur(i%2 == 0)
		verdict := []string{"poor", "good"}[i%2]
		r.until("the hint changes", `document.querySelector("[data-hint]").dataset.verdict === "`+verdict+`"`)
		r.eval(step("400"))
	}
	said, err := ask[[][2]any](r.page, "window.said")
	if err != nil || len(said) < 3 {
		t.Fatalf("spoken %v while the hint changed %d times, want at least three: %v", said, changes, err)
	}
	for i, s := range said {
		if i > 0 && s[0].(float64)-said[i-1][0].(float64) < 3000 {
			t.Fatalf("it is spoken more often than every three seconds: %v", said)
		}
		if s[1] != true {
			t.Fatalf("what is spoken is not what the page says by then: %v", said)
		}
	}
}
