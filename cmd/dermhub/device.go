package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"dermbox/appliance/text"
	"dermbox/sync/hub/enrol"
	"dermbox/sync/hub/ledger"
	"dermbox/sync/hub/server"
)

func (t *tool) inviteCommand() *cobra.Command {
	var w enrol.Wanted
	cmd := t.leaf("invite NAME", "device.invite", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		w.Device = args[0]
		if w.URL == "" {
			c, err := t.settings()
			if err != nil {
				return err
			}
			w.URL = c.Device.URL
		}
		return t.withHub(cmd.Context(), server.OpenBeside, func(ctx context.Context, h *server.Hub) error {
			line, i, err := h.Enrol.Invite(ctx, w)
			if err != nil {
				return err
			}
			answer := map[string]any{"invite": line, "device": i.Device, "site": i.Site, "url": i.URL, "expires_at": i.ExpiresAt}
			return t.show(answer, func() { fmt.Fprintln(t.out, line) }) // alone on standard output, to be put in a file
		})
	})
	f := cmd.Flags()
	f.StringVar(&w.Site, "site", "", text.T("hubctl.flag.site", nil))
	f.StringVar(&w.URL, "url", "", text.T("hubctl.flag.url", nil))
	f.DurationVar(&w.For, "for", 72*time.Hour, text.T("hubctl.flag.for", nil))
	f.BoolVar(&w.Replace, "replace", false, text.T("hubctl.flag.replace", nil))
	t.jsonFlag(cmd)
	must(cmd.MarkFlagRequired("site"))
	return cmd
}

// devices is what "device list --json" prints.
type devices struct {
	Devices []ledger.Admitted `json:"devices"`
	Former  []ledger.Former   `json:"former"` // whose place was taken; their escrow is kept
	Invites []ledger.Invite   `json:"invites"`
}

func (t *tool) deviceListCommand() *cobra.Command {
	return t.reading("list", "device.list", cobra.NoArgs, func(ctx context.Context, h *server.Hub, _ []string) error {
		var d devices
		var err error
		if d.Devices, err = h.Ledger.Devices(ctx, h.Authority.Trust); err != nil {
			return err
		}
		if d.Former, err = h.Ledger.Former(ctx, h.Authority.Trust); err != nil {
			return err
		}
		if d.Invites, err = h.Ledger.Invites(ctx, h.Authority.Trust); err != nil {
			return err
		}
		return t.show(d, func() { t.sayDevices(d) })
	})
}

func (t *tool) sayDevices(d devices) {
	var rows [][]string
	for _, a := range d.Devices {
		state := "enrolled"
		if !a.RevokedAt.IsZero() {
			state = "revoked"
		}
		rows = append(rows, []string{a.ID, a.Site, text.T("hubctl.state."+state, nil), london(a.LastSeen), london(a.ValidUntil)})
	}
	for _, i := range d.Invites {
		if i.UsedAt.IsZero() && i.ExpiresAt.After(t.clock.Now().Wall) {
			rows = append(rows, []string{i.ID, i.Site, text.T("hubctl.state.invited", nil), "-", london(i.ExpiresAt)})
		}
	}
	t.table([]string{"device", "site", "state", "last_seen", "until"}, rows)
}
