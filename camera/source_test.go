package camera_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"dermbox/appliance"
	"dermbox/camera"
	"dermbox/camera/usb"
)

func TestSourceCheck(t *testing.T) {
	scope := usb.Binding{Vendor: "0c45", Product: "6366"}
	for name, tt := range map[string]struct {
		source camera.Source
		key    string
	}{
		"http":       {camera.Source{URL: "http://127.0.0.1:8463/stream.mjpg"}, ""},
		"device":     {camera.Source{Device: "/dev/video0", Settings: camera.Settings{FourCC: "MJPG"}}, ""},
		"none":       {camera.Source{}, "camera.error.no_source"},
		"both":       {camera.Source{URL: "http://a", Device: "/dev/video0"}, "camera.error.two_sources"},
		"file":       {camera.Source{URL: "file:///etc/passwd"}, "camera.error.bad_url"},
		"concat":     {camera.Source{URL: "concat:/etc/passwd"}, "camera.error.bad_url"},
		"bare":       {camera.Source{URL: "127.0.0.1"}, "camera.error.bad_url"},
		"usb":        {camera.Source{USB: scope}, ""},
		"usb found":  {camera.Source{USB: scope, Device: "/dev/video0"}, ""},
		"usb, url":   {camera.Source{USB: scope, URL: "http://a"}, "camera.error.two_sources"},
		"bad usb":    {camera.Source{USB: usb.Binding{Vendor: "0c45"}}, "camera.error.bad_usb"},
		"bad port":   {camera.Source{USB: usb.Binding{Vendor: "0c45", Product: "6366", Port: "x"}}, "camera.error.bad_port"},
		"still":      {camera.Source{USB: scope, Still: &camera.StillMode{Settings: camera.Settings{Width: -1}}}, "camera.error.bad_settings"},
		"http still": {camera.Source{URL: "http://a", Still: &camera.StillMode{}}, "camera.error.bad_settings"},
		"control":    {camera.Source{USB: scope, Controls: []camera.Control{{Name: "sparkle"}}}, "camera.error.bad_control"},
		"number":     {camera.Source{Device: "0"}, "camera.error.bad_device"},
		"fourcc":     {camera.Source{URL: "http://a", Settings: camera.Settings{FourCC: "MJPEG"}}, "camera.error.bad_fourcc"},
		"below zero": {camera.Source{URL: "http://a", Settings: camera.Settings{Width: -1}}, "camera.error.bad_settings"},
	} {
		err := tt.source.Check()
		e, _ := errors.AsType[*appliance.Error](err)
		if tt.key == "" && err != nil || tt.key != "" && (e == nil || e.Key != tt.key) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRedact(t *testing.T) {
	for in, want := range map[string]string{
		"http://user:secret@host:80/a/b?token=x#y": "http://host:80/a/b",
		"http://host":   "http://host",
		"%zz":           "(not an address)",
		"user:secret@h": "(not an address)",
	} {
		if got := camera.Redact(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}

func TestFetchIdentity(t *testing.T) {
	for name, tt := range map[string]struct {
		status int
		body   string
		ok     bool
	}{
		"whole":     {200, `{"make":"m","model":"d","serial":"s","firmware":"1","optics":"o","field_mm":20}`, true},
		"404":       {404, `{}`, false},
		"redirect":  {302, `{}`, false},
		"not json":  {200, `<html>`, false},
		"too large": {200, `{"make":"` + strings.Repeat("a", 70_000) + `"}`, false},
		"long word": {200, `{"make":"` + strings.Repeat("a", 65) + `"}`, false},
		"control":   {200, `{"make":"a\u001b[2J"}`, false},
		"field":     {200, `{"field_mm":-1}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/identity" || r.URL.RawQuery != "" {
					t.Errorf("asked for %s", r.URL)
				}
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(tt.status)
				fmt.Fprint(w, tt.body)
			}))
			defer s.Close()
			c, err := camera.FetchIdentity(t.Context(), s.URL+"/stream.mjpg?token=x")
			if (err == nil) != tt.ok || tt.ok && c.FieldMM != 20 {
				t.Fatalf("%+v %v", c, err)
			}
		})
	}
}
