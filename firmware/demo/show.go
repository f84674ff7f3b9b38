package demo

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"dermbox/appliance"
	"dermbox/appliance/text"
)

// Printer writes the steps of the line for a person to read. Every value comes from a Trace or another answer of a program.
type Printer struct {
	out  io.Writer
	step int
}

// NewPrinter writes to out.
func NewPrinter(out io.Writer) *Printer { return &Printer{out: out} }

// Say writes a line beside the numbered steps.
func (p *Printer) Say(key string, pairs ...string) {
	fmt.Fprintln(p.out, text.T(key, pairsOf(pairs)))
}

// Step writes the next numbered step: its name, then a line for each sentence.
func (p *Printer) Step(name string, lines ...string) {
	p.step++
	fmt.Fprintf(p.out, "%2d  %-12s %s\n", p.step, name, strings.Join(lines, "\n                 "))
}

// Camera shows how the camera was opened that took the capture.
func (p *Printer) Camera(o Opened, c TraceCapture) {
	lines := []string{text.T("demo.camera", map[string]string{
		"backend": o.Backend, "url": o.URL, "asked": o.Asked.String(), "read_back": o.ReadBack.String(),
		"measured": strconv.FormatFloat(o.MeasuredFPS, 'f', 1, 64),
	}), text.T("demo.optics", map[string]string{
		"make": o.Camera.Make, "model": o.Camera.Model, "serial": o.Camera.Serial, "optics": string(o.Camera.Optics),
		"scale": scale(c.Reference),
	})}
	if o.Profile != "" {
		lines = append(lines, text.T("demo.camera_profile", map[string]string{"profile": o.Profile}))
	}
	for _, c := range o.Controls {
		verdict := "holds"
		if !c.OK {
			verdict = "DIFFERS"
		}
		lines = append(lines, fmt.Sprintf("%-28s asked %6s, read back %6s  %s", c.Name, number(c.Asked), number(c.ReadBack), verdict))
	}
	p.Step("camera", lines...)
}

// scale gives what a pixel spans by the reference card; without a calibration in force nobody is shown millimetres.
func scale(r *appliance.Reference) string {
	if r == nil || r.MMPerPX <= 0 {
		return text.T("demo.scale_unknown", nil)
	}
	return number(r.MMPerPX) + " mm/px"
}

// String gives a format as people say it: MJPG 1920x1080 at 30/s; what is not known is a dash.
func (s Settings) String() string {
	fourcc := s.FourCC
	if fourcc == "" {
		fourcc = "-"
	}
	return fmt.Sprintf("%s %dx%d at %s/s", fourcc, s.Width, s.Height, number(s.FPS))
}

// Frame shows which frame was taken.
func (p *Printer) Frame(c TraceCapture) {
	after := "?"
	if c.Exposed.Boot == c.Pressed.Boot {
		after = strconv.FormatFloat(float64(c.Exposed.Mono-c.Pressed.Mono)/1e6, 'f', 1, 64)
	}
	p.Step("frame", text.T("demo.frame", map[string]string{
		"seq": strconv.FormatUint(c.Seq, 10), "time": c.Exposed.Wall.UTC().Format("15:04:05.000"), "clock": c.ExposureClock,
		"after": after, "width": strconv.Itoa(c.Width), "height": strconv.Itoa(c.Height), "bytes": grouped(c.Size),
	}), "SHA-256 "+c.SHA256)
}

// Quality shows each number of the gate against its limits, and the verdict.
func (p *Printer) Quality(c TraceCapture) {
	verdict := "demo.quality.pass"
	switch {
	case c.Quality.HardFail:
		verdict = "demo.quality.hard"
	case !c.Quality.Pass:
		verdict = "demo.quality.poor"
	}
	lines := []string{text.T(verdict, map[string]string{"profile": c.Quality.Profile})}
	for _, m := range c.Quality.Measures {
		unit := strings.TrimPrefix(m.Unit, "1") // UCUM's word for a figure without a unit
		lines = append(lines, fmt.Sprintf("%-14s %9s %-4s %s", m.Name, number(m.Value), unit, limits(m)))
	}
	p.Step("quality", lines...)
}

func limits(m appliance.Measure) string {
	var words []string
	if m.Min != nil {
		words = append(words, "at least "+number(*m.Min))
	}
	if m.Max != nil {
		words = append(words, "at most "+number(*m.Max))
	}
	verdict := "passes"
	if !m.Pass {
		verdict = "FAILS"
	}
	return strings.TrimSpace(strings.Join(words, ", ") + "  " + verdict)
}

// Eligibility shows the rule set and what it found about a lesion.
func (p *Printer) Eligibility(f appliance.Finding) {
	lines := []string{text.T("demo.rules", map[string]string{"version": f.RulesVersion, "count": strconv.Itoa(len(f.Hits))})}
	for _, hit := range f.Hits {
		effects := make([]string, len(hit.Effects))
		for i, e := range hit.Effects {
			effects[i] = string(e)
		}
		lines = append(lines, fmt.Sprintf("%s %s: %s", hit.Rule, strings.Join(effects, ", "), text.T(hit.Key, nil)))
	}
	p.Step("eligibility", lines...)
}

// Finding shows what the model said, or why none did, where the lesion goes, and the mark that the model is not for clinical use.
func (p *Printer) Finding(f appliance.Finding, mark string) {
	closing := []string{text.T("demo.route", map[string]string{"route": string(f.Route)})}
	if mark != "" {
		closing = append(closing, mark)
	}
	if f.Status != appliance.Assessed {
		reason := text.T("demo.rule", map[string]string{"rule": f.Reason})
		for _, key := range []string{f.Reason, "rules." + f.Reason} {
			if text.Has(key) {
				reason = text.T(key, nil)
			}
		}
		p.Step("finding", append([]string{text.T("demo.not_assessed", map[string]string{"reason": reason})}, closing...)...)
		return
	}
	lines := []string{text.T("demo.finding", map[string]string{
		"id": f.Model.ID, "version": f.Model.Version, "status": text.T("model.status."+f.Model.Status, nil), "engine": f.Model.Engine, "took": number(f.TookMS),
	}), "model " + f.Model.Digest}
	for _, c := range f.Classes {
		sign := "<"
		if c.Over {
			sign = ">="
		}
		lines = append(lines, fmt.Sprintf("%-6s %.4f %2s threshold %.4f", c.Label, c.Probability, sign, c.Threshold))
	}
	for _, still := range f.Stills {
		u := still.OutOfDistribution
		if u == nil {
			continue
		}
		sign := "<="
		if u.Over {
			sign = ">"
		}
		lines = append(lines, fmt.Sprintf("%-6s %.4f %2s limit %.4f", "unlike", u.Value, sign, u.Limit))
	}
	p.Step("finding", append(lines, closing...)...)
}

// Saved shows how long it took until the still was durable.
func (p *Printer) Saved(c TraceCapture) {
	took := "?"
	if c.SavedMS != nil {
		took = number(*c.SavedMS)
	}
	p.Step("saved", text.T("demo.saved", map[string]string{"ms": took}))
}

// Batch shows how the case travelled.
func (p *Printer) Batch(b TraceBatch) {
	p.Step("batch", text.T("demo.batch", map[string]string{
		"number": strconv.FormatUint(b.Number, 10), "sent": strconv.Itoa(b.PartsSent), "parts": strconv.Itoa(b.PartsTotal),
		"bytes": grouped(b.BytesSent), "total": grouped(b.BytesTotal), "outcome": b.Outcome,
	}), "manifest "+b.Digest)
}

// Receipt shows what the hub signed and that the box's keyring verified it.
func (p *Printer) Receipt(r SignedReceipt, verified Verified) {
	p.Step("receipt", text.T("demo.receipt", map[string]string{
		"hub": r.Hub, "key": verified.KeyID, "kind": verified.Kind,
	}), "manifest "+r.ManifestDigest)
}

// Waiting shows a case that is safe on the box and could not go yet.
func (p *Printer) Waiting(t Trace, sentence string) {
	p.Step("waiting", text.T("demo.waiting", map[string]string{"reference": t.Reference, "state": string(t.State)}), sentence)
}

// number prints a figure with as many digits as a person reads: five, without an exponent, and none below a millionth.
func number(v float64) string {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 5, 64), 64)
	if err != nil || math.Abs(v) >= 1e9 {
		return strconv.FormatFloat(v, 'g', 5, 64)
	}
	words := strconv.FormatFloat(math.Round(rounded*1e6)/1e6, 'f', -1, 64)
	if words == "-0" {
		return "0"
	}
	return words
}

// grouped prints a count of bytes with a comma at every thousand.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func pairsOf(pairs []string) map[string]string {
	m := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}
