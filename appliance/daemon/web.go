package daemon

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/store"
	"dermbox/appliance/supervise"
	"dermbox/appliance/text"
	"dermbox/camera"
	"dermbox/ui/kiosk"
)

// web serves the kiosk on the listener that was opened at the start.
func (x *box) web(p *parts) supervise.Func {
	return func(ctx context.Context) error {
		handler, err := kiosk.New(kiosk.Options{
			Visits: p.intake, Staff: people{x}, Preview: preview{p.camera.Hub()}, Sending: outbox{x, p}, Health: checks{x},
			Site: x.config.Facts(), Demonstration: !x.config.IsLive(), Clock: x.clock, Log: x.log,
		})
		if err != nil {
			return err
		}
		server := &http.Server{
			Handler: handler, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute,
			ErrorLog: slog.NewLogLogger(x.log.Handler(), slog.LevelDebug),
			// Requests end with the daemon: a live view would otherwise hold up its stop.
			BaseContext: func(net.Listener) context.Context { return ctx },
		}
		return serveHTTP(ctx, server, func() error {
			if err := server.Serve(x.kiosk); !errors.Is(err, http.ErrServerClosed) {
				return err
			}
			return ctx.Err()
		})
	}
}

// people is the staff list as the sign-in page needs it: whoever may sign in.
type people struct{ *box }

func (p people) List(ctx context.Context) ([]appliance.Operator, error) {
	members, err := p.staff.List(ctx)
	if err != nil {
		return nil, err
	}
	var list []appliance.Operator
	for _, m := range members {
		if !m.Disabled {
			list = append(list, appliance.Operator{ID: m.ID, Name: m.Name, Role: m.Role})
		}
	}
	return list, nil
}

func (p people) Authenticate(ctx context.Context, id, pin string) (appliance.Operator, error) {
	return p.staff.Authenticate(ctx, id, pin)
}

// preview is the camera's hub as the kiosk needs it.
type preview struct{ hub *camera.Hub }

func (p preview) Subscribe() kiosk.Subscription { return viewer{p.hub.Subscribe()} }

type viewer struct{ *camera.Subscription }

func (v viewer) Next(ctx context.Context) (uint64, float64, []byte, error) {
	frame, err := v.Subscription.Next(ctx)
	if err != nil {
		return 0, 0, nil, err
	}
	return frame.Seq, float64(frame.Exposed.Wall.UnixMicro()) / 1000, frame.JPEG, nil
}

// outbox is sending as the kiosk needs it.
type outbox struct {
	*box
	*parts
}

func (o outbox) Status() appliance.SendingStatus { return o.sending() }
func (o outbox) TryNow()                         { o.kick() }
func (o outbox) List(ctx context.Context) ([]appliance.CaseSummary, error) {
	return o.store.List(ctx, store.Filter{})
}

// checks are the box's health in words.
type checks struct{ *box }

func (c checks) Checks() []kiosk.HealthLine {
	var lines []kiosk.HealthLine
	for _, s := range c.health.Snapshot().Checks {
		lines = append(lines, kiosk.HealthLine{
			Name: s.Name, Level: string(s.Level), Sentence: text.T(s.Key, s.Params), Who: text.T("health.who."+string(s.Who), nil), Since: s.Since.Wall,
		})
	}
	return lines
}
