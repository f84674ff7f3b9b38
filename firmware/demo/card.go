package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/text"
)

// Calibrated is what `dermboxctl camera calibrate --json` says, as far as it is printed.
type Calibrated struct {
	Pass     bool   `json:"pass"`
	Sentence string `json:"sentence"`
	Seen     struct {
		Worst   string  `json:"worst"`
		Degrees float64 `json:"degrees"`
	} `json:"seen"`
	Now struct {
		InForce     *appliance.Calibration `json:"in_force"`
		CountsUntil *time.Time             `json:"counts_until"`
	} `json:"now"`
}

// Calibrate is the start of the clinic's day: the reference card is put under the simulated dermatoscope and taken away again.
// Photographs of a folder have no card, and nothing is measured by them.
func (d *Demo) Calibrate(ctx context.Context) error {
	if d.Images != "" {
		d.print.Step("card", text.T("demo.card_photographs", nil))
		return nil
	}
	var before struct {
		Subject json.RawMessage `json:"subject"`
	}
	state, err := d.scopeSays(ctx, http.MethodGet, "/state", "")
	if err == nil {
		err = json.Unmarshal(state, &before)
	}
	if err != nil {
		return err
	}
	if err := d.show(ctx, fmt.Sprintf(`{"kind":"card","tone":1,"seed":%d}`, d.random.IntN(100000))); err != nil {
		return err
	}
	out, err := d.ctl(ctx, "", "camera", "calibrate", "--operator", staffID, "--json")
	var c Calibrated
	if len(out) > 0 && json.Unmarshal(out, &c) == nil && !c.Pass {
		err = fmt.Errorf("the card was not accepted: %s", c.Sentence)
	}
	if err != nil {
		return err
	}
	if c.Now.InForce == nil || c.Now.CountsUntil == nil {
		return fmt.Errorf("the box says that the card was read, and has no calibration in force")
	}
	d.print.Card(c)
	return d.show(ctx, string(before.Subject))
}

// show puts a subject under the simulated dermatoscope.
func (d *Demo) show(ctx context.Context, subject string) error {
	_, err := d.scopeSays(ctx, http.MethodPost, "/control", `{"subject":`+subject+`}`)
	return err
}

// Card shows what the reference card told of the camera.
func (p *Printer) Card(c Calibrated) {
	f := *c.Now.InForce
	hundredth := func(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) }
	p.Step("card", text.T("demo.card", map[string]string{
		"card": f.Card, "degrees": strconv.FormatFloat(c.Seen.Degrees, 'f', 0, 64), "mm": number(f.MMPerPX), "mean": hundredth(f.MeanDeltaE),
		"max": hundredth(f.MaxDeltaE), "worst": c.Seen.Worst,
	}), text.T("demo.card_counts", map[string]string{
		"red": hundredth(f.Gains[0]), "blue": hundredth(f.Gains[2]), "until": c.Now.CountsUntil.UTC().Format("02-Jan-2006 15:04 UTC"),
	}))
}
