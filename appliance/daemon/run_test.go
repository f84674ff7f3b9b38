package daemon_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/camera"
	"dermbox/firmware/demo"
)

// A viewer must not hold up the stop, and nothing may outlive it: TestMain looks for goroutines.
func TestStopsWithAViewer(t *testing.T) {
	r := newRig(t)
	x := r.start()
	x.addStaff()
	x.await("camera", "camera.state.ready")
	v := x.visit()
	watching, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		must(t, v.Browser.Watch(t.Context(), 3))
		close(watching)
		ended <- v.Browser.Watch(t.Context(), 1<<20)
	}()
	<-watching
	time.Sleep(100 * time.Millisecond) // the second view is on its way, or just not: both must end
	began := time.Now()
	must(t, x.stop())
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("stopping took %v", took)
	}
	if err := <-ended; err == nil {
		t.Error("the view went on")
	}
}

// What others need is closed after them.
func TestClosesInReverseOrder(t *testing.T) {
	r := newRig(t)
	must(t, r.start().stop())
	var closed []string
	for _, m := range regexp.MustCompile(`msg="service closed" service=(\w+)`).FindAllStringSubmatch(r.log.String(), -1) {
		closed = append(closed, m[1])
	}
	if want := []string{"kiosk", "control", "watch", "models", "inference", "hints", "camera", "judge"}; !slices.Equal(closed, want) {
		t.Errorf("closed %v, want %v", closed, want)
	}
	if strings.Contains(r.log.String(), "did not end in time") {
		t.Error("something did not end in time")
	}
}

// A visit goes on after a restart at the step that it had reached, under the same patient.
func TestDraftIsResumed(t *testing.T) {
	r := newRig(t)
	x := r.start()
	x.addStaff()
	first := x.visit()
	must(t, x.stop())
	x = r.start()
	x.await("camera", "camera.state.ready")
	again := *first
	again.Browser = x.browser()
	page, err := x.signIn(again.Browser)
	must(t, err)
	if !slices.ContainsFunc(page.Links, func(l string) bool { return strings.Contains(l, string(first.ID())) }) {
		t.Fatalf("the open visit is not on the first page: %q", page.Links)
	}
	must(t, again.Continue(t.Context()))
	must(t, again.Capture(t.Context()))
	must(t, again.SignOff(t.Context()))
	if got := x.trace(first.ID()); got.State != appliance.Queued || len(got.Captures) != 1 {
		t.Fatalf("%+v", got)
	}
}

// A camera that hangs, and hangs again each time its worker is replaced, holds up no page, no answer to IT, and no health while a
// press waits for it. When it is well again the press works.
func TestKioskAnswersWhileTheCameraHangs(t *testing.T) {
	r := newRig(t)
	hangs := r.path("hangs")
	r.settings["camera"] = `{url: "` + standInHost + hangs + `", profile: camera.json}`
	x := r.start()
	x.addStaff()
	x.await("camera", "camera.state.ready")
	v, b := x.visit(), x.browser()
	if _, err := x.signIn(b); err != nil {
		t.Fatal(err)
	}
	must(t, os.WriteFile(hangs, nil, 0o600))
	x.await("camera", "camera.state.stalled")
	pressed := make(chan error, 1)
	go func() { pressed <- v.Capture(t.Context()) }()
	for range 3 {
		for _, path := range []string{"/", "/sending", "/device"} {
			if page, err := b.Get(t.Context(), path); err != nil || page == nil {
				t.Errorf("%s while the camera hangs: %v", path, err)
			}
		}
		if code, _ := x.get("/v1/status"); code != 200 {
			t.Errorf("status: %d", code)
		}
		if x.health()["camera"].Key == "camera.state.ready" {
			t.Error("a camera that gives nothing is ready")
		}
	}
	select {
	case err := <-pressed:
		if err == nil {
			t.Error("a still of a camera that gives nothing")
		}
		pressed <- err
	default:
	}
	must(t, os.Remove(hangs))
	err := <-pressed // refused where the camera hung for longer than a press may wait
	for end := time.Now().Add(patience); err != nil && time.Now().Before(end); {
		must(t, v.Continue(t.Context()))
		err = v.Capture(t.Context())
	}
	must(t, err)
}

// signIn gives the page after signing in.
func (x *running) signIn(b *demo.Browser) (*demo.Page, error) {
	page, err := b.Get(x.Context(), "/sign-in")
	if err != nil {
		return nil, err
	}
	form, err := page.Form("/sign-in")
	if err != nil {
		return nil, err
	}
	if err := errors.Join(form.Set("operator", staffID), form.Set("pin", pin)); err != nil {
		return nil, err
	}
	return b.Submit(x.Context(), page, form)
}

// orphans puts image files into the folder that no row names.
func (r *rig) orphans(n int) {
	r.Helper()
	for i := range n {
		name := fmt.Sprintf("ab%030x", i)
		must(r, os.WriteFile(r.path("data/images/ab/"+name), []byte("sealed"), 0o600))
	}
}

// What an interrupted capture left is set aside and said; the case's own images stay where they are. Nothing is ever removed: many
// such files mean that the database is not the one that they belong to.
func TestSweepAtStart(t *testing.T) {
	for name, c := range map[string]struct {
		orphans    int
		level, key string
	}{"none": {0, "", ""}, "a crash's": {3, "warn", "daemon.images_aside"}, "another database's": {40, "error", "daemon.images_orphaned"}} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			x := r.start()
			x.addStaff()
			x.await("camera", "camera.state.ready")
			v := x.visit()
			must(t, v.Capture(t.Context()))
			must(t, x.stop())
			r.orphans(c.orphans)
			x = r.start()
			if got := x.health()["images"]; got.Level != c.level || got.Key != c.key {
				t.Errorf("health: %+v", got)
			}
			if got := len(r.images()); got != 1 {
				t.Errorf("%d images in their places, want the case's one", got)
			}
			aside, err := filepath.Glob(r.path("data/images/orphaned/*/*"))
			must(t, err)
			if len(aside) != c.orphans {
				t.Errorf("%d images were set aside, want %d", len(aside), c.orphans)
			}
			again := x.browser()
			_, err = x.signIn(again)
			must(t, err)
			if _, err := again.Bytes(t.Context(), "/visits/"+string(v.ID())+"/captures/"+string(x.trace(v.ID()).Captures[0].ID)+".jpg"); err != nil {
				t.Errorf("the case's image: %v", err)
			}
		})
	}
}

// EXIF and the colour profile are the camera's own words: from worker to sealed file and back not a bit of a still changes.
func TestStillIsKeptToTheBit(t *testing.T) {
	x := newRig(t).start()
	x.addStaff()
	x.await("camera", "camera.state.ready")
	v := x.visit()
	must(t, v.Capture(t.Context()))
	still, err := v.Browser.Bytes(t.Context(), "/visits/"+string(v.ID())+"/captures/"+string(x.trace(v.ID()).Captures[0].ID)+".jpg")
	must(t, err)
	_, after, found := bytes.Cut(still, exifHead)
	if _, ok := camera.ReadExposure(still); !ok || !found || len(after) < sha256.Size {
		t.Fatal("exposure or EXIF is gone")
	}
	if sum := sha256.Sum256(after[sha256.Size:]); !bytes.Equal(sum[:], after[:sha256.Size]) || !bytes.Contains(after, iccProfile) {
		t.Fatal("what follows the EXIF is not what the camera sent")
	}
}

func (r *rig) images() []string {
	r.Helper()
	files, err := filepath.Glob(r.path("data/images/??/*"))
	must(r, err)
	return files
}
