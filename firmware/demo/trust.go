package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/durable"
)

// HubUser and HubPassword are the demo trust's first account. They are printed for whoever tries the demonstration, and open
// nothing else.
const (
	HubUser     = "demo-admin"
	HubPassword = "demonstration-only"
)

const hubSettings = `# The demo trust's hub, written by make run each time it starts.
mode: demonstration
data_dir: data
trust: %[1]s
name: Demonstration trust hub
hosts: [127.0.0.1, localhost]
device:
  listen: %[2]s
  url: %[4]s
people:
  listen: %[3]s
`

// MakeTrust writes the hub's settings and, the first time, makes its keys, its ledger and its first account. The escrow's
// private half goes beside the hub, not into it.
func (d *Demo) MakeTrust(ctx context.Context) error {
	url := d.HubURL
	if url == "" {
		url = "https://" + address(d.Ports.HubDevice)
	}
	settings := fmt.Sprintf(hubSettings, trustCode, address(d.Ports.HubDevice), address(d.Ports.HubPeople), url)
	if err := durable.WriteFile(d.hubConfig(), []byte(settings), 0o600); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(d.Var, "trust", "made")); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	password := filepath.Join(d.Var, "trust", "password")
	if err := durable.WriteFile(password, []byte(HubPassword+"\n"), 0o600); err != nil {
		return err
	}
	_, err := d.hubctl(ctx, "init", "--escrow-out", d.escrowKey(), "--admin-username", HubUser, "--admin-name", "Demo Administrator",
		"--admin-password-file", password)
	if err := errors.Join(err, os.Remove(password)); err != nil {
		return err
	}
	d.print.Say("demo.trust_made", "path", d.Var)
	return durable.WriteFile(filepath.Join(d.Var, "trust", "made"), nil, 0o600)
}

// StartHub starts the hub, unless `make hub` serves it in another terminal already.
func (d *Demo) StartHub(ctx context.Context) error {
	if d.hub != nil {
		return nil
	}
	held, err := d.hold("hub")
	if err != nil {
		return err
	}
	if !held {
		if !d.Network {
			return appliance.E(appliance.Conflict, "demo.hub_elsewhere", nil)
		}
		d.print.Say("demo.hub_found")
		return nil
	}
	if err := errors.Join(requireFree(d.Ports.HubDevice, "hub_device", "HUB_DEVICE_PORT"),
		requireFree(d.Ports.HubPeople, "hub_people", "HUB_PEOPLE_PORT")); err != nil {
		return err
	}
	if d.hub, err = StartProcess(d.logs(), "dermhub", d.bin("dermhub"), nil, "serve", "--config", d.hubConfig()); err != nil {
		return err
	}
	return d.hub.WaitReady(ctx, 20*time.Second, dials(d.Ports.HubDevice, d.Ports.HubPeople))
}

// StopHub takes the hub away: the network is off.
func (d *Demo) StopHub() error {
	if d.hub == nil {
		return nil
	}
	err := d.hub.Stop()
	d.hub = nil
	return errors.Join(err, d.release("hub")) // `make hub` may serve now
}

// hubctl runs dermhub with the demo hub's settings.
func (d *Demo) hubctl(ctx context.Context, args ...string) ([]byte, error) {
	return runTool(ctx, "", d.bin("dermhub"), append(args, "--config", d.hubConfig())...)
}

// HubCase is what `dermhub case show ID --json` proves of a case: its parts were just read from the disk, opened and hashed.
type HubCase struct {
	ID             appliance.CaseID `json:"id"`
	ManifestDigest string           `json:"manifest_digest"`
	Device         string           `json:"device"`
	Batch          uint64           `json:"batch"`
	Receipt        struct {
		KeyID string `json:"key_id"`
	} `json:"receipt"`
	Parts []struct {
		Role      string              `json:"role"`
		CaptureID appliance.CaptureID `json:"capture_id"`
		SHA256    string              `json:"sha256"`
		Size      int64               `json:"size"`
		Verified  bool                `json:"verified"`
	} `json:"parts"`
	Verified bool `json:"verified"`
}

// HubCase asks the hub what it holds of a case.
func (d *Demo) HubCase(ctx context.Context, id appliance.CaseID) (c HubCase, err error) {
	out, err := d.hubctl(ctx, "case", "show", string(id), "--json")
	if err != nil {
		return c, err
	}
	return c, json.Unmarshal(out, &c)
}

// HubCases lists the ids of all cases at the hub, one entry for each that it holds.
func (d *Demo) HubCases(ctx context.Context) ([]appliance.CaseID, error) {
	out, err := d.hubctl(ctx, "case", "list", "--json")
	if err != nil {
		return nil, err
	}
	var lines []struct {
		ID appliance.CaseID `json:"id"`
	}
	err = json.Unmarshal(out, &lines)
	ids := make([]appliance.CaseID, len(lines))
	for i, l := range lines {
		ids[i] = l.ID
	}
	return ids, err
}

// dials is ready when something listens on each of the ports.
func dials(ports ...int) func(context.Context) error {
	return func(ctx context.Context) error {
		for _, port := range ports {
			conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address(port))
			if err != nil {
				return err
			}
			conn.Close()
		}
		return nil
	}
}
