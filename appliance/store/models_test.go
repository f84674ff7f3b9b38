package store_test

import (
	"database/sql"
	"testing"

	"dermbox/appliance"
)

func modelAct(action, digest, outcome string) appliance.ModelAct {
	return appliance.ModelAct{Action: action, Outcome: outcome, Actor: "uid:0", Reason: "CHG-7",
		Model: appliance.ModelRef{ID: "m", Version: "2", Digest: digest, Status: "simulation", Engine: "made-up engine 1.0"}}
}

// The newest activation or rollback that succeeded is the one in force; refusals and installs change nothing.
func TestModelInForceIsTheNewestActivation(t *testing.T) {
	r := newRig(t)
	if a, err := r.ModelInForce(t.Context()); err != nil || a.Action != "" {
		t.Fatalf("a new box: %+v, %v", a, err)
	}
	refused := modelAct(appliance.ModelActivate, "sha256:c", "unverified")
	refused.Key = "inference.golden_mismatch"
	for _, a := range []appliance.ModelAct{modelAct(appliance.ModelInstall, "sha256:a", "ok"), modelAct(appliance.ModelActivate, "sha256:a", "ok"),
		modelAct(appliance.ModelActivate, "sha256:b", "ok"), modelAct(appliance.ModelInstall, "sha256:c", "ok"), refused} {
		rows := r.auditRows()
		must(t, r.SaveModelAct(t.Context(), a))
		if r.auditRows() != rows+1 {
			t.Errorf("%s %s: no audit row", a.Action, a.Outcome)
		}
	}
	r.reopen()
	a, err := r.ModelInForce(t.Context())
	if err != nil || a.Model.Digest != "sha256:b" || a.Actor != "uid:0" || a.At.Wall.IsZero() {
		t.Fatalf("%+v, %v", a, err)
	}
	must(t, r.SaveModelAct(t.Context(), modelAct(appliance.ModelRollback, "sha256:a", "ok")))
	if a, err := r.ModelInForce(t.Context()); err != nil || a.Model.Digest != "sha256:a" {
		t.Fatalf("after the rollback: %+v, %v", a, err)
	}
	must(t, r.SaveModelAct(t.Context(), modelAct(appliance.ModelActivate, "sha256:e", "unavailable")))
	for digest, want := range map[string]bool{"sha256:c": true, "sha256:d": false, "sha256:e": false} {
		if done, err := r.ModelDone(t.Context(), appliance.ModelActivate, digest, true); err != nil || done != want {
			t.Errorf("%s was activated or refused: %t, %v", digest, done, err)
		}
		if done, err := r.ModelDone(t.Context(), appliance.ModelActivate, digest, false); err != nil || done {
			t.Errorf("%s was activated: %t, %v", digest, done, err)
		}
	}
	if _, err := r.VerifyAudit(t.Context()); err != nil {
		t.Error(err)
	}
}

// History is not rewritten, and where the newest record was spoilt nobody knows what is in force: not the one before it.
func TestModelRecordsStay(t *testing.T) {
	r := newRig(t)
	must(t, r.SaveModelAct(t.Context(), modelAct(appliance.ModelActivate, "sha256:a", "ok")))
	db, err := sql.Open("sqlite3", r.path())
	must(t, err)
	defer db.Close()
	for _, q := range []string{`UPDATE model_acts SET digest = 'x'`, `DELETE FROM model_acts`} {
		if _, err := db.ExecContext(t.Context(), q); err == nil {
			t.Errorf("%s was carried out", q)
		}
	}
	for _, body := range []string{`{`, `{}`, `{"action":"model.install","outcome":"ok"}`} {
		_, err = db.ExecContext(t.Context(), `INSERT INTO model_acts (at, action, outcome, digest, in_force, body) VALUES (1, 'model.activate', 'ok', 'sha256:b', 1, ?)`, body)
		must(t, err)
		if a, err := r.ModelInForce(t.Context()); appliance.CodeOf(err) != appliance.Unverified || a.Action != "" {
			t.Errorf("%s: %+v, %v", body, a, err)
		}
	}
	must(t, r.SaveModelAct(t.Context(), modelAct(appliance.ModelActivate, "sha256:c", "ok")))
	if a, err := r.ModelInForce(t.Context()); err != nil || a.Model.Digest != "sha256:c" {
		t.Errorf("activated anew: %+v, %v", a, err)
	}
}

// Of a pack that was removed the removal is the last that was done, until it is installed again; what was refused does not count.
func TestLastModelAction(t *testing.T) {
	r := newRig(t)
	for _, c := range []struct{ action, outcome, want string }{
		{"", "", ""}, {appliance.ModelInstall, "ok", appliance.ModelInstall}, {appliance.ModelRemove, "conflict", appliance.ModelInstall},
		{appliance.ModelRemove, "ok", appliance.ModelRemove}, {appliance.ModelInstall, "ok", appliance.ModelInstall},
	} {
		if c.action != "" {
			must(t, r.SaveModelAct(t.Context(), modelAct(c.action, "sha256:a", c.outcome)))
			must(t, r.SaveModelAct(t.Context(), modelAct(appliance.ModelActivate, "sha256:b", "ok")))
		}
		if got, err := r.LastModelAction(t.Context(), "sha256:a"); err != nil || got != c.want {
			t.Errorf("after %s %s: %q, %v", c.action, c.outcome, got, err)
		}
	}
}
