package daemon_test

import (
	"database/sql"
	"net/http"
	"strings"
	"testing"
)

// damage changes rows of the box's database as a failing disk does.
func (r *rig) damage(statement string) {
	r.Helper()
	db, err := sql.Open("sqlite3", "file:"+r.path("data/cases.db")+"?_busy_timeout=5000")
	must(r, err)
	defer db.Close()
	done, err := db.Exec(statement)
	must(r, err)
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		r.Fatalf("nothing was damaged: %v", err)
	}
}

// One damaged entry of the staff list keeps nobody else from work.
func TestDamagedStaffEntryKeepsNobodyElseOut(t *testing.T) {
	r := newRig(t)
	x := r.start()
	x.addStaff()
	code, raw := x.call(http.MethodPost, "/v1/staff", `{"id":"a.first","name":"Other Person","role":"hca","pin":"593046"}`)
	if code != http.StatusOK {
		t.Fatalf("%d %s", code, raw)
	}
	must(t, x.stop())
	r.damage(`UPDATE staff SET body = x'00' WHERE id = 'a.first'`)
	x = r.start()
	if got := x.await("staff", "daemon.staff_damaged"); got.Level != "warn" || got.Who != "it" || got.Params["ids"] != "a.first" {
		t.Errorf("%+v", got)
	}
	x.await("camera", "camera.state.ready")
	v := x.visit() // signs in
	must(t, v.Capture(t.Context()))
	must(t, v.SignOff(t.Context()))
}

// One damaged record of a press keeps no visit from being signed off.
func TestDamagedAttemptKeepsNoVisit(t *testing.T) {
	r := newRig(t)
	x := r.start()
	x.addStaff()
	x.await("camera", "camera.state.ready")
	v := x.visit()
	must(t, v.Capture(t.Context()))
	r.damage(`UPDATE attempts SET body = x'00'`)
	must(t, v.SignOff(t.Context()))
	if s := x.sending(); s.Waiting != 1 {
		t.Fatalf("%+v", s)
	}
	if !strings.Contains(r.log.String(), "record of a press is damaged") {
		t.Error("nothing tells of the damage")
	}
}
