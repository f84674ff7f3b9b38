package main

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"dermbox/appliance"
	"dermbox/appliance/config"
	"dermbox/appliance/store"
	"dermbox/appliance/text"
)

func (t *tool) caseCommand() *cobra.Command {
	return group("case", "case", t.caseListCommand(), t.caseShowCommand(), t.caseRetryCommand())
}

func (t *tool) caseListCommand() *cobra.Command {
	var states []string
	var today bool
	var limit int
	cmd := t.reading("list", "case.list", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error {
		c, err := t.settings()
		if err != nil {
			return err
		}
		filter := store.Filter{Today: today, Limit: limit}
		for _, s := range states {
			state := appliance.State(strings.ToUpper(s))
			if !slices.Contains(allStates, state) {
				return appliance.FieldError("state", "ctl.case.state", "state", s, "states", stateNames())
			}
			filter.States = append(filter.States, state)
		}
		list, err := t.listCases(cmd.Context(), c, filter)
		if err != nil {
			return err
		}
		return t.show(list, func() { t.sayList(list, c.IsLive()) })
	})
	cmd.Flags().StringSliceVar(&states, "state", nil, text.T("ctl.flag.state", nil))
	cmd.Flags().BoolVar(&today, "today", false, text.T("ctl.flag.today", nil))
	cmd.Flags().IntVar(&limit, "limit", 200, text.T("ctl.flag.limit", nil))
	return cmd
}

var allStates = []appliance.State{
	appliance.Draft, appliance.Identified, appliance.Consented, appliance.HistoryDone, appliance.Capturing, appliance.Queued,
	appliance.Sending, appliance.Receipted, appliance.Purgeable, appliance.Purged, appliance.Abandoned, appliance.Quarantined,
	appliance.WrongPatientHold,
}

func stateNames() string {
	names := make([]string, len(allStates))
	for i, s := range allStates {
		names[i] = string(s)
	}
	return strings.Join(names, ", ")
}

// listCases reads the store, which a running daemon does not mind. A box that has seen nobody has an empty list.
func (t *tool) listCases(ctx context.Context, c config.Config, f store.Filter) ([]appliance.CaseSummary, error) {
	s, err := t.readStore(ctx, c, false)
	if neverStarted(err) {
		return []appliance.CaseSummary{}, nil
	}
	if err != nil {
		return nil, err
	}
	defer shut(s)
	list, err := s.List(ctx, f)
	if list == nil {
		list = []appliance.CaseSummary{}
	}
	return list, err
}

func (t *tool) sayList(list []appliance.CaseSummary, live bool) {
	if len(list) == 0 {
		t.say("ctl.case.none")
		return
	}
	rows := [][]string{headings("reference", "state", "route", "signed_off", "received", "id")}
	for _, c := range list {
		rows = append(rows, []string{c.Reference, text.T("ctl.state."+string(c.State), nil), route(c.Route), london(c.SignedOff),
			maybe(c.Received), string(c.ID)})
	}
	t.table(rows)
	if !live {
		t.say("ui.simulation")
	}
}

func route(r appliance.Route) string {
	if r == "" {
		return "-"
	}
	return text.T("ctl.route."+string(r), nil)
}

func (t *tool) caseShowCommand() *cobra.Command {
	return t.reading("show ID|REFERENCE", "case.show", cobra.ExactArgs(1), func(cmd *cobra.Command, args []string) error {
		c, err := t.settings()
		if err != nil {
			return err
		}
		trace, err := t.showCase(cmd.Context(), c, args[0])
		if err != nil {
			return err
		}
		return t.show(trace, func() { t.sayTrace(trace) })
	})
}

func (t *tool) showCase(ctx context.Context, c config.Config, name string) (store.Trace, error) {
	s, err := t.readStore(ctx, c, true)
	if err != nil {
		return store.Trace{}, err
	}
	defer shut(s)
	id, err := idOf(ctx, s, name)
	if err != nil {
		return store.Trace{}, err
	}
	trace, err := s.Trace(ctx, id)
	if err != nil || !trace.Sealed {
		return trace, err
	}
	// The vault's key is not ours to read: the daemon has it open.
	var fuller store.Trace
	if newDaemon(c.Control.Socket).get(ctx, "/v1/cases/"+url.PathEscape(string(id)), &fuller) == nil {
		return fuller, nil
	}
	return trace, nil
}

// caseID gives the id of a case that is named by id or reference.
func (t *tool) caseID(ctx context.Context, c config.Config, name string) (appliance.CaseID, error) {
	if appliance.ValidID(name) {
		return appliance.CaseID(name), nil
	}
	s, err := t.readStore(ctx, c, false)
	if err != nil {
		return "", err
	}
	defer shut(s)
	return byReference(ctx, s, name)
}

func idOf(ctx context.Context, s *store.Store, name string) (appliance.CaseID, error) {
	if appliance.ValidID(name) {
		return appliance.CaseID(name), nil
	}
	return byReference(ctx, s, name)
}

// byReference finds the one case of a reference as people read it out.
func byReference(ctx context.Context, s *store.Store, reference string) (appliance.CaseID, error) {
	found, err := s.List(ctx, store.Filter{Reference: reference, Limit: 2})
	switch {
	case err != nil:
		return "", err
	case len(found) == 0:
		return "", appliance.E(appliance.NotFound, "ctl.case.unknown", nil)
	case len(found) > 1:
		return "", appliance.E(appliance.Invalid, "ctl.case.several", nil, "reference", reference)
	}
	return found[0].ID, nil
}

// sayTrace prints the way of one case from camera to receipt, a line for each thing that happened.
func (t *tool) sayTrace(c store.Trace) {
	t.say("ctl.case.head", "reference", c.Reference, "state", text.T("ctl.state."+string(c.State), nil), "route", route(c.Route),
		"id", string(c.ID))
	t.sayMark(c.Unapproved)
	if c.Sealed {
		t.say("ctl.case.sealed")
	}
	for _, s := range c.Captures {
		saved := "-"
		if s.SavedMS != nil {
			saved = fmt.Sprintf("%.1f", *s.SavedMS)
		}
		t.say("ctl.case.capture", "view", string(s.View), "seq", fmt.Sprint(s.Seq), "size", size(s.Size), "digest", s.SHA256,
			"quality", passed(s.Quality), "saved", saved)
	}
	t.sayPresses(c.Attempts)
	t.sayFindings(c)
	for _, b := range c.Batches {
		t.say("ctl.case.batch", "number", fmt.Sprint(b.Number), "state", b.State, "offered", maybe(b.OfferedAt),
			"committed", maybe(b.CommittedAt), "sent", size(b.BytesSent), "total", size(b.BytesTotal), "digest", orDash(b.Digest),
			"outcome", orDash(strings.TrimSpace(b.Outcome+" "+b.Code)))
	}
	if r := c.Receipt; r != nil {
		t.say("ctl.case.receipt", "hub", r.Hub, "key", r.KeyID, "issued", maybe(r.IssuedAt), "digest", r.ManifestDigest)
	} else {
		t.say("ctl.case.no_receipt")
	}
}

// sayFindings says what became of each lesion. Of a real patient the site's IT needs to know that rules and model worked, and not
// what they found (the trace does not hold it); a demonstration shows all.
func (t *tool) sayFindings(c store.Trace) {
	for _, f := range c.Findings {
		pairs := []string{"status", string(f.Status), "class", orDash(string(f.Class)), "reason", orDash(f.Reason), "route", route(f.Route),
			"model", modelOf(f.Model), "rules", f.RulesVersion}
		if !c.Demonstration {
			ids := make([]string, len(f.Hits))
			for i, h := range f.Hits {
				ids[i] = h.Rule + " (" + effects(h.Effects) + ")"
			}
			t.say("ctl.case.finding_live", append(pairs, "hits", orDash(strings.Join(ids, " ")))...)
			continue
		}
		t.say("ctl.case.finding", pairs...)
		for _, h := range f.Hits {
			t.say("ctl.case.hit", "rule", h.Rule, "effects", effects(h.Effects), "truth", truth(h.Unknown), "sentence", text.T(h.Key, nil), "source", h.Source)
		}
	}
}

// sayMark says that a model of this status is not for clinical use; of an approved one, or none, nothing.
func (t *tool) sayMark(status string) {
	if mark := text.Mark(status); mark != "" {
		fmt.Fprintln(t.out, mark)
	}
}

// modelOf names a model with what it may be used for.
func modelOf(m appliance.ModelRef) string {
	if m.ID == "" {
		return "-"
	}
	return m.ID + " " + m.Version + " (" + text.T("model.status."+m.Status, nil) + ")"
}

func passed(v appliance.Verdict) string {
	if v.Pass {
		return text.T("ctl.quality.pass", nil)
	}
	return text.T("ctl.quality.fail", nil)
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
