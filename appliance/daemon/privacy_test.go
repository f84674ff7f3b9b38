package daemon_test

import (
	"bytes"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// seeded are the invented patient's values in every form that a program might write them in.
var seeded = []string{
	"Quillfeather", "QUILLFEATHER", "Ottoline", "9990548609", "999 054 8609", "1951-07-14", "14-Jul-1951", "14 July 1951", "Hypochondria-Note",
}

// hits gives the seeded values that text holds.
func hits(text string) []string {
	var found []string
	for _, value := range seeded {
		if strings.Contains(text, value) {
			found = append(found, value)
		}
	}
	return found
}

// A whole visit, with its refusals, leaves nothing of the patient in any log, in any answer of the control socket, or in plain on
// the disk.
func TestNothingOfThePatientLeavesTheScreen(t *testing.T) {
	r := newRig(t)
	x := r.start()
	x.addStaff()
	x.await("camera", "camera.state.ready")
	v := x.visit()
	must(t, v.Capture(t.Context()))
	x.provoke(string(v.ID()))
	must(t, v.SignOff(t.Context()))
	if images := r.images(); len(images) != 1 {
		t.Fatalf("%d images: the visit was none", len(images))
	}
	for _, path := range []string{"/v1/status", "/v1/health", "/v1/cases", "/v1/cases/" + string(v.ID()), "/v1/reconcile", "/v1/camera",
		"/v1/staff", "/v1/cases/Quillfeather", "/v1/nothing"} {
		x.get(path)
	}
	must(t, x.stop())
	logged, said := r.log.String(), x.said.String()
	if len(logged) < 1000 || !strings.Contains(logged, "level=DEBUG") || !strings.Contains(said, string(v.ID())) {
		t.Fatal("there was nothing to search in")
	}
	if got := hits(logged); got != nil {
		t.Errorf("the log holds %q", got)
	}
	if got := hits(said); got != nil {
		t.Errorf("the control socket said %q", got)
	}
	if strings.Contains(logged, pin) || strings.Contains(said, pin) {
		t.Error("the PIN came back")
	}
	for path, got := range r.onDisk() {
		t.Errorf("%s holds %q", path, got)
	}
}

// The search finds what it is there to find: in the log, in a socket's answer, and on the disk.
func TestTheSearchFindsALeak(t *testing.T) {
	r := newRig(t)
	r.logger().Debug("a leak", "patient", patient().Family, "number", patient().NHSNumber.String())
	if got := hits(r.log.String()); len(got) != 2 {
		t.Errorf("the log was not searched: %q", got)
	}
	r.write("data/leak", []byte("born 1951-07-14"))
	if got := r.onDisk(); len(got) != 1 {
		t.Errorf("the disk was not searched: %v", got)
	}
}

// provoke posts what the pages refuse: an error is where a value likes to come back.
func (x *running) provoke(id string) {
	x.Helper()
	b := x.browser()
	page, err := x.signIn(b)
	must(x, err)
	for _, c := range []struct {
		path   string
		values url.Values
	}{
		{"/patient", url.Values{"nhs_number": {"9990548608"}, "family_name": {"Quillfeather"}, "given_name": {"Ottoline"}}},
		{"/patient", url.Values{"nhs_number": {"9990548609"}, "family_name": {strings.Repeat("Quillfeather", 20)}, "birth_date_day": {"14"}}},
		{"/history", url.Values{"banner": {"0123456789abcdef"}, "skin_type": {"Quillfeather"}}},
		{"/lesion", url.Values{"banner": {"Quillfeather"}, "note": {strings.Repeat("Hypochondria-Note", 100)}}},
		{"/capture", url.Values{"banner": {"Quillfeather"}, "lesion": {"Ottoline"}, "view": {"9990548609"}}},
		{"/keep", url.Values{"banner": {"x"}, "attempt": {"Quillfeather"}, "reason": {"Ottoline"}}},
		{"/check", url.Values{"banner": {"Quillfeather"}}},
		{"/give-up", url.Values{"reason": {"Quillfeather"}}},
	} {
		form := *page.Forms[0]
		form.Action, form.Method, form.Values = "/visits/"+id+c.path, "POST", c.values
		if _, err := b.Submit(x.Context(), page, &form); err == nil {
			x.Logf("%s was not refused", c.path)
		}
	}
	x.call("POST", "/v1/staff", `{"id":"Quillfeather","name":"Ottoline","role":"9990548609","pin":"x"}`)
}

// onDisk gives the files of the box that hold a seeded value, with what they hold.
func (r *rig) onDisk() map[string][]string {
	r.Helper()
	found := map[string][]string{}
	must(r, filepath.WalkDir(r.path("data"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		raw, err := os.ReadFile(path)
		if got := hits(path + string(bytes.ToValidUTF8(raw, nil))); got != nil {
			found[path] = got
		}
		return err
	}))
	return found
}
