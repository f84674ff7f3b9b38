package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"dermbox/appliance"
	"dermbox/appliance/eligibility"
	"dermbox/appliance/text"
)

// factFlags are what the rules read besides the case, where the case's own record does not say it.
type factFlags struct {
	ready, optics bool
	field         float64
	cap           int
	pathway       string
	cmd           *cobra.Command // says which were given
}

func (f *factFlags) add(cmd *cobra.Command) {
	f.cmd = cmd
	cmd.Flags().BoolVar(&f.ready, "model-ready", false, text.T("ctl.flag.rules.model_ready", nil))
	cmd.Flags().BoolVar(&f.optics, "optics-allowed", false, text.T("ctl.flag.rules.optics", nil))
	cmd.Flags().Float64Var(&f.field, "field-mm", 0, text.T("ctl.flag.rules.field", nil))
	cmd.Flags().IntVar(&f.cap, "lesion-cap", 0, text.T("ctl.flag.rules.cap", nil))
	cmd.Flags().StringVar(&f.pathway, "pathway", "", text.T("ctl.flag.rules.pathway", nil))
}

func (f *factFlags) given(name string) bool { return f.cmd.Flags().Changed(name) }

var allPathways = []appliance.Pathway{appliance.CaptureOnly, appliance.Shadow, appliance.TriagePriority, appliance.SecondReadPathway, appliance.AutonomousBenign}

func (f *factFlags) check() error {
	switch {
	case f.given("pathway") && !slices.Contains(allPathways, appliance.Pathway(f.pathway)):
		names := make([]string, len(allPathways))
		for i, p := range allPathways {
			names[i] = string(p)
		}
		return appliance.FieldError("pathway", "ctl.rules.bad_pathway", "value", f.pathway, "allowed", strings.Join(names, ", "))
	case f.given("field-mm") && !(f.field > 0 && f.field <= 100):
		return appliance.FieldError("field-mm", "ctl.rules.bad_number", "flag", "field-mm", "value", fmt.Sprint(f.field), "allowed", "0.1 to 100")
	case f.given("lesion-cap") && (f.cap < 1 || f.cap > 20):
		return appliance.FieldError("lesion-cap", "ctl.rules.bad_number", "flag", "lesion-cap", "value", fmt.Sprint(f.cap), "allowed", "1 to 20")
	}
	return nil
}

// fact is one thing that the rules read besides the case, and who says it.
type fact struct {
	Name  string `json:"name"`
	Value string `json:"value"` // "yes", "no", "unknown", or the value itself
	From  string `json:"from"`  // "case", "flag" or "assumed": then it is the safe side
}

const (
	fromCase = "case"
	fromFlag = "flag"
	assumed  = "assumed"
	notKnown = "unknown"
)

// facts gathers what the rules read of a lesion besides the case: from the case's record, else a flag, else it is not known, which
// is the safe side. Rules expire by the clock of today; ages are counted when the case was signed off.
func (f *factFlags) facts(c *appliance.Case, l *appliance.Lesion, now time.Time) (eligibility.Facts, []fact) {
	x := eligibility.Facts{Reached: now}
	var list []fact
	add := func(name, value, from string) { list = append(list, fact{name, value, from}) }
	recorded, _ := c.Finding(l.ID)
	ready, known := readyOf(recorded)
	x.ModelReady = choose(add, "model_ready", ready, known, f.ready, f.given("model-ready"))
	allowed, known := opticsOf(recorded)
	x.OpticsAllowed = choose(add, "optics_allowed", allowed, known, f.optics, f.given("optics-allowed"))
	switch field := fieldOf(c, l.ID); {
	case field > 0:
		x.FieldMM = field
		add("field_mm", fmt.Sprint(field), fromCase)
	case f.given("field-mm"):
		x.FieldMM = f.field
		add("field_mm", fmt.Sprint(f.field), fromFlag)
	default:
		add("field_mm", notKnown, assumed)
	}
	switch {
	case c.Site.LesionCap > 0:
		x.LesionCap = c.Site.LesionCap
		add("lesion_cap", fmt.Sprint(x.LesionCap), fromCase)
	case f.given("lesion-cap"):
		x.LesionCap = f.cap
		add("lesion_cap", fmt.Sprint(f.cap), fromFlag)
	default:
		add("lesion_cap", notKnown, assumed)
	}
	if x.Now = c.SignedOff.Wall; x.Now.IsZero() {
		x.Now = c.Started.Wall
	}
	if x.Now.IsZero() {
		x.Now = now
		add("at", now.UTC().Format(time.DateOnly), assumed)
	} else {
		add("at", x.Now.UTC().Format(time.DateOnly), fromCase)
	}
	return x, list
}

// choose takes the case's word, else the flag's, else no.
func choose(add func(name, value, from string), name string, said, known, flag, given bool) bool {
	word := func(yes bool) string { return map[bool]string{true: "yes", false: "no"}[yes] }
	switch {
	case known:
		add(name, word(said), fromCase)
		return said
	case given:
		add(name, word(flag), fromFlag)
		return flag
	}
	add(name, word(false), assumed)
	return false
}

// readyOf says whether a model was ready, as the finding has it: one that answered was.
func readyOf(f *appliance.Finding) (ready, known bool) {
	switch {
	case f == nil:
		return false, false
	case f.Model.ID != "" || f.ModelState == appliance.ModelReady:
		return true, true
	}
	return false, f.ModelState != ""
}

// opticsOf says whether the optics were the model's, by what rule X17 said then. Rules that were not there said nothing.
func opticsOf(f *appliance.Finding) (allowed, known bool) {
	if f == nil || f.RulesVersion == "" || f.RulesVersion == (*eligibility.Engine)(nil).Version() {
		return false, false
	}
	return !slices.ContainsFunc(f.Hits, func(h appliance.RuleHit) bool { return h.Rule == "X17" }), true
}

// fieldOf gives the field of the dermatoscope that the lesion's newest dermoscopic still was taken with, 0 if it is not recorded.
func fieldOf(c *appliance.Case, id appliance.LesionID) float64 {
	for _, still := range slices.Backward(c.CapturesOf(id)) {
		if still.View == appliance.Dermoscopic {
			if mm := still.Camera.FieldMM; mm > 0 && !math.IsInf(mm, 0) {
				return mm
			}
			return 0
		}
	}
	return 0
}
