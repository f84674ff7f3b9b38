package trustsync

import (
	"errors"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/sync/client"
	"dermbox/sync/wire"
)

func refusal(status int, code wire.ErrorCode, after time.Duration) error {
	return &client.Refused{Status: status, Body: wire.NewError(code, ""), RetryAfter: after}
}

func TestTroubleOf(t *testing.T) {
	cases := []struct {
		name string
		err  error
		want trouble
	}{
		{"no route", appliance.E(appliance.Unavailable, "sync.unreachable", nil), link},
		{"no progress", appliance.E(appliance.Unavailable, "sync.stalled", nil), link},
		{"portal", appliance.E(appliance.Unavailable, "sync.portal", nil), portal},
		{"hub busy", refusal(429, wire.CodeBusy, 0), hub},
		{"hub full", refusal(507, wire.CodeFull, 0), hub},
		{"hub at fault", refusal(500, wire.CodeInternal, 0), hub},
		{"nonsense", fault(errors.New("x")), hub},
		{"conflict", refusal(409, wire.CaseConflict, 0), hub},
		{"no certificate", refusal(401, wire.CodeNoCertificate, 0), person},
		{"not admitted", refusal(403, wire.CodeDeviceUnknown, 0), person},
		{"another protocol", refusal(426, wire.CodeProtocol, 0), person},
		{"an unknown code, for good", &client.Refused{Status: 400, Body: wire.ErrorBody{Code: "later", Permanent: true}}, person},
		{"another CA", &appliance.Error{Code: appliance.Unverified, Key: "sync.other_ca"}, person},
		{"expired", &appliance.Error{Code: appliance.Unauthorised, Key: "sync.certificate_expired"}, person},
		{"bad receipt", unverified(nil), person},
		{"disk full", appliance.E(appliance.Full, "storage.full", nil), local},
		{"a bug", errors.New("x"), local},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := troubleOf(c.err); got != c.want {
				t.Errorf("trouble %d, want %d", got, c.want)
			}
		})
	}
}

func TestWaits(t *testing.T) {
	p := newPacer(Pace{}.orDefaults())
	for range 200 {
		got, _ := p.after(appliance.E(appliance.Unavailable, "sync.unreachable", nil))
		if got.wait < 500*time.Millisecond || got.wait > 2*time.Second || got.hold {
			t.Fatalf("after the network failed: %+v", got)
		}
		got, _ = p.after(refusal(503, wire.CodeBusy, 40*time.Second))
		if got.wait < 40*time.Second || got.wait > 50*time.Second || !got.hold {
			t.Fatalf("asked to wait 40 s: %+v", got)
		}
	}
	p.reset()
	first, _ := p.after(refusal(500, wire.CodeInternal, 0))
	if first.wait > 3*time.Second || !first.hold {
		t.Errorf("first wait %+v", first)
	}
	var last pause
	for range 30 {
		last, _ = p.after(refusal(500, wire.CodeInternal, 0))
		if last.wait > time.Hour {
			t.Fatalf("wait %v", last.wait)
		}
	}
	if last.wait < 30*time.Minute {
		t.Errorf("30th wait only %v", last.wait)
	}
	p.reset()
	if again, _ := p.after(refusal(500, wire.CodeInternal, 0)); again.wait > 3*time.Second {
		t.Errorf("after a success the first wait is %v", again.wait)
	}
	if slow, _ := p.after(refusal(401, wire.CodeNoCertificate, 0)); slow.wait < 40*time.Second {
		t.Errorf("a refused device comes again after %v", slow.wait)
	}
}
