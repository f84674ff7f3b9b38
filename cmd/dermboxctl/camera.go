package main

import (
	"github.com/spf13/cobra"

	"dermbox/appliance/config"
	"dermbox/appliance/text"
	"dermbox/camera"
	"dermbox/camera/usb"
)

// Where the kernel shows cameras.
const (
	sysRoot = "/sys"
	devRoot = "/dev"
)

func (t *tool) cameraCommand() *cobra.Command {
	return group("camera", "camera", t.cameraListCommand(), t.cameraProbeCommand(), t.cameraTestCommand(), t.cameraWatchCommand(), t.cameraCalibrateCommand())
}

// plugged is a camera as "camera list" shows it.
type plugged struct {
	Node         string `json:"node"`
	USB          string `json:"usb"`  // what the setting camera.usb takes
	Port         string `json:"port"` // what the setting camera.usb_port takes
	Manufacturer string `json:"manufacturer"`
	Name         string `json:"name"`
	Release      string `json:"release"`
	Ours         bool   `json:"ours"` // the settings mean this one
}

func (t *tool) cameraListCommand() *cobra.Command {
	return t.reading("list", "camera.list", cobra.NoArgs, func(*cobra.Command, []string) error {
		devices, err := usb.List(t.sys(), devRoot)
		if err != nil {
			return err
		}
		want := usb.Binding{}
		c, settingsErr := t.settings() // the list is worth having before there are settings
		if settingsErr == nil {
			want, _ = binding(c)
		}
		list := make([]plugged, 0, len(devices))
		for _, d := range devices {
			list = append(list, plugged{
				Node: d.Node, USB: d.ID(), Port: d.Port, Manufacturer: d.Manufacturer, Name: d.Name, Release: d.Release,
				Ours: !want.IsZero() && want.Fits(d),
			})
		}
		return t.show(list, func() { t.sayCameras(list, want, c.Camera.URL) })
	})
}

func (t *tool) sayCameras(list []plugged, want usb.Binding, url string) {
	if len(list) == 0 {
		t.say("ctl.camera.none")
	} else {
		rows := [][]string{headings("node", "usb", "port", "name", "ours")}
		for _, p := range list {
			ours := ""
			if p.Ours {
				ours = text.T("ctl.camera.ours", nil)
			}
			rows = append(rows, []string{p.Node, p.USB, p.Port, orDash(p.Name), ours})
		}
		t.table(rows)
	}
	ours := 0
	for _, p := range list {
		if p.Ours {
			ours++
		}
	}
	switch {
	case url != "":
		t.say("ctl.camera.over_http", "url", camera.Redact(url))
	case want.IsZero():
		t.say("ctl.camera.choose")
	case ours == 0:
		t.say("ctl.camera.absent", "usb", want.String())
	case ours > 1:
		t.say("ctl.camera.ambiguous", "usb", want.String())
	}
}

// binding gives the USB camera that the settings mean; the zero one where they mean none.
func binding(c config.Config) (usb.Binding, error) {
	if c.Camera.USB == "" {
		return usb.Binding{}, nil
	}
	b, err := usb.ParseBinding(c.Camera.USB)
	if err != nil {
		return usb.Binding{}, err
	}
	return b.At(c.Camera.USBPort)
}

// sys is the folder in which cameras are looked for.
func (t *tool) sys() string {
	if t.sysRoot != "" {
		return t.sysRoot
	}
	return sysRoot
}
