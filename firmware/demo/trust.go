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
	"strconv"
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

// MakeTrust makes the hub's keys, its ledger and its first account where they are missing, and writes the hub's settings.
// The escrow's private half goes beside the hub, not into it.
func (d *Demo) MakeTrust(ctx context.Context) error {
	made, err := exists(d.trustMade(d.Var))
	if err != nil {
		return err
	}
	if !made {
		if err := d.newTrust(ctx); err != nil {
			return err
		}
		d.print.Say("demo.trust_made", "path", d.Var)
	}
	return d.writeHubSettings(d.Var)
}

// newTrust makes the trust in a folder of its own and moves it to its place when it is whole. It may be stopped anywhere: what
// is in the way then is half a trust, that nobody was enrolled with. Its folder with the mark moves last.
func (d *Demo) newTrust(ctx context.Context) error {
	if enrolled, err := d.enrolledWith(); err != nil || enrolled != "" {
		return errors.Join(err, appliance.E(appliance.Conflict, "demo.trust_gone", nil, "path", filepath.Join(d.Var, "trust")))
	}
	making := filepath.Join(d.Var, "making")
	whole, err := exists(d.trustMade(making))
	if err != nil {
		return err
	}
	if !whole {
		if err := errors.Join(os.RemoveAll(making), d.initTrust(ctx, making)); err != nil {
			return err
		}
	}
	for _, part := range []string{"hub", "trust"} {
		if err := moveOver(filepath.Join(making, part), filepath.Join(d.Var, part)); err != nil {
			return err
		}
	}
	return errors.Join(os.RemoveAll(making), durable.SyncDir(d.Var))
}

// moveOver puts a folder in the place of another one; one that is gone was moved already.
func moveOver(from, to string) error {
	if there, err := exists(from); err != nil || !there {
		return err
	}
	return errors.Join(os.RemoveAll(to), os.Rename(from, to))
}

// initTrust makes a trust in a folder and marks it when it is whole.
func (d *Demo) initTrust(ctx context.Context, folder string) error {
	trust := filepath.Join(folder, "trust")
	if err := errors.Join(os.MkdirAll(trust, 0o700), os.MkdirAll(filepath.Join(folder, "hub"), 0o700)); err != nil {
		return err
	}
	if err := d.writeHubSettings(folder); err != nil {
		return err
	}
	password := filepath.Join(trust, "password")
	if err := durable.WriteFile(password, []byte(HubPassword+"\n"), 0o600); err != nil {
		return err
	}
	_, err := runTool(ctx, "", d.bin("dermhub"), "init", "--config", hubConfig(folder), "--escrow-out", filepath.Join(trust, "escrow.key"),
		"--admin-username", HubUser, "--admin-name", "Demo Administrator", "--admin-password-file", password)
	if err := errors.Join(err, os.Remove(password)); err != nil {
		return err
	}
	return durable.WriteFile(d.trustMade(folder), nil, 0o600)
}

func (d *Demo) trustMade(folder string) string { return filepath.Join(folder, "trust", "made") }

func (d *Demo) writeHubSettings(folder string) error {
	settings := fmt.Sprintf(hubSettings, trustCode, address(d.Ports.HubDevice), address(d.Ports.HubPeople), d.hubURL())
	return durable.WriteFile(hubConfig(folder), []byte(settings), 0o600)
}

func exists(path string) (bool, error) {
	_, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
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
	if err := errors.Join(d.requireHubPort(), requireFree(d.Ports.HubPeople, "hub_people", "HUB_PEOPLE_PORT")); err != nil {
		return err
	}
	if d.hub, err = StartProcess(d.logs(), "dermhub", d.bin("dermhub"), nil, "serve", "--config", d.hubConfig()); err != nil {
		return err
	}
	return d.hub.WaitReady(ctx, 20*time.Second, dials(d.Ports.HubDevice, d.Ports.HubPeople))
}

// requireHubPort is requireFree for the port that an enrolled box knows the hub by: another one would help nobody.
func (d *Demo) requireHubPort() error {
	err := requireFree(d.Ports.HubDevice, "hub_device", "HUB_DEVICE_PORT")
	if enrolled, _ := d.enrolledWith(); err != nil && enrolled != "" {
		return appliance.E(appliance.Unavailable, "demo.hub_port_in_use", err, "port", strconv.Itoa(d.Ports.HubDevice))
	}
	return err
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
