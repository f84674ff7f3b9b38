package enrol

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"time"

	"dermbox/appliance"
	"dermbox/sync/hub/answer"
	"dermbox/sync/hub/ledger"
	"dermbox/sync/wire"
)

// Ledger keeps invites and devices. Each method is one durable transaction.
type Ledger interface {
	AddInvite(ctx context.Context, i ledger.Invite, secret string) error
	FindInvite(ctx context.Context, secret string) (ledger.Invite, error)
	Admit(ctx context.Context, secret string, judge func(ledger.Invite) (ledger.Admitted, error)) error
}

// Service invites and admits devices. It is safe for concurrent use.
type Service struct {
	Authority *Authority
	Ledger    Ledger
	Clock     appliance.Clock
	Log       *slog.Logger
}

// Wanted is what an invite is to say.
type Wanted struct {
	Device  string        // the name that the box will have
	Site    string        // ODS code
	URL     string        // of the device listener, https
	For     time.Duration // until it expires
	Replace bool          // take the place of a device of that name, whose certificate is then of no more use
}

// Invite makes an invite and keeps its secret's hash; the line is shown once and kept nowhere.
func (s *Service) Invite(ctx context.Context, w Wanted) (line string, i wire.Invite, err error) {
	switch {
	case !wire.ValidDevice(w.Device):
		return "", i, appliance.FieldError("device", "hubctl.invite.device")
	case !wire.ValidCode(w.Site):
		return "", i, appliance.FieldError("site", "hubctl.invite.site")
	case w.For < time.Minute || w.For > 30*24*time.Hour:
		return "", i, appliance.FieldError("for", "hubctl.invite.life")
	}
	if u, err := url.Parse(w.URL); err != nil || u.Scheme != "https" || u.Host == "" {
		return "", i, appliance.FieldError("url", "hubctl.invite.url")
	}
	secret := make([]byte, 32)
	rand.Read(secret) // never fails (Go 1.24)
	i = wire.Invite{URL: w.URL, CAFingerprint: s.Authority.Fingerprint(), Secret: base64.RawURLEncoding.EncodeToString(secret),
		ExpiresAt: s.Clock.Now().Wall.UTC().Add(w.For).Truncate(time.Second), Device: w.Device, Site: w.Site}
	if line, err = wire.EncodeInvite(i); err != nil {
		return "", i, err
	}
	kept := ledger.Invite{Device: ledger.Device{Trust: s.Authority.Trust, Site: w.Site, ID: w.Device}, Replaces: w.Replace,
		ExpiresAt: i.ExpiresAt}
	return line, i, s.Ledger.AddInvite(ctx, kept, i.Secret)
}

// Hello answers the holder of an invite that can be used, or was used up by a device that may not have heard so, with what
// it needs before it can enrol.
func (s *Service) Hello(ctx context.Context, secret string) (wire.HelloAnswer, error) {
	if !wire.ValidSecret(secret) {
		return wire.HelloAnswer{}, answer.Refusal(wire.CodeInviteUnknown, nil)
	}
	i, err := s.Ledger.FindInvite(ctx, secret)
	if err == nil {
		// Whoever used it may ask again: the hub's answer to it may have been lost on the way.
		err = s.usable(i, i.UsedKey)
	}
	if err != nil {
		return wire.HelloAnswer{}, err
	}
	return wire.HelloAnswer{Trust: i.Trust, Site: i.Site, HubName: s.Authority.Name,
		EscrowRecipient: s.Authority.EscrowRecipient}, nil
}

// Enrol admits a device, using its invite up. The same device with the same key may ask again until the invite expires, in
// case the answer was lost. A refusal leaves the invite as it was.
func (s *Service) Enrol(ctx context.Context, r wire.EnrolRequest) (wire.EnrolAnswer, error) {
	public, err := keyOf(r.CSR)
	if err != nil {
		return wire.EnrolAnswer{}, answer.Refusal(wire.CodeCSR, err)
	}
	spki, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return wire.EnrolAnswer{}, answer.Refusal(wire.CodeCSR, err)
	}
	receiptKey, err := s.Authority.ReceiptPEM()
	if err != nil {
		return wire.EnrolAnswer{}, err
	}
	var a wire.EnrolAnswer
	err = s.Ledger.Admit(ctx, r.Secret, func(i ledger.Invite) (ledger.Admitted, error) {
		if err := s.usable(i, spki); err != nil {
			return ledger.Admitted{}, err
		}
		if i.ID != r.DeviceName {
			return ledger.Admitted{}, answer.Refusal(wire.CodeInviteDevice, nil)
		}
		leaf, admitted, err := s.certify(i.Device, public)
		if err != nil {
			return ledger.Admitted{}, err
		}
		admitted.PublicKey, admitted.Escrow = spki, r.EscrowBlob
		a = wire.EnrolAnswer{DeviceID: i.ID, Trust: i.Trust, Site: i.Site, Certificate: encodePEM(blockCertificate, leaf),
			CA: s.Authority.CAPEM(), ReceiptKey: receiptKey, HubName: s.Authority.Name}
		return admitted, nil
	})
	if err != nil {
		return wire.EnrolAnswer{}, err
	}
	s.Log.InfoContext(ctx, "a device was admitted", "device", a.DeviceID, "site", a.Site)
	return a, nil
}

// usable says whether the holder of key may use the invite.
func (s *Service) usable(i ledger.Invite, key []byte) error {
	switch {
	case i.Trust != s.Authority.Trust:
		return answer.Refusal(wire.CodeInviteUnknown, nil)
	case !i.UsedAt.IsZero() && (len(i.UsedKey) == 0 || !bytes.Equal(i.UsedKey, key)):
		return answer.Refusal(wire.CodeInviteUsed, nil)
	case !s.Clock.Now().Wall.Before(i.ExpiresAt):
		return answer.Refusal(wire.CodeInviteExpired, nil)
	}
	return nil
}

// keyOf gives the CSR's public key after checking that whoever made it holds the private one (RFC 2986). Names in the CSR
// are not read: the invite says who the device is.
func keyOf(csr []byte) (*ecdsa.PublicKey, error) {
	der, err := decodePEM(blockCSR, csr)
	if err != nil {
		return nil, err
	}
	request, err := x509.ParseCertificateRequest(der)
	if err != nil {
		return nil, fmt.Errorf("read the CSR: %w", err)
	}
	if err := request.CheckSignature(); err != nil {
		return nil, fmt.Errorf("check the CSR's signature: %w", err)
	}
	key, ok := request.PublicKey.(*ecdsa.PublicKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, errors.New("the CSR's key is not ECDSA P-256")
	}
	return key, nil
}

func (s *Service) certify(d ledger.Device, public *ecdsa.PublicKey) ([]byte, ledger.Admitted, error) {
	now := s.Clock.Now().Wall.UTC()
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{Organization: []string{d.Trust}, CommonName: d.ID},
		URIs:      []*url.URL{identityURI(d)},
		NotBefore: now.Add(-backdate), NotAfter: earlier(now.Add(deviceLife), s.Authority.CA.NotAfter),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	leaf, err := x509.CreateCertificate(rand.Reader, template, s.Authority.CA, public, s.Authority.caKey)
	if err != nil {
		return nil, ledger.Admitted{}, fmt.Errorf("make a device's certificate: %w", err)
	}
	return leaf, ledger.Admitted{Device: d, Serial: template.SerialNumber.Text(16), ValidUntil: template.NotAfter}, nil
}
