package main

import (
	"net/http"
	"strings"
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/staff"
)

func TestUsersWithTheDaemonDown(t *testing.T) {
	r := newRig(t, "")
	r.call("user", "add", "hca1", "--name", "A Example", "--role", "hca", "--pin-file", r.write("pin", "314159\n")).want(t, 4)
	s, _ := r.open()
	r.ok(s.Close())
	r.call("user", "add", "hca1", "--name", "A Example", "--role", "hca", "--pin-file", r.write("pin", "314159\n")).want(t, 0, "Added hca1 as hca.")
	r.call("user", "add", "hca1", "--name", "A Example", "--role", "hca", "--pin-file", r.path("pin")).want(t, 8)
	r.pins = []string{"271828", "271828"}
	r.call("user", "add", "it1", "--name", "B Example", "--role", "it").want(t, 0)
	r.pins = []string{"271828", "271829"}
	r.call("user", "add", "it2", "--name", "C Example", "--role", "it").want(t, 3, "not the same")
	r.in = "111111"
	r.call("user", "add", "it2", "--name", "C Example", "--role", "it", "--pin-file", "-").want(t, 3)
	r.in = "161803"
	r.call("user", "reset-pin", "it1", "--pin-file", "-").want(t, 0, "new PIN")
	r.call("user", "disable", "it1").want(t, 0, "can no longer sign in")
	r.call("user", "disable", "nobody").want(t, 4)
	r.call("user", "list").golden(t, "user-list", 0)
	r.call("user", "list", "--json").want(t, 0, `"disabled": true`)
	r.signsIn("hca1", "314159", true)
	r.signsIn("it1", "161803", false)
}

// signsIn checks what the kiosk would say of a PIN.
func (r *rig) signsIn(id, pin string, want bool) {
	r.t.Helper()
	v, err := openVault(r.config)
	r.ok(err)
	s, fake := r.openWith(v)
	defer s.Close()
	operator, err := staff.New(staff.Options{Rows: s, Vault: v, Clock: fake}).Authenticate(r.t.Context(), id, pin)
	if (err == nil) != want || want && operator.ID != id {
		r.t.Errorf("%s: %+v, %v", id, operator, err)
	}
}

func TestUsersThroughTheDaemon(t *testing.T) {
	r := newRig(t, "")
	d := r.daemon(map[string]any{
		"POST /v1/staff":               http.StatusOK,
		"POST /v1/staff/a.b/disable":   http.StatusOK,
		"POST /v1/staff/hca1/pin":      appliance.E(appliance.NotFound, "There is no such member of staff.", nil),
		"GET /v1/staff":                []staff.Member{{ID: "hca1", Name: "A", Role: "hca"}},
		"POST /v1/staff/taken/disable": appliance.E(appliance.Conflict, "Taken.", nil),
	})
	r.in = "314159"
	r.call("user", "add", "hca1", "--name", "A Example", "--role", "hca", "--pin-file", "-").want(t, 0, "Added")
	r.call("user", "disable", "a.b").want(t, 0)
	r.call("user", "disable", "taken").want(t, 8, "Taken.")
	r.in = "314159"
	r.call("user", "reset-pin", "hca1", "--pin-file", "-").want(t, 4, "dermboxctl: There is no such member of staff.")
	r.call("user", "list", "--json").want(t, 0, `"id": "hca1"`)
	want := `POST /v1/staff {"id":"hca1","name":"A Example","role":"hca","disabled":false,"pin":"314159"}`
	if d.asked[0] != want || !strings.HasPrefix(d.asked[1], "POST /v1/staff/a.b/disable") {
		t.Errorf("asked %q", d.asked)
	}
}

// The store has one writer: a daemon whose socket was lost still keeps the tool out.
func TestStoreInUse(t *testing.T) {
	r := newRig(t, "")
	s, _ := r.open()
	defer s.Close()
	r.in = "314159"
	r.call("user", "add", "hca1", "--name", "A", "--role", "hca", "--pin-file", "-").want(t, 8)
	r.call("case", "list").want(t, 0)
}
