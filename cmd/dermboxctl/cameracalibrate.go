package main

import (
	"strconv"

	"github.com/spf13/cobra"

	"dermbox/appliance/text"
	"dermbox/camera/quality/card"
)

func (t *tool) cameraCalibrateCommand() *cobra.Command {
	var show bool
	var operator string
	cmd := t.reading("calibrate", "camera.calibrate", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error {
		c, err := t.settings()
		if err != nil {
			return err
		}
		d := newDaemon(c.Control.Socket)
		if show {
			var now card.Standing
			if err := d.get(cmd.Context(), "/v1/camera/calibration", &now); err != nil {
				return err
			}
			return t.showStanding(now)
		}
		var a card.Answer
		if err := d.call(cmd.Context(), "POST", "/v1/camera/calibrate", map[string]string{"operator": operator}, &a); err != nil {
			return err
		}
		if err := t.show(a, func() { t.sayCalibrated(a) }); err != nil {
			return err
		}
		if !a.Pass {
			return silent{exitUnavailable}
		}
		return nil
	})
	cmd.Flags().BoolVar(&show, "show", false, text.T("ctl.flag.calibration", nil))
	cmd.Flags().StringVar(&operator, "operator", "", text.T("ctl.flag.operator", nil))
	return cmd
}

// showStanding prints how the calibration stands. That nobody knows, since the camera is away, is no answer a script may take for one.
func (t *tool) showStanding(now card.Standing) error {
	if err := t.show(now, func() { t.sayReference(now) }); err != nil {
		return err
	}
	if now.Key == card.StandingAway {
		return silent{exitUnavailable}
	}
	return nil
}

func (t *tool) sayCalibrated(a card.Answer) {
	t.say("ctl.camera.calibrated", "sentence", a.Sentence)
	if s := a.Seen; s.Card != "" {
		t.say("ctl.camera.card", "card", s.Card, "mean", hundredth(s.MeanDeltaE), "max", hundredth(s.MaxDeltaE), "worst", s.Worst,
			"most_mean", plain(a.Limits.MaxMean), "most", plain(a.Limits.MaxPatch), "red", hundredth(s.Gains[0]), "blue", hundredth(s.Gains[2]),
			"ev", hundredth(s.ExposureEV))
	}
	t.sayReference(a.Now)
}

func (t *tool) sayReference(now card.Standing) {
	t.say("ctl.camera.reference", "sentence", now.Sentence)
	if c := now.InForce; c != nil {
		t.say("ctl.camera.in_force", "id", c.ID, "operator", c.Operator, "card", c.Card, "make", orDash(c.Camera.Make), "model", orDash(c.Camera.Model),
			"serial", orDash(c.Camera.Serial), "mean", hundredth(c.MeanDeltaE), "max", hundredth(c.MaxDeltaE), "mm", scale(c.MMPerPX), "clock", string(c.At.Quality))
		return
	}
	t.say("ctl.camera.no_scale")
}

func hundredth(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) }

func plain(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// scale gives millimetres of a pixel with four digits that count.
func scale(v float64) string { return strconv.FormatFloat(v, 'f', 5, 64) }
