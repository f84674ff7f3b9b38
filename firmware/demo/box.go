package demo

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"dermbox/appliance"
	"dermbox/appliance/text"
)

// Check is one line of the box's health.
type Check struct {
	Name   string            `json:"name"`
	Level  string            `json:"level"`
	Key    string            `json:"key"`
	Params map[string]string `json:"params"`
}

// Sentence gives the check as people read it.
func (c Check) Sentence() string { return text.T(c.Key, c.Params) }

// Status is what `dermboxctl status --json` says, as far as it is needed here.
type Status struct {
	Running bool                     `json:"running"`
	Kiosk   string                   `json:"kiosk"`
	Sending *appliance.SendingStatus `json:"sending"`
	Health  struct {
		Checks []Check `json:"checks"`
	} `json:"health"`
}

// Status asks how the box stands.
func (d *Demo) Status(ctx context.Context) (s Status, err error) {
	out, err := d.ctl(ctx, "", "status", "--json")
	if len(out) > 0 && json.Unmarshal(out, &s) == nil {
		return s, nil // its exit status says that something needs action; what, is in the answer
	}
	if err == nil {
		err = appliance.E(appliance.Unavailable, "demo.box_down", nil)
	}
	return s, err
}

// readyChecks are the checks of the parts that a visit needs.
var readyChecks = []string{"camera", "model", "rules", "profile", "camera_profile"}

// ready is nil once the kiosk runs and everything that a visit needs is well, but for the check named except; the error holds
// the sentences of what is not.
func (d *Demo) ready(ctx context.Context, except string) error {
	s, err := d.Status(ctx)
	if err != nil {
		return err
	}
	if !s.Running {
		return appliance.E(appliance.Unavailable, "demo.box_down", nil)
	}
	var troubles []string
	for _, name := range readyChecks {
		i := slices.IndexFunc(s.Health.Checks, func(c Check) bool { return c.Name == name })
		switch {
		case name == except:
		case i < 0:
			troubles = append(troubles, name+": "+text.T("demo.no_check", nil))
		case s.Health.Checks[i].Level != "ok":
			troubles = append(troubles, name+": "+s.Health.Checks[i].Sentence())
		}
	}
	if len(troubles) > 0 {
		return errors.New(strings.Join(troubles, " / "))
	}
	return nil
}

// Trace reads back all that the box knows of a case.
func (d *Demo) Trace(ctx context.Context, id appliance.CaseID) (t Trace, err error) {
	out, err := d.ctl(ctx, "", "case", "show", string(id), "--json")
	if err != nil {
		return t, err
	}
	return t, json.Unmarshal(out, &t)
}

// Report is what `dermboxctl reconcile --json` says of both sides.
type Report struct {
	Device     int                `json:"device"`
	Hub        int                `json:"hub"`
	Equal      int                `json:"equal"`
	OnlyDevice []appliance.CaseID `json:"only_device"`
	OnlyHub    []appliance.CaseID `json:"only_hub"`
	Different  []appliance.CaseID `json:"different"`
}

// Reconcile has the box compare itself with the hub. A difference is an error of the command.
func (d *Demo) Reconcile(ctx context.Context) (r Report, err error) {
	out, err := d.ctl(ctx, "", "reconcile", "--json")
	return r, errors.Join(err, json.Unmarshal(out, &r))
}

// SyncNow wakes the sending at once, as IT does after mending the network.
func (d *Demo) SyncNow(ctx context.Context) error {
	_, err := d.ctl(ctx, "", "sync", "now")
	return err
}

// Verified is what `dermboxctl verify --json` says of a signed file.
type Verified struct {
	Kind   string `json:"kind"`
	KeyID  string `json:"key_id"`
	Key    string `json:"key"`
	Digest string `json:"digest"`
}

// VerifyReceipt has dermboxctl check a receipt against the box's keyring, from a file as an auditor would.
func (d *Demo) VerifyReceipt(ctx context.Context, r TraceReceipt) (v Verified, err error) {
	path := filepath.Join(d.Var, "box", "receipt.json")
	if err := os.WriteFile(path, r.Envelope, 0o600); err != nil {
		return v, err
	}
	out, err := d.ctl(ctx, "", "verify", path, "--json")
	if err != nil {
		return v, err
	}
	return v, json.Unmarshal(out, &v)
}
