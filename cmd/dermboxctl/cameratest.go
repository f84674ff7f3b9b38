package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"dermbox/appliance"
	"dermbox/appliance/text"
	"dermbox/camera"
)

func (t *tool) cameraTestCommand() *cobra.Command {
	var frames int
	cmd := t.reading("test", "camera.test", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error {
		if frames < 1 || frames > camera.MaxSurvey {
			return appliance.FieldError("frames", "ctl.camera.frames", "value", strconv.Itoa(frames), "most", strconv.Itoa(camera.MaxSurvey))
		}
		c, err := t.settings()
		if err != nil {
			return err
		}
		var s camera.Survey
		if err := newDaemon(c.Control.Socket).get(cmd.Context(), "/v1/camera/survey?frames="+strconv.Itoa(frames), &s); err != nil {
			return err
		}
		if err := t.show(s, func() { t.saySurvey(s) }); err != nil {
			return err
		}
		if s.Bad() {
			return silent{exitUnavailable}
		}
		return nil
	})
	cmd.Flags().IntVar(&frames, "frames", 150, text.T("ctl.flag.frames", nil))
	return cmd
}

func (t *tool) saySurvey(s camera.Survey) {
	t.say("ctl.camera.survey", "good", strconv.Itoa(s.Good), "seconds", tenth(s.Seconds), "fps", tenth(s.FPS), "slowest", tenth(s.SlowestMS),
		"width", strconv.Itoa(s.Width), "height", strconv.Itoa(s.Height), "size", size(int64(s.MeanBytes)))
	if s.DelayP95MS > 0 {
		t.say("ctl.camera.delay", "delay", tenth(s.DelayP95MS), "clock", s.Clock)
	} else if s.Good > 0 {
		t.say("ctl.camera.no_delay")
	}
	if !s.Bad() {
		t.say("ctl.camera.survey_ok")
		return
	}
	t.say("ctl.camera.survey_bad", "damaged", strconv.Itoa(s.Damaged), "repeated", strconv.Itoa(s.Repeated),
		"size", strconv.Itoa(s.WrongSize), "lost", strconv.Itoa(s.Lost))
}

func tenth(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }

// watchEvery is how often "camera watch" asks; the daemon itself notices at once.
const watchEvery = 250 * time.Millisecond

func (t *tool) cameraWatchCommand() *cobra.Command {
	var changes int
	cmd := t.reading("watch", "camera.watch", cobra.NoArgs, func(cmd *cobra.Command, _ []string) error {
		c, err := t.settings()
		if err != nil {
			return err
		}
		d, tick := newDaemon(c.Control.Socket), time.NewTicker(watchEvery)
		defer tick.Stop()
		for said, last := 0, ""; changes == 0 || said < changes; {
			var a cameraAnswer
			if err := d.get(cmd.Context(), "/v1/camera", &a); err != nil {
				if cmd.Context().Err() != nil {
					return nil
				}
				return err
			}
			if now := a.State.Key + fmt.Sprint(a.State.Params); now != last {
				if err := t.show(a, func() { t.sayState(a) }); err != nil {
					return err
				}
				said, last = said+1, now
				continue
			}
			select {
			case <-tick.C:
			case <-cmd.Context().Done(): // Ctrl-C is how one stops watching
				return nil
			}
		}
		return nil
	})
	cmd.Flags().IntVar(&changes, "changes", 0, text.T("ctl.flag.changes", nil))
	return cmd
}

func (t *tool) sayState(a cameraAnswer) {
	fmt.Fprintf(t.out, "%s  ", t.now().Format("15:04:05.0"))
	t.say("ctl.camera.now", "state", text.T(a.State.Key, a.State.Params))
}
