package daemon_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"dermbox/camera"
)

// errorBody is what every refusal of the socket looks like.
type errorBody struct{ Code, Message string }

func (x *running) refused(method, path, body string) (int, errorBody) {
	x.Helper()
	code, raw := x.call(method, path, body)
	var e errorBody
	if err := json.Unmarshal(raw, &e); err != nil || e.Code == "" || e.Message == "" {
		x.Fatalf("%s %s: %d %q is no error of ours", method, path, code, raw)
	}
	return code, e
}

func TestControlWithoutAnEngine(t *testing.T) {
	x := newRig(t).start()
	code, raw := x.get("/v1/status")
	var s struct {
		Version, Mode, Device, Kiosk, Health string
		Enrolled                             bool
		Goroutines                           int
		Preview                              struct{ Viewers *int }
	}
	if code != 200 || json.Unmarshal(raw, &s) != nil || s.Version != "test" || s.Mode != "demonstration" || s.Device != "not-enrolled" ||
		!strings.HasPrefix(s.Kiosk, "http://127.0.0.1:") || s.Health != "error" || s.Enrolled ||
		s.Goroutines < 5 || s.Preview.Viewers == nil || *s.Preview.Viewers != 0 {
		t.Errorf("status: %d %s", code, raw)
	}
	if code, raw := x.get("/v1/cases"); code != 200 || strings.TrimSpace(string(raw)) != "[]" {
		t.Errorf("cases: %d %s", code, raw)
	}
	if code, raw := x.call(http.MethodPost, "/v1/sync/kick", ""); code != 200 || !strings.Contains(string(raw), `"kicked":false`) {
		t.Errorf("kick: %d %s", code, raw)
	}
	if code, raw := x.get("/v1/camera"); code != 200 || !json.Valid(raw) {
		t.Errorf("camera: %d %s", code, raw)
	}
	x.await("camera", "camera.state.ready")
	var survey camera.Survey
	if code, raw := x.get("/v1/camera/survey?frames=5"); code != 200 || json.Unmarshal(raw, &survey) != nil || survey.Good != 5 {
		t.Errorf("survey: %d %s", code, raw)
	}
	for _, frames := range []string{"", "0", "x", "1801"} {
		if code, e := x.refused(http.MethodGet, "/v1/camera/survey?frames="+frames, ""); code != 400 || e.Code != "invalid" {
			t.Errorf("survey of %q frames: %d %+v", frames, code, e)
		}
	}
	if code, e := x.refused(http.MethodGet, "/v1/reconcile", ""); code != 503 || e.Code != "unavailable" || !strings.Contains(e.Message, "provision") {
		t.Errorf("reconcile: %d %+v", code, e)
	}
}

func TestControlRefusals(t *testing.T) {
	x := newRig(t).start()
	x.addStaff()
	for name, c := range map[string]struct {
		method, path, body string
		status             int
		code               string
	}{
		"unknown case":          {"GET", "/v1/cases/00000000-0000-4000-8000-000000000000", "", 404, "not_found"},
		"no case id":            {"GET", "/v1/cases/..%2f..%2fetc", "", 404, "not_found"},
		"no such path":          {"GET", "/v2/anything", "", 404, "not_found"},
		"wrong method":          {"DELETE", "/v1/cases", "", 404, "not_found"},
		"staff: no JSON":        {"POST", "/v1/staff", "pin=135790", 400, "invalid"},
		"staff: unknown field":  {"POST", "/v1/staff", `{"id":"a","secret":"135790"}`, 400, "invalid"},
		"staff: PIN no string":  {"POST", "/v1/staff", `{"id":"a","name":"A","role":"hca","pin":135790}`, 400, "invalid"},
		"staff: PIN too short":  {"POST", "/v1/staff", `{"id":"a","name":"A","role":"hca","pin":"13579"}`, 400, "invalid"},
		"staff: id taken":       {"POST", "/v1/staff", `{"id":"hca.1","name":"A","role":"hca","pin":"135790"}`, 409, "conflict"},
		"staff: nobody":         {"POST", "/v1/staff/nobody/disable", "", 404, "not_found"},
		"staff: PIN for nobody": {"POST", "/v1/staff/nobody/pin", `{"pin":"135790"}`, 404, "not_found"},
		"staff: PIN too simple": {"POST", "/v1/staff/hca.1/pin", `{"pin":"111111"}`, 400, "invalid"},
		"larger than allowed":   {"POST", "/v1/staff", `{"name":"` + strings.Repeat("x", 1<<20) + `"}`, 400, "invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			if status, e := x.refused(c.method, c.path, c.body); status != c.status || e.Code != c.code || strings.ContainsAny(e.Message, "{}[]") {
				t.Errorf("%d %+v, want %d %s", status, e, c.status, c.code)
			}
		})
	}
	for _, secret := range []string{"13579", pin} {
		if strings.Contains(x.log.String()+x.said.String(), secret) {
			t.Errorf("a PIN came back in a log or an answer: %s", secret)
		}
	}
}

func TestStaffOverTheSocket(t *testing.T) {
	x := newRig(t).start()
	x.addStaff()
	if code, raw := x.call("POST", "/v1/staff/hca.1/pin", `{"pin":"604913"}`); code != 200 {
		t.Fatalf("%d %s", code, raw)
	}
	if code, raw := x.call("POST", "/v1/staff/hca.1/disable", ""); code != 200 {
		t.Fatalf("%d %s", code, raw)
	}
	if code, raw := x.get("/v1/staff"); code != 200 || !strings.Contains(string(raw), "Test Person") {
		t.Fatalf("%d %s", code, raw)
	}
	page, err := x.browser().Get(t.Context(), "/sign-in")
	must(t, err)
	if strings.Contains(page.Text, "Test Person") {
		t.Error("a disabled member may choose to sign in")
	}
	if strings.Contains(x.log.String()+x.said.String(), "604913") {
		t.Error("a PIN came back in a log or an answer")
	}
}

// The kernel vouches for the caller: another user is refused even where the socket's permissions were opened.
func TestSocketIsForRootAndTheDaemonsUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root to become another user")
	}
	r := newRig(t)
	x := r.start()
	socket := r.path("data/dermboxd.sock")
	must(t, os.Chmod(socket, 0o666))
	must(t, os.Chmod(r.dir, 0o711))
	must(t, os.Chmod(r.path("data"), 0o711))
	own, err := os.Executable()
	must(t, err)
	out, err := exec.CommandContext(t.Context(), own, "peer", socket).CombinedOutput()
	if err != nil || !strings.HasPrefix(string(out), "403 ") || !strings.Contains(string(out), `"forbidden"`) {
		t.Fatalf("another user was answered %q, %v", out, err)
	}
	if code, _ := x.get("/v1/status"); code != http.StatusOK {
		t.Errorf("root was answered %d", code)
	}
}

// peer asks for the status as the user nobody and prints the answer: the child of the test above.
func peer(socket string) int {
	const nobody = 65534
	if err := unix.Setuid(nobody); err != nil {
		fmt.Println(err)
		return 1
	}
	client := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}}
	response, err := client.Get("http://dermboxd/v1/status")
	if err != nil {
		fmt.Println(err)
		return 1
	}
	defer response.Body.Close()
	body := make([]byte, 1000)
	n, _ := response.Body.Read(body)
	fmt.Println(response.StatusCode, string(body[:n]))
	return 0
}
