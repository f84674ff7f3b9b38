package daemon

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/config"
	"dermbox/appliance/health"
	"dermbox/appliance/intake"
	"dermbox/appliance/store"
	"dermbox/appliance/supervise"
	"dermbox/camera"
	"dermbox/camera/quality"
	"dermbox/camera/quality/live"
	"dermbox/camera/shutter"
	"dermbox/inference"
	trustsync "dermbox/sync"
)

// Run is the daemon: it opens the box, runs its services until ctx ends and closes everything in reverse. The error is an
// *appliance.Error whose sentence says what keeps the box from starting.
func Run(ctx context.Context, c config.Config, b Build, log *slog.Logger) error {
	x, err := open(ctx, c, b, log)
	if err != nil {
		return err
	}
	p, err := x.assemble()
	if err != nil {
		return errors.Join(err, x.close())
	}
	supervisor := supervise.New(supervise.Options{Log: log, Changed: x.failed})
	supervisor.Add("judge", p.judge, supervise.Restart)
	supervisor.Add("camera", p.camera, supervise.Restart)
	supervisor.Add("hints", p.hints, supervise.Restart)
	if p.shutter.Configured() {
		supervisor.Add("shutter", p.shutter, supervise.Restart)
	}
	supervisor.Add("inference", p.desk, supervise.Restart)
	supervisor.Add("models", p.models, supervise.Restart)
	if p.engine != nil {
		supervisor.Add("sync", p.engine, supervise.Restart)
	}
	supervisor.Add("watch", &watch{box: x, parts: p}, supervise.Restart)
	supervisor.Add("control", x.control(p), supervise.Critical)
	supervisor.Add("kiosk", x.web(p), supervise.Critical)
	log.Info("dermboxd ready", "version", b.Version, "kiosk", x.kiosk.Addr().String(), "device", x.deviceID(), "mode", string(c.Mode))
	err = supervisor.Serve(ctx)
	return errors.Join(err, p.intake.Close(), x.close())
}

// failed notes in health that a service ended without being asked to. Watch takes it back once the service has run on for a while;
// the log keeps it.
func (x *box) failed(service string, _ error) {
	x.failures.note(service, x.clock.Now().Mono, func() {
		x.health.Set("service "+service, health.Check{Level: health.Warn, Key: "health.service.failed", Who: health.IT,
			Params: map[string]string{"service": service}})
	})
}

// parts are the moving parts, in the order in which they start.
type parts struct {
	judge   *quality.Client
	camera  *camera.Client
	hints   *live.Watcher
	shutter *shutter.Service
	desk    *inference.Desk
	models  *models
	intake  *intake.Service
	engine  *trustsync.Engine // nil: not enrolled, or sending is off

	stills atomic.Int32 // that the judge has
}

// assemble makes the moving parts and joins them.
func (x *box) assemble() (*parts, error) {
	imaging, inferring := worker(x.config.Workers.Imaging, "dermbox-imaging"), worker(x.config.Workers.Inference, "dermbox-inference")
	p := &parts{judge: quality.NewClient(quality.ClientOptions{WorkerPath: imaging, Log: x.log, Clock: x.clock})}
	source, err := x.source()
	if err != nil {
		return nil, err
	}
	p.camera, err = camera.NewClient(camera.ClientOptions{
		WorkerPath: imaging, Source: source, Log: x.log, Clock: x.clock, Wait: x.config.Capture.Timeout,
	})
	if err != nil {
		return nil, err
	}
	p.hints = x.newHints(p)
	if p.shutter, err = x.newShutter(); err != nil {
		return nil, err
	}
	path, pins := library(x.config)
	options := inference.ClientOptions{WorkerPath: inferring, TFLite: path, Pins: pins, Clock: x.clock, Log: x.log}
	p.models = newModels(x, options)
	p.desk, x.desk = p.models.desk, p.models.desk
	p.models.optics = func() appliance.OpticsID {
		camera, _ := x.dermatoscope(p).Optics()
		return camera.Optics
	}
	cases := &cases{Stills: store.Stills{Store: x.store, Folder: x.images}, clock: x.clock}
	p.engine = x.newEngine(cases) //nolint:contextcheck // it is given its context when it is served
	p.intake = intake.New(x.visits(p, cases))
	return p, nil
}

// visits joins the parts that a visit needs.
func (x *box) visits(p *parts, cases *cases) intake.Options {
	scope := x.dermatoscope(p)
	return intake.Options{
		Cases: cases, Camera: scope, Judge: x.gate(p), Model: model{p.desk, x}, Pathway: x.pathway,
		Rules: x.signed.rules, Clock: x.clock, Log: x.log, Space: x.room, Signed: p.wake,
		Site: x.site(), DeviceID: x.deviceID(), Software: x.build.Version, Demonstration: !x.config.IsLive(),
		LesionCap: x.config.Site.LesionCap, FrameWait: p.camera.Patience(),
		Patience: max(x.config.Model.Wait, time.Millisecond), // zero would be the default
	}
}

func (x *box) dermatoscope(p *parts) dermatoscope {
	return dermatoscope{client: p.camera, profile: x.signed.camera, clock: x.clock, profiles: x.signed.profiles, references: &x.references}
}

func (x *box) gate(p *parts) gate {
	return gate{client: p.judge, camera: x.dermatoscope(p), profiles: x.signed.profiles, clock: x.clock, stills: &p.stills}
}

// worker gives the path of a worker: the configured one, or the program of that name beside the daemon's own.
func worker(configured, name string) string {
	if configured != "" {
		return configured
	}
	own, err := os.Executable()
	if err != nil {
		return name
	}
	return filepath.Join(filepath.Dir(own), name)
}

// library gives the TFLite library's path and the SHA-256 that it may have.
func library(c config.Config) (path string, pins []string) {
	return inference.Library(c.Workers.TFLite, c.Workers.TFLiteSHA256, !c.IsLive())
}
