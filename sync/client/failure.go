package client

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strings"

	"dermbox/appliance"
)

// failure gives a failed round trip the sentence that says what to do. Certificates that do not fit need IT; all else
// heals with the network.
func failure(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if e, ok := errors.AsType[*appliance.Error](err); ok {
		return e
	}
	if e := certificateFailure(err); e != nil {
		return e
	}
	if e, ok := errors.AsType[net.Error](err); ok && e.Timeout() && !dialling(err) {
		return appliance.E(appliance.Unavailable, "sync.stalled", err)
	}
	return appliance.E(appliance.Unavailable, "sync.unreachable", err)
}

func certificateFailure(err error) error {
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return needsIT(appliance.Unverified, "sync.wrong_host", err)
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return needsIT(appliance.Unverified, "sync.other_ca", err)
	}
	if e, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		if e.Reason == x509.Expired {
			return needsIT(appliance.Unverified, "sync.hub_certificate_dates", err)
		}
		return needsIT(appliance.Unverified, "sync.other_ca", err)
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return needsIT(appliance.Unverified, "sync.other_ca", err)
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return appliance.E(appliance.Unavailable, "sync.portal", err)
	}
	return remoteAlert(err)
}

// remoteAlert reads what the hub's TLS said of our certificate. The standard library gives alerts no exported type, so
// their fixed texts must do.
func remoteAlert(err error) error {
	e, ok := errors.AsType[*net.OpError](err)
	if !ok || e.Op != "remote error" {
		return nil
	}
	text := e.Err.Error()
	switch {
	case strings.Contains(text, "expired certificate"):
		return needsIT(appliance.Unauthorised, "sync.certificate_expired", err, "expired", "?")
	case strings.Contains(text, "certificate") || strings.Contains(text, "access denied"):
		return needsIT(appliance.Unauthorised, "sync.certificate_refused", err)
	case strings.Contains(text, "protocol version"):
		return needsIT(appliance.Unverified, "sync.old_tls", err)
	}
	return nil
}

func dialling(err error) bool {
	e, ok := errors.AsType[*net.OpError](err)
	return ok && e.Op == "dial"
}

// needsIT is a failure that trying again does not heal.
func needsIT(code appliance.Code, key string, cause error, pairs ...string) error {
	e := appliance.E(code, key, cause, pairs...)
	e.Transient = false
	return e
}
