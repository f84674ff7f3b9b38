package daemon

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/config"
	"dermbox/appliance/intake"
	"dermbox/appliance/signed"
	"dermbox/appliance/store"
	"dermbox/appliance/supervise"
	"dermbox/camera"
	"dermbox/camera/quality"
	"dermbox/inference"
	trustsync "dermbox/sync"
	"dermbox/sync/client"
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
	supervisor := supervise.New(supervise.Options{Log: log})
	supervisor.Add("judge", p.judge, supervise.Restart)
	supervisor.Add("camera", p.camera, supervise.Restart)
	supervisor.Add("inference", p.inference, supervise.Restart)
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

// parts are the moving parts, in the order in which they start.
type parts struct {
	judge     *quality.Client
	camera    *camera.Client
	inference *inference.Client
	intake    *intake.Service
	engine    *trustsync.Engine // nil: not enrolled, or sending is off
}

// assemble makes the moving parts and joins them.
func (x *box) assemble() (*parts, error) {
	imaging, inferring := worker(x.config.Workers.Imaging, "dermbox-imaging"), worker(x.config.Workers.Inference, "dermbox-inference")
	p := &parts{judge: quality.NewClient(quality.ClientOptions{WorkerPath: imaging, Log: x.log, Clock: x.clock})}
	var err error
	p.camera, err = camera.NewClient(camera.ClientOptions{
		WorkerPath: imaging, Source: source(x.config.Camera), Log: x.log, Clock: x.clock, Wait: x.config.Capture.Timeout,
	})
	if err != nil {
		return nil, err
	}
	p.inference = inference.NewClient(inference.ClientOptions{
		WorkerPath: inferring, TFLite: library(x.config.Workers.TFLite), Pack: x.signed.pack, Refused: x.signed.refused,
		Clock: x.clock, Log: x.log,
	})
	cases := &cases{Stills: store.Stills{Store: x.store, Folder: x.images}, clock: x.clock}
	if x.identity != nil && x.config.Sync.Enabled {
		if p.engine, err = x.engine(cases); err != nil {
			return nil, err
		}
	}
	scope := dermatoscope{p.camera}
	p.intake = intake.New(intake.Options{
		Cases: cases, Camera: scope, Judge: gate{client: p.judge, camera: scope, profile: x.signed.profile}, Model: model{p.inference},
		Rules: x.signed.rules, Clock: x.clock, Log: x.log, Space: x.room, Signed: p.wake,
		Site: x.config.Facts(), DeviceID: x.deviceID(), Software: x.build.Version, Demonstration: !x.config.IsLive(),
		LesionCap: x.config.Site.LesionCap, Patience: x.config.Model.Wait, FrameWait: x.config.Capture.Timeout,
	})
	return p, nil
}

// wake tells the sending engine, if there is one, that the outbox has work.
func (p *parts) wake() {
	if p.engine != nil {
		p.engine.Wake()
	}
}

// kick has the engine try now, whatever it was waiting for: a person asked.
func (p *parts) kick() {
	if p.engine != nil {
		p.engine.Kick()
	}
}

func (x *box) engine(blobs trustsync.Blobs) (*trustsync.Engine, error) {
	transport, err := client.New(client.Options{
		URL: x.identity.HubURL, Certificate: x.identity.TLS(), CA: x.identity.CA, Clock: x.clock, Floor: x.clock.Bounded(),
	})
	if err != nil {
		return nil, err
	}
	x.closes = append(x.closes, func() error { transport.Close(); return nil })
	return trustsync.New(trustsync.Deps{
		Store: x.store, Blobs: blobs, Transport: transport, Signer: signed.NewSigner(x.identity.Key), Keys: x.keys, Clock: x.clock, Log: x.log,
		Identity: trustsync.Identity{Trust: x.identity.Trust, Site: x.identity.Site, Device: x.identity.Device, Epoch: x.store.Epoch()},
		Waiting:  x.waiting, Held: x.held, Pace: trustsync.Pace{Interval: x.config.Sync.Interval},
	}), nil
}

// waiting counts the cases that are signed off and have no receipt.
func (x *box) waiting(ctx context.Context) (int, error) {
	counts, err := x.store.Counts(ctx)
	return counts[appliance.Queued] + counts[appliance.Sending], err
}

func source(c config.Camera) camera.Source {
	return camera.Source{
		URL: c.URL, Device: c.Device,
		Settings: camera.Settings{FourCC: c.FourCC, Width: c.Width, Height: c.Height, FPS: c.FPS},
		Camera:   appliance.Camera{Optics: appliance.OpticsID(c.Optics), FieldMM: c.FieldMM},
	}
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

// library gives the TFLite library's path: the configured one, DERMBOX_TFLITE, or lib/ beside the daemon's folder.
func library(configured string) string {
	if configured != "" {
		return configured
	}
	if path := os.Getenv("DERMBOX_TFLITE"); path != "" {
		return path
	}
	own, err := os.Executable()
	if err != nil {
		return "libtensorflowlite_c.so"
	}
	return filepath.Join(filepath.Dir(own), "..", "lib", "libtensorflowlite_c.so")
}

// serveHTTP serves on the listener until ctx ends, then lets requests under way finish for a moment.
func serveHTTP(ctx context.Context, server *http.Server, serve func() error) error {
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(stopped)
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
		defer cancel()
		if server.Shutdown(limited) != nil {
			server.Close()
		}
	})
	err := serve()
	if stop() { // it ended by itself
		return err
	}
	<-stopped
	return ctx.Err()
}
