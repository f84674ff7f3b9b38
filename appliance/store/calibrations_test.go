package store_test

import (
	"database/sql"
	"testing"

	"dermbox/appliance"
	"dermbox/appliance/audit"
)

func calibration(scan string) appliance.Calibration {
	return appliance.Calibration{ID: appliance.NewID(), ScanSHA256: scan, MMPerPX: 0.02, Camera: appliance.Camera{Make: "m", Serial: "1"},
		Card: "dermbox-20/1", Gains: [3]float64{1.1, 1, 0.9}}
}

func TestCalibrationsAreKept(t *testing.T) {
	r := newRig(t)
	shown := audit.Event{At: r.clock.Now(), Actor: "hca.1", Action: "camera.calibrate", Outcome: "ok"}
	first, second := calibration("a"), calibration("b")
	for _, c := range []appliance.Calibration{first, second} {
		rows := r.auditRows()
		must(t, r.SaveCalibration(t.Context(), c, shown))
		if r.auditRows() != rows+1 {
			t.Error("no audit row")
		}
	}
	r.reopen()
	list, err := r.Calibrations(t.Context())
	if err != nil || len(list) != 2 || list[0].ID != second.ID || list[1].ID != first.ID || list[0].Gains != second.Gains || list[1].MMPerPX != 0.02 {
		t.Fatalf("%+v, %v", list, err)
	}
	rows := r.auditRows()
	if err := r.SaveCalibration(t.Context(), calibration("a"), shown); appliance.CodeOf(err) != appliance.Conflict || r.auditRows() != rows {
		t.Errorf("a still that was used before: %v", err)
	}
	if err := r.SaveCalibration(t.Context(), appliance.Calibration{ID: appliance.NewID()}, shown); appliance.CodeOf(err) != appliance.Invalid {
		t.Errorf("without a still: %v", err)
	}
}

// History is not rewritten, and a row that somebody spoilt is no calibration.
func TestCalibrationsStay(t *testing.T) {
	r := newRig(t)
	must(t, r.SaveCalibration(t.Context(), calibration("a"), audit.Event{At: r.clock.Now(), Actor: "a", Action: "camera.calibrate"}))
	db, err := sql.Open("sqlite3", r.path())
	must(t, err)
	defer db.Close()
	for _, q := range []string{`UPDATE calibrations SET body = '{}'`, `DELETE FROM calibrations`} {
		if _, err := db.ExecContext(t.Context(), q); err == nil {
			t.Errorf("%s was carried out", q)
		}
	}
	_, err = db.ExecContext(t.Context(), `INSERT INTO calibrations (id, at, scan, body) VALUES ('x', 1, 'y', '{')`)
	must(t, err)
	if list, err := r.Calibrations(t.Context()); err != nil || len(list) != 1 {
		t.Errorf("%+v, %v", list, err)
	}
}
