package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"dermbox/appliance"
	"dermbox/appliance/text"
	"dermbox/sync/hub/server"
)

// line is a case in "case list --json", without its patient.
type line struct {
	ID             appliance.CaseID `json:"id"`
	Reference      string           `json:"reference"`
	Version        int              `json:"version"`
	Site           string           `json:"site"`
	Device         string           `json:"device"`
	Batch          uint64           `json:"batch"`
	ManifestDigest string           `json:"manifest_digest"`
	Urgent         bool             `json:"urgent"`
	Demonstration  bool             `json:"demonstration"`
	Route          appliance.Route  `json:"route"`
	ReceivedAt     time.Time        `json:"received_at"`
}

func (t *tool) caseListCommand() *cobra.Command {
	var limit int
	cmd := t.reading("list", "case.list", cobra.NoArgs, func(ctx context.Context, h *server.Hub, _ []string) error {
		page, err := h.Ledger.CasePage(ctx, h.Authority.Trust, "", limit)
		if err != nil {
			return err
		}
		lines := []line{}
		for _, r := range page.Cases {
			lines = append(lines, line{ID: r.ID, Reference: r.ID.Reference(), Version: r.Version, Site: r.Site, Device: r.Device.ID,
				Batch: r.Batch, ManifestDigest: r.ManifestDigest, Urgent: r.Urgent, Demonstration: r.Demonstration, Route: r.Route, ReceivedAt: r.ReceivedAt})
		}
		if page.Total > len(lines) {
			t.warn("hubctl.case.more", "shown", fmt.Sprint(len(lines)), "total", fmt.Sprint(page.Total))
		}
		return t.show(lines, func() { t.sayCases(lines) })
	})
	cmd.Flags().IntVar(&limit, "limit", 200, text.T("hubctl.flag.limit", nil))
	return cmd
}

func (t *tool) sayCases(lines []line) {
	var rows [][]string
	for _, l := range lines {
		rows = append(rows, []string{l.Reference, string(l.Route), l.Site, l.Device, london(l.ReceivedAt), string(l.ID)})
	}
	t.table([]string{"reference", "route", "site", "device", "received", "id"}, rows)
	if slices.ContainsFunc(lines, func(l line) bool { return l.Demonstration }) {
		t.say("ui.simulation")
	}
}

func (t *tool) caseShowCommand() *cobra.Command {
	return t.auditing("show ID", "case.show", cobra.ExactArgs(1), func(ctx context.Context, h *server.Hub, args []string) error {
		if !appliance.ValidID(args[0]) {
			return appliance.E(appliance.NotFound, "hubctl.case.unknown", nil)
		}
		p, err := h.Proof(ctx, appliance.CaseID(args[0]))
		if err != nil {
			return err
		}
		if err := t.show(p, func() { t.sayProof(p) }); err != nil {
			return err
		}
		if !p.Verified {
			return appliance.E(appliance.Unverified, "hubctl.part_damaged", nil)
		}
		return nil
	})
}

func (t *tool) sayProof(p server.CaseProof) {
	t.say("hubctl.case.head", "reference", p.Reference, "device", p.Device, "site", p.Site, "batch", fmt.Sprint(p.Batch),
		"received", london(p.ReceivedAt), "route", string(p.Route))
	if mark := text.Mark(p.Unapproved); mark != "" {
		fmt.Fprintln(t.out, mark)
	}
	t.say("hubctl.case.receipt", "manifest", p.ManifestDigest, "receipt", p.Receipt.Digest, "key", p.Receipt.KeyID)
	var rows [][]string
	for _, part := range p.Parts {
		rows = append(rows, []string{part.Role, fmt.Sprint(part.Size), part.SHA256, yes(part.Verified)})
	}
	t.table([]string{"role", "size", "sha256", "verified"}, rows)
}

func yes(b bool) string {
	if b {
		return text.T("hubctl.yes", nil)
	}
	return text.T("hubctl.no", nil)
}
