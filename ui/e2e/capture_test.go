package e2e

import (
	"log/slog"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/text"
	"dermbox/camera"
	"dermbox/ui/kiosk"
)

// rig is a page in its capture step, with a camera and a shutter.
type rig struct {
	*page
	*visits
	scope   *scope
	shutter *shutter
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{visits: &visits{}, scope: newScope(t), shutter: newShutter()}
	base := serve(t, kiosk.Options{
		Visits: r.visits, Staff: staff{}, Preview: r.scope, Presses: r.shutter, Sending: nothing{}, Health: nothing{}, Clock: still{},
		Site: appliance.Site{Name: "Elm Street CDC"}, Demonstration: true, Log: slog.New(slog.DiscardHandler),
	})
	r.page = open(t, base, pin, "/visits/"+caseID+"/images")
	r.until("the picture shows", shows)
	return r
}

// What a page in its capture step can be, as scripts.
const (
	picture = `(() => { const c = document.querySelector("canvas"), p = c.getContext("2d").getImageData(c.width / 2, c.height / 2, 1, 1).data; return p[0] > 100 && p[1] < 80; })()`
	shows   = `document.querySelector(".stage.showing") && document.querySelector("[data-capture]").getAttribute("aria-disabled") === "false" && ` + picture
	hint    = `[...document.querySelectorAll("[data-live]")].every(e => e.checkVisibility())`
	noHint  = `[...document.querySelectorAll("[data-live]")].every(e => !e.checkVisibility())`
	asked   = `document.querySelector(".stage p.asked")`
	black   = `(() => { const c = document.querySelector("canvas"), d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data; return d.every((v, i) => i % 4 === 3 || v === 0); })()`
)

// says is the script that the page's status shows a sentence.
func says(key string) string {
	return `(() => { const p = document.querySelector(".stage [role=status]"); return !p.classList.contains("hidden") && p.textContent === ` +
		"`" + text.T(key, nil) + "`" + `; })()`
}

// take presses until so many stills were asked for in all: a page that shows a picture may still be about to listen, or may just
// have got a press that it answers by saying why not. It does not press while one is on its way.
func (r *rig) take(n int) {
	r.Helper()
	const idle = shows + ` && !document.querySelector("form[data-sent]")`
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if len(r.taken()) >= n {
			return
		}
		if yes, err := ask[bool](r.page, "Boolean("+idle+")"); err != nil || !yes {
			continue
		}
		r.shutter.press(r.TB)
		for wait := time.Now().Add(time.Second); time.Now().Before(wait) && len(r.taken()) < n; {
			time.Sleep(10 * time.Millisecond)
		}
	}
	r.Fatalf("%d stills were taken, want %d", len(r.taken()), n)
}

// TestAPressTakesOneStill, and under the banner of the page; presses while it is taken take no other.
func TestAPressTakesOneStill(t *testing.T) {
	r := newRig(t)
	hold := make(chan struct{})
	r.visits.mu.Lock()
	r.hold = hold
	r.visits.mu.Unlock()
	r.take(1) // is held: the browser may answer no script before its answer has come
	r.shutter.press(t)
	r.shutter.press(t)
	close(hold)
	r.until("the page shows what came of it", `location.search.includes("shot=")`)
	r.until("the picture shows again", shows)
	if taken := r.taken(); len(taken) != 1 || taken[0] != banner {
		t.Fatalf("stills under the banners %q, want one under %q", taken, banner)
	}
	r.take(2)
	r.until("the second still shows", `document.querySelectorAll(".shots img").length === 2`)
	r.until("the picture shows again", shows)
	if taken := r.taken(); len(taken) != 2 {
		t.Errorf("two presses took %d stills", len(taken))
	}
}

// TestNothingStaleStaysOnThePage: when the camera stalls the page goes dark and says why, Capture and the shutter do nothing,
// and all comes back by itself.
func TestNothingStaleStaysOnThePage(t *testing.T) {
	r := newRig(t)
	r.until("the hint shows", hint)
	r.eval(`window.same = true`)
	r.scope.becomes(camera.StateStalled)
	r.until("the reason shows", says(camera.StateStalled))
	for what, script := range map[string]string{
		"the canvas is black": black, "the hint is gone": noHint, "the stage is dark": `document.querySelector(".stage.dark:not(.showing)")`,
		"Capture is disabled": `document.querySelector("[data-capture][aria-disabled=true]") && !document.querySelector("[data-capture]").disabled`,
	} {
		if !r.eval("Boolean(" + script + ")") {
			t.Errorf("not so: %s", what)
		}
	}
	r.scope.becomes(camera.StateFrozen)
	r.until("the new reason shows", says(camera.StateFrozen))
	r.shutter.press(t)
	r.until("the press is answered with the reason", asked)
	r.eval(`document.querySelector("[data-capture]").click(), true`)
	r.scope.becomes(camera.StateReady)
	r.when("the picture is back", shows, "the page has resumed by itself as it was", hint+" && !"+asked+" && window.same === true")
	if taken := r.taken(); len(taken) != 0 {
		t.Fatalf("%d stills were taken of nothing", len(taken))
	}
	r.take(1)
	r.until("a press works again", `document.querySelectorAll(".shots img").length === 1`)
}

// TestSilenceDarkensThePage: a camera that claims to be ready and gives no frame is not believed.
func TestSilenceDarkensThePage(t *testing.T) {
	r := newRig(t)
	r.scope.silence(true)
	r.when("the page says that there is no picture", says("kiosk.images.no_picture"), "the last picture and its hint are gone", black+" && "+noHint)
	r.scope.silence(false)
	r.until("the picture is back", shows)
}

// TestAPageBehindAnotherTakesNoPress: its patient may not be the one in the room. The page in front gets the press although
// the one behind it was opened later.
func TestAPageBehindAnotherTakesNoPress(t *testing.T) {
	r := newRig(t)
	hidden := func(yes string) {
		r.eval(`Object.defineProperty(document, "visibilityState", { configurable: true, value: "` + yes + `" }),
			document.dispatchEvent(new Event("visibilitychange")), true`)
	}
	hidden("hidden")
	r.until("the page behind shows nothing", `document.querySelector(".stage.dark:not(.showing)")`)
	eventually(t, "the page behind watches nothing", func() bool { return r.scope.hub.Subscribers() == 0 })
	eventually(t, "the page behind listens for no press", func() bool { return !r.shutter.heard() })
	hidden("visible")
	r.until("the picture is back", shows)
	if taken := r.taken(); len(taken) > 1 { // one may have been under way when the page went behind
		t.Fatalf("%d stills were taken for a page behind another", len(taken))
	}
	r.take(len(r.taken()) + 1)
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}
