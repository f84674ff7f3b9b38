package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"dermbox/appliance"
	"dermbox/appliance/durable"
	"dermbox/appliance/text"
	"dermbox/camera"
	"dermbox/camera/profile"
	"dermbox/camera/usb"
	"dermbox/camera/v4l2"
)

// probed is what "camera probe" found out of one camera.
type probed struct {
	Node        string           `json:"node,omitempty"`
	USB         string           `json:"usb,omitempty"`
	Port        string           `json:"port,omitempty"`
	Description v4l2.Description `json:"description,omitzero"`
	InUse       *cameraAnswer    `json:"in_use,omitempty"` // how the daemon has it open

	device usb.Device
}

// cameraAnswer is what the daemon says of its camera.
type cameraAnswer struct {
	State      camera.State  `json:"state"`
	Opened     camera.Opened `json:"opened"`
	EverOpened bool          `json:"ever_opened"`
}

func (t *tool) cameraProbeCommand() *cobra.Command {
	var out string
	cmd := t.reading("probe [VENDOR:PRODUCT[:SERIAL]]", "camera.probe", cobra.MaximumNArgs(1), func(cmd *cobra.Command, args []string) error {
		p, err := t.probe(cmd, args)
		if err != nil {
			return err
		}
		if out != "" {
			if err := t.writeProfile(out, p); err != nil {
				return err
			}
		}
		return t.show(p, func() { t.sayProbed(p) })
	})
	cmd.Flags().StringVar(&out, "new-profile", "", text.T("ctl.flag.new_profile", nil))
	return cmd
}

// probe asks the named camera, or the one of the settings, what it can do, and the daemon how it has it open.
func (t *tool) probe(cmd *cobra.Command, args []string) (probed, error) {
	c, settingsErr := t.settings()
	var want usb.Binding
	var err error
	switch {
	case len(args) == 1:
		want, err = usb.ParseBinding(args[0])
	case settingsErr != nil:
		return probed{}, settingsErr
	default:
		want, err = binding(c)
	}
	if err != nil {
		return probed{}, err
	}
	p := probed{}
	if settingsErr == nil && len(args) == 0 {
		var answer cameraAnswer
		if err := newDaemon(c.Control.Socket).get(cmd.Context(), "/v1/camera", &answer); err == nil {
			p.InUse = &answer
		} else if !down(err) {
			return probed{}, err
		}
	}
	if want.IsZero() { // a camera over HTTP has nothing to ask but what the daemon says of it
		if p.InUse == nil {
			return probed{}, appliance.E(appliance.Unavailable, "ctl.camera.http_needs_daemon", nil)
		}
		return p, nil
	}
	devices, err := usb.List(t.sys(), devRoot)
	if err != nil {
		return probed{}, err
	}
	d, err := usb.Find(devices, want)
	if err != nil {
		return probed{}, err
	}
	p.Node, p.USB, p.Port, p.device = d.Node, d.ID(), d.Port, d
	if p.Description, err = v4l2.Describe(d.Node); err != nil {
		return probed{}, unaskable(d.Node, err)
	}
	return p, nil
}

// unaskable gives the sentence for a camera that is plugged in and cannot be asked.
func unaskable(node string, err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return appliance.E(appliance.Forbidden, "ctl.camera.forbidden", err, "node", node)
	}
	return appliance.E(appliance.Unavailable, "ctl.camera.no_answer", err, "node", node)
}

func (t *tool) sayProbed(p probed) {
	if p.Node != "" {
		d := p.Description
		t.say("ctl.camera.probed", "usb", p.USB, "node", p.Node, "port", p.Port, "card", orDash(d.Card), "driver", orDash(d.Driver))
		rows := [][]string{headings("format", "size", "rates")}
		for _, f := range d.Formats {
			for _, s := range f.Sizes {
				rows = append(rows, []string{f.FourCC, fmt.Sprintf("%d x %d", s.Width, s.Height), rates(s.Rates)})
			}
		}
		t.table(rows)
		rows = [][]string{headings("control", "value", "default", "range")}
		for _, c := range d.Controls {
			rows = append(rows, []string{c.Name, number(c.Value), number(c.Default), number(c.Min) + " to " + number(c.Max)})
		}
		t.table(rows)
	}
	if p.InUse != nil {
		t.sayOpened(*p.InUse)
	}
}

func (t *tool) sayOpened(a cameraAnswer) {
	t.say("ctl.camera.state", "state", text.T(a.State.Key, a.State.Params), "since", london(a.State.Since.Wall))
	if !a.EverOpened {
		return
	}
	o := a.Opened
	t.say("ctl.camera.opened", "backend", o.Backend, "asked", settings(o.Asked), "got", settings(o.ReadBack),
		"measured", strconv.FormatFloat(o.MeasuredFPS, 'f', 1, 64), "profile", orDash(o.Profile))
	for _, r := range o.Controls {
		key := "ctl.camera.control_ok"
		if !r.OK {
			key = "ctl.camera.control_differs"
		}
		t.say(key, "name", r.Name, "asked", fmt.Sprint(r.Asked), "got", fmt.Sprint(r.ReadBack))
	}
	t.saySwitch(o)
}

// saySwitch says how long the last switch to still mode took, once there was one.
func (t *tool) saySwitch(o camera.Opened) {
	if o.StillSwitchMS > 0 {
		t.say("ctl.camera.switch", "ms", strconv.FormatFloat(o.StillSwitchMS, 'f', 0, 64))
	}
}

func settings(s camera.Settings) string {
	return fmt.Sprintf("%s %d x %d, %g/s", orDash(s.FourCC), s.Width, s.Height, s.FPS)
}

func number(n int32) string { return strconv.Itoa(int(n)) }

func rates(list []float64) string {
	words := make([]string, len(list))
	for i, r := range list {
		words[i] = strconv.FormatFloat(r, 'f', -1, 64)
	}
	return strings.Join(words, ", ")
}

// writeProfile writes a camera profile to begin from, unsigned: the camera's best MJPG mode and its controls as they are now.
func (t *tool) writeProfile(path string, p probed) error {
	if p.Node == "" {
		return appliance.FieldError("new-profile", "ctl.camera.profile_needs_usb")
	}
	draft, err := profile.Draft(p.device, p.Description, t.now())
	if err != nil {
		return err
	}
	raw, err := json.MarshalIndent(draft, "", "  ")
	if err != nil {
		return err
	}
	if _, err := os.Lstat(path); err == nil {
		return appliance.FieldError("new-profile", "ctl.camera.profile_exists", "path", path)
	}
	if err := durable.WriteFile(path, append(raw, '\n'), 0o644); err != nil {
		return appliance.E(appliance.Unavailable, "ctl.camera.profile_unwritten", err, "path", path)
	}
	return nil
}
