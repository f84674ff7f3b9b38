package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"dermbox/appliance"
	"dermbox/appliance/text"
	"dermbox/sync/hub/ledger"
	"dermbox/sync/hub/server"
	"dermbox/sync/wire"
)

// account is what "reconcile --json" prints: everything that the hub holds, by device, to lay beside the devices' own.
type account struct {
	Trust   string          `json:"trust"`
	Devices []deviceAccount `json:"devices"`
	Alarms  []ledger.Alarm  `json:"alarms"`   // open ones
	Orphans int             `json:"orphaned"` // sealed files that no row names, in parts/orphaned
	Audit   auditAccount    `json:"audit"`
}

type deviceAccount struct {
	Device   string               `json:"device"`
	Site     string               `json:"site"`
	LastSeen time.Time            `json:"last_seen,omitzero"`
	Cases    []wire.ReconcileCase `json:"cases"`
	Damaged  []appliance.CaseID   `json:"damaged"` // cases whose bytes on disk are not those that were received
}

type auditAccount struct {
	Rows int64  `json:"rows"`
	Head string `json:"head"`
}

func (t *tool) reconcileCommand() *cobra.Command {
	var quick bool
	cmd := t.auditing("reconcile", "reconcile", cobra.NoArgs, func(ctx context.Context, h *server.Hub, _ []string) error {
		a, damaged, err := t.account(ctx, h, !quick)
		if err != nil {
			return err
		}
		if err := t.show(a, func() { t.sayAccount(a) }); err != nil {
			return err
		}
		if damaged > 0 {
			return appliance.E(appliance.Unverified, "hubctl.proof.failed", nil, "count", fmt.Sprint(damaged))
		}
		if n := len(a.Alarms); n > 0 {
			return appliance.E(appliance.Unverified, "hubctl.alarm.open", nil, "count", fmt.Sprint(n))
		}
		return nil
	})
	cmd.Flags().BoolVar(&quick, "quick", false, text.T("hubctl.flag.quick", nil))
	return cmd
}

func (t *tool) account(ctx context.Context, h *server.Hub, read bool) (account, int, error) {
	a := account{Trust: h.Authority.Trust, Devices: []deviceAccount{}}
	report, err := h.Ledger.AuditReport(ctx)
	if err != nil {
		return a, 0, err
	}
	a.Audit = auditAccount{Rows: report.Rows, Head: report.Head}
	if a.Alarms, err = h.Ledger.OpenAlarms(ctx, a.Trust, 1000); err != nil {
		return a, 0, err
	}
	if a.Orphans, err = h.Blobs.Orphans(); err != nil {
		return a, 0, err
	}
	all, err := h.Ledger.Devices(ctx, a.Trust)
	if err != nil {
		return a, 0, err
	}
	damaged := 0
	for _, d := range all {
		one, err := deviceCases(ctx, h, d, read)
		if err != nil {
			return a, 0, err
		}
		damaged += len(one.Damaged)
		a.Devices = append(a.Devices, one)
	}
	return a, damaged, nil
}

func deviceCases(ctx context.Context, h *server.Hub, d ledger.Admitted, read bool) (deviceAccount, error) {
	one := deviceAccount{Device: d.ID, Site: d.Site, LastSeen: d.LastSeen, Cases: []wire.ReconcileCase{}, Damaged: []appliance.CaseID{}}
	for after := ""; ; {
		page, err := h.Ledger.Received(ctx, d.Device, after, wire.MaxReconcile)
		if err != nil {
			return one, err
		}
		one.Cases = append(one.Cases, page.Cases...)
		if after = page.Next; after == "" {
			break
		}
	}
	for _, c := range one.Cases {
		if !read {
			break
		}
		p, err := h.Proof(ctx, c.ID)
		if err != nil {
			return one, err
		}
		if !p.Verified {
			one.Damaged = append(one.Damaged, c.ID)
		}
	}
	return one, nil
}

func (t *tool) sayAccount(a account) {
	var rows [][]string
	for _, d := range a.Devices {
		rows = append(rows, []string{d.Device, d.Site, fmt.Sprint(len(d.Cases)), fmt.Sprint(len(d.Damaged)), london(d.LastSeen)})
	}
	t.table([]string{"device", "site", "cases", "damaged", "last_seen"}, rows)
	t.sayAlarms(a.Alarms)
	if a.Orphans > 0 {
		t.say("hubctl.orphans", "count", fmt.Sprint(a.Orphans))
	}
	t.say("hubctl.audit.whole", "rows", fmt.Sprint(a.Audit.Rows))
}
