package config

import (
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"dermbox/appliance"
)

var (
	trustCode = regexp.MustCompile(`^[A-Z0-9]{3,6}$`)
	siteCode  = regexp.MustCompile(`^[A-Z0-9]{3,9}$`)
	usbCamera = regexp.MustCompile(`^[0-9A-Fa-f]{4}:[0-9A-Fa-f]{4}(:[!-~]([ -~]{0,124}[!-~])?)?$|^$`)
	usbPort   = regexp.MustCompile(`^[0-9]{1,3}-[0-9]{1,3}(\.[0-9]{1,3}){0,6}$|^$`)
	sha256Hex = regexp.MustCompile(`^[0-9a-f]{64}$|^$`)
	hostName  = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*$`)
)

// maxSocket is the longest path of a Unix socket: sun_path has 108 bytes with its closing zero (unix(7)).
const maxSocket = 107

func (c *Config) check(r *reader) {
	oneOf(r, "mode", string(c.Mode), string(Live), string(Demonstration))
	oneOf(r, "site.pathway", string(c.Site.Pathway), string(appliance.CaptureOnly), string(appliance.Shadow),
		string(appliance.TriagePriority), string(appliance.SecondReadPathway), string(appliance.AutonomousBenign)) // whether it counts is the pack's word
	oneOf(r, "log.level", c.Log.Level, "debug", "info", "warn", "error")
	pattern(r, "site.trust", c.Site.Trust, trustCode, "config.form_ods_trust")
	pattern(r, "site.code", c.Site.Code, siteCode, "config.form_ods_site")
	required(r, "site.name", c.Site.Name)
	required(r, "rules.file", c.Rules.File)
	between(r, "site.lesion_cap", float64(c.Site.LesionCap), 1, 20)
	between(r, "retention_days", float64(c.RetentionDays), 1, 3650)
	lasting(r, "capture.timeout", c.Capture.Timeout, 100*time.Millisecond, time.Minute)
	lasting(r, "model.wait", c.Model.Wait, 0, 20*time.Second) // sign-off never waits longer, whatever is set
	pattern(r, "workers.tflite_sha256", c.Workers.TFLiteSHA256, sha256Hex, "config.form_sha256")
	lasting(r, "sync.interval", c.Sync.Interval, time.Second, 24*time.Hour)
	listen(r, "kiosk.listen", c.Kiosk.Listen, true)
	if len(c.Control.Socket) > maxSocket {
		r.problem("control.socket", "config.socket_long", "value", c.Control.Socket, "max", strconv.Itoa(maxSocket))
	}
	c.checkCamera(r)
	if c.IsLive() {
		fromFile(r, "workers.imaging", "workers.inference", "workers.tflite", "workers.tflite_sha256")
	}
}

func (c *Config) checkCamera(r *reader) {
	switch {
	case c.Camera.URL != "" && c.Camera.USB != "":
		r.problem("camera.url", "config.camera_both")
	case c.Camera.URL == "" && c.Camera.USB == "":
		r.problem("camera.url", "config.camera_none")
	}
	if c.Camera.URL != "" && !loopbackURL(c.Camera.URL) {
		r.problem("camera.url", "config.camera_url", "value", withoutUser(c.Camera.URL))
	}
	pattern(r, "camera.usb", c.Camera.USB, usbCamera, "config.camera_usb")
	pattern(r, "camera.usb_port", c.Camera.USBPort, usbPort, "config.camera_port")
	if c.Camera.USBPort != "" && c.Camera.USB == "" {
		r.problem("camera.usb_port", "config.camera_port_alone", "value", show(c.Camera.USBPort))
	}
}

func (f *hubFile) check(r *reader) {
	oneOf(r, "mode", string(f.Mode), string(Live), string(Demonstration))
	pattern(r, "trust", f.Trust, trustCode, "config.form_ods_trust")
	required(r, "name", f.Name)
	oneOf(r, "log.level", f.Log.Level, "debug", "info", "warn", "error")
	listen(r, "device.listen", f.Device.Listen, false)
	listen(r, "people.listen", f.People.Listen, false)
	if f.Device.Listen == f.People.Listen && port(f.Device.Listen) != "0" {
		r.problem("people.listen", "config.same_listener", "value", f.People.Listen)
	}
	if u, err := url.Parse(f.Device.URL); err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		r.problem("device.url", "config.hub_url", "value", withoutUser(f.Device.URL))
	}
	if len(f.Hosts) == 0 {
		r.problem("hosts", "config.required")
	}
	for _, host := range f.Hosts {
		if _, err := netip.ParseAddr(host); err != nil && !hostName.MatchString(host) {
			r.problem("hosts", "config.host", "value", show(host))
		}
	}
}

// fromFile refuses settings that an environment variable decides. What runs on a live box, and the digest that it is held against,
// stand where IT reviews them: a variable could name both a library and its own digest.
func fromFile(r *reader, keys ...string) {
	for _, key := range keys {
		if variable, set := r.env[key]; set && r.from[key] == variable {
			r.problem(key, "config.not_by_variable")
		}
	}
}

func required(r *reader, key, value string) {
	if strings.TrimSpace(value) == "" {
		r.problem(key, "config.required")
	}
}

func pattern(r *reader, key, value string, p *regexp.Regexp, sentence string) {
	if value == "" && !p.MatchString("") {
		r.problem(key, "config.required")
	} else if !p.MatchString(value) {
		r.problem(key, sentence, "value", show(value))
	}
}

func oneOf(r *reader, key, value string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		r.problem(key, "config.one_of", "value", show(value), "allowed", strings.Join(allowed, ", "))
	}
}

func between(r *reader, key string, value, low, high float64) {
	if !(value >= low && value <= high) { // not the other way round: NaN is in no range
		r.problem(key, "config.range", "value", number(value), "min", number(low), "max", number(high))
	}
}

func lasting(r *reader, key string, value, low, high time.Duration) {
	if value < low || value > high {
		r.problem(key, "config.range", "value", value.String(), "min", low.String(), "max", high.String())
	}
}

// listen checks a host:port; the kiosk speaks plain HTTP and so must stay on the machine.
func listen(r *reader, key, value string, loopback bool) {
	host, p, err := net.SplitHostPort(value)
	_, errPort := strconv.ParseUint(p, 10, 16)
	addr, errHost := netip.ParseAddr(host)
	switch {
	case err != nil || errPort != nil || errHost != nil && host != "" && !hostName.MatchString(host):
		r.problem(key, "config.listen", "value", show(value))
	case loopback && host != "localhost" && !(errHost == nil && addr.IsLoopback()):
		r.problem(key, "config.loopback", "value", value)
	}
}

func loopbackURL(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" || u.User != nil || u.Opaque != "" {
		return false
	}
	addr, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || err == nil && addr.IsLoopback()
}

// withoutUser gives a URL for an error message: a password in it must not reach a log.
func withoutUser(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.User == nil {
		return show(s)
	}
	u.User = nil
	return show(u.String())
}

func port(address string) string {
	_, p, _ := net.SplitHostPort(address)
	return p
}

func number(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
