package main

import (
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"dermbox/appliance"
	"dermbox/appliance/clock"
	"dermbox/appliance/config"
	"dermbox/appliance/text"
	"dermbox/firmware/provision"
	"dermbox/sync/wire"
)

func (t *tool) provisionCommand() *cobra.Command {
	var invite, name string
	cmd := t.leaf("provision --invite FILE|-", "provision", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error {
		c, err := t.settings()
		if err != nil {
			return err
		}
		line, err := t.readInvite(invite, c)
		if err != nil {
			return err
		}
		return t.provision(cmd, c, line, name)
	})
	cmd.Flags().StringVar(&invite, "invite", "", text.T("ctl.flag.invite", nil))
	cmd.Flags().StringVar(&name, "name", "", text.T("ctl.flag.name", nil))
	must(cmd.MarkFlagRequired("invite"))
	cmd.Flags().BoolVar(&t.json, "json", false, text.T("ctl.flag.json", nil))
	return cmd
}

// readInvite reads the invite's line from a file, or from standard input for "-", and refuses one that is for another site
// before anything is asked of the hub.
func (t *tool) readInvite(path string, c config.Config) (string, error) {
	raw, err := t.readFile(path, wire.MaxInvite+256)
	if err != nil {
		return "", err
	}
	invite, err := provision.ReadInvite(string(raw))
	if err != nil {
		return "", err
	}
	if invite.Site != c.Site.Code {
		return "", appliance.FieldError("invite", "ctl.provision.site", "invite", invite.Site, "config", c.Site.Code)
	}
	return string(raw), nil
}

// provision makes the vault where there is none, enrols the box, and gives the trust's escrow a wrapped copy of the vault's
// key.
func (t *tool) provision(cmd *cobra.Command, c config.Config, invite, name string) error {
	v, err := vaultOrNew(c)
	if err != nil {
		return err
	}
	result, err := provision.Provision(cmd.Context(), provision.Options{
		Invite: invite, Dir: c.IdentityDir, KeyringDir: c.KeyringDir, DeviceName: name, Trust: c.Site.Trust, Escrow: v.EscrowWrap, Clock: clock.System(time.Time{}, time.Time{}),
	})
	if err != nil {
		return err
	}
	return t.show(result, func() {
		id := result.Identity
		t.say("ctl.provision.done", "device", id.Device, "hub", id.HubName, "trust", id.Trust, "site", id.Site, "until", london(result.Expires))
		t.say("ctl.provision.next", "key", result.ReceiptKeyID)
	})
}

// readFile reads a file of at most limit bytes, or standard input for "-".
func (t *tool) readFile(path string, limit int64) ([]byte, error) {
	source := t.in
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, appliance.E(appliance.NotFound, "ctl.file.unreadable", err, "path", path)
		}
		defer f.Close()
		if info, err := f.Stat(); err == nil && info.IsDir() {
			return nil, isFolder(path)
		}
		source = f
	}
	raw, err := io.ReadAll(io.LimitReader(source, limit+1))
	if err != nil {
		return nil, appliance.E(appliance.NotFound, "ctl.file.unreadable", err, "path", path)
	}
	if int64(len(raw)) > limit {
		return nil, appliance.FieldError("file", "ctl.file.too_large", "path", path)
	}
	return raw, nil
}

// must stops the program at a fault of its own making: a flag that was never added.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
