package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"dermbox/appliance"
)

// hubURL is where the box is told to find the hub.
func (d *Demo) hubURL() string {
	if d.HubURL != "" {
		return d.HubURL
	}
	return "https://" + address(d.Ports.HubDevice)
}

// enrolledWith gives where the box was told to find its hub when it was enrolled, "" if it is not yet. The box keeps to it.
func (d *Demo) enrolledWith() (string, error) {
	raw, err := os.ReadFile(filepath.Join(d.boxData(), "identity", "identity.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	var identity struct {
		HubURL string `json:"hub_url"`
	}
	if err == nil {
		err = json.Unmarshal(raw, &identity)
	}
	return identity.HubURL, err
}

// checkHubPlace refuses to put the hub where an enrolled box does not look for it: its cases would wait for ever.
func (d *Demo) checkHubPlace(context.Context) error {
	enrolled, err := d.enrolledWith()
	if err != nil || enrolled == "" || enrolled == d.hubURL() {
		return err
	}
	port := ""
	if u, err := url.Parse(enrolled); err == nil {
		port = u.Port()
	}
	return appliance.E(appliance.Conflict, "demo.hub_moved", nil, "enrolled", enrolled, "wanted", d.hubURL(), "port", port)
}

// enrol takes an invite of the hub to the box, as IT does on the day the box is installed, and adds its member of staff. What
// is there already stays so: an earlier run may have been stopped between the two.
func (d *Demo) enrol(ctx context.Context) error {
	enrolled, err := d.enrolledWith()
	if err == nil && enrolled == "" {
		err = d.provision(ctx)
	}
	if err != nil {
		return err
	}
	there, err := d.hasStaff(ctx)
	if err != nil || there {
		return err
	}
	_, err = d.ctl(ctx, staffPIN+"\n", "user", "add", staffID, "--name", staffName, "--role", "hca", "--pin-file", "-")
	return err
}

func (d *Demo) provision(ctx context.Context) error {
	invite, err := d.invite(ctx)
	if err != nil {
		return err
	}
	if _, err := d.ctl(ctx, invite, "provision", "--invite", "-"); err != nil {
		return err
	}
	d.print.Say("demo.enrolled", "device", deviceID)
	return nil
}

// hasStaff says whether the demonstration's member of staff was added already.
func (d *Demo) hasStaff(ctx context.Context) (bool, error) {
	out, err := d.ctl(ctx, "", "user", "list", "--json")
	if err != nil {
		return false, err
	}
	var members []struct {
		ID string `json:"id"`
	}
	err = json.Unmarshal(out, &members)
	for _, m := range members {
		if m.ID == staffID {
			return true, err
		}
	}
	return false, err
}

// invite asks the hub for an invite of the box.
func (d *Demo) invite(ctx context.Context) (string, error) {
	out, err := d.hubctl(ctx, "device", "invite", deviceID, "--site", siteCode)
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "dermbox-invite:") {
			return line, nil
		}
	}
	return "", fmt.Errorf("dermhub device invite gave no invite: %s", short(string(out)))
}
