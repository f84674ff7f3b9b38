package demo

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"dermbox/appliance/durable"
	"dermbox/firmware/keyring"
)

// The demonstration's own facts. They are invented; the ODS codes belong to nobody.
const (
	trustCode = "RZZ"
	siteCode  = "RZZ01"
	deviceID  = "demo-box-1"
	staffID   = "demo-hca"
	staffName = "Demo Healthcare Assistant"
	staffPIN  = "428317"
)

const boxSettings = `# The demo clinic's box, written by make run each time it starts.
mode: demonstration
data_dir: data
control:
  socket: dermboxd.sock
site:
  trust: %[1]s
  code: %[2]s
  name: Demonstration clinic
  room: Room 1
  pathway: TRIAGE_PRIORITY
kiosk:
  listen: %[3]s
camera:
  url: http://%[4]s/stream.mjpg
  profile: camera.dsse.json
model:
  pack: model.dermpack
rules:
  file: rules.dsse.json
quality:
  profiles: [quality.dsse.json, quality-macro.dsse.json]
sync:
  interval: 1s
`

// makeClinic writes the box's settings and what its publishers signed: rules, quality and camera profiles under the demonstration's
// clinical key, and the pack of the model for what the dermatoscope shows.
func (d *Demo) makeClinic(ctx context.Context) error {
	box := filepath.Dir(d.boxConfig())
	if err := os.MkdirAll(d.boxData(), 0o700); err != nil {
		return err
	}
	settings := fmt.Sprintf(boxSettings, trustCode, siteCode, address(d.Ports.Kiosk), address(d.Ports.Scope))
	if err := durable.WriteFile(d.boxConfig(), []byte(settings), 0o600); err != nil {
		return err
	}
	if err := keyring.InstallDemo(filepath.Join(d.boxData(), "keyring")); err != nil {
		return err
	}
	key := filepath.Join(d.Root, "firmware", "keyring", "demo", "clinical.key.pem")
	for _, file := range []struct{ kind, source, out string }{
		{"rules", "appliance/eligibility/rules/rules.json", "rules.dsse.json"},
		{"profile", d.profile(), "quality.dsse.json"},
		{"profile", "camera/quality/profiles/scope-1080-macro.json", "quality-macro.dsse.json"},
		{"camera", "camera/profile/profiles/simulated-scope.json", "camera.dsse.json"},
	} {
		source := filepath.Join(d.Root, filepath.FromSlash(file.source))
		if _, err := d.ctl(ctx, "", "sign", file.kind, source, "--key", key, "--out", filepath.Join(box, file.out)); err != nil {
			return err
		}
	}
	pack, err := os.ReadFile(d.packFile())
	if err != nil {
		return err
	}
	return durable.WriteFile(filepath.Join(box, "model.dermpack"), pack, 0o644)
}

// profile is the quality profile for what the dermatoscope shows: photographs of old data sets are small.
func (d *Demo) profile() string {
	if d.Images != "" {
		return "camera/quality/profiles/public-256.json"
	}
	return "camera/quality/profiles/scope-1080.json"
}

// ctl runs dermboxctl with the box's settings.
func (d *Demo) ctl(ctx context.Context, stdin string, args ...string) ([]byte, error) {
	return runTool(ctx, stdin, d.bin("dermboxctl"), append(args, "--config", d.boxConfig())...)
}
