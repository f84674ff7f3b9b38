package wire

import (
	"encoding/base64"
	"net/url"
	"strings"
	"time"
)

// HelloAnswer is the answer to GET PathHello with the secret of an unused invite.
type HelloAnswer struct {
	Trust           string `json:"trust"`
	Site            string `json:"site"`
	HubName         string `json:"hub_name"`
	EscrowRecipient string `json:"escrow_recipient"` // age X25519, "age1...": the device wraps its vault's key to it
}

// EnrolRequest is the body of POST PathEnrol, the only message besides hello that needs no client certificate.
type EnrolRequest struct {
	Secret     string `json:"secret"`      // of the invite
	CSR        []byte `json:"csr"`         // PEM, signed by the key that was made on the device (RFC 2986)
	DeviceName string `json:"device_name"` // must be the invite's
	EscrowBlob []byte `json:"escrow_blob"` // the device's vault key, wrapped to the escrow recipient
}

// EnrolAnswer admits the device.
type EnrolAnswer struct {
	DeviceID    string `json:"device_id"`
	Trust       string `json:"trust"`
	Site        string `json:"site"`
	Certificate []byte `json:"certificate"` // PEM, for the key of the CSR
	CA          []byte `json:"ca"`          // PEM of the trust's CA
	ReceiptKey  []byte `json:"receipt_key"` // PEM PKIX public key of the hub's receipts
	HubName     string `json:"hub_name"`
}

// Invite is what IT carries to a new box: where the hub is, how to know it, and a secret that works once.
type Invite struct {
	URL           string    `json:"url"`            // of the device listener, https
	CAFingerprint string    `json:"ca_fingerprint"` // SHA-256 in hex of the CA certificate's DER
	Secret        string    `json:"secret"`         // 32 random bytes, base64url without padding
	ExpiresAt     time.Time `json:"expires_at"`
	Device        string    `json:"device"` // the name that the box will have
	Site          string    `json:"site"`   // ODS code
}

const invitePrefix = "dermbox-invite:1:"

// EncodeInvite gives the invite as one line of text.
func EncodeInvite(i Invite) (string, error) {
	if err := i.check(); err != nil {
		return "", err
	}
	b, err := encode("invite", i)
	if err != nil {
		return "", err
	}
	return invitePrefix + base64.RawURLEncoding.EncodeToString(b), nil
}

// DecodeInvite reads an invite from its line of text; white space around it is ignored. It does not judge the expiry.
func DecodeInvite(line string) (Invite, error) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(line), invitePrefix)
	if !ok || len(rest) > MaxInvite {
		return Invite{}, malformed("invite", "", "does not begin as an invite, or is too long")
	}
	b, err := base64.RawURLEncoding.DecodeString(rest)
	if err != nil {
		return Invite{}, malformed("invite", "", "not base64url: cut short or changed on the way")
	}
	var i Invite
	if err := decode("invite", b, MaxInvite, &i); err != nil {
		return Invite{}, err
	}
	return i, i.check()
}

func (i Invite) check() error {
	u, err := url.Parse(i.URL)
	switch {
	case err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return malformed("invite", "url", "not an https address")
	case !ValidSum(i.CAFingerprint):
		return malformed("invite", "ca_fingerprint", "not of the right form")
	case !ValidSecret(i.Secret):
		return malformed("invite", "secret", "not of the right form")
	case !validTime(i.ExpiresAt):
		return malformed("invite", "expires_at", "missing")
	case !ValidDevice(i.Device):
		return malformed("invite", "device", "not of the right form")
	case !ValidCode(i.Site):
		return malformed("invite", "site", "not of the right form")
	}
	return nil
}

// ValidSecret says whether s has the form of an invite's secret.
func ValidSecret(s string) bool {
	b, err := base64.RawURLEncoding.DecodeString(s)
	return err == nil && len(b) == 32
}

// DecodeHello reads a hello's answer strictly.
func DecodeHello(b []byte) (HelloAnswer, error) {
	var a HelloAnswer
	if err := decode("hello answer", b, MaxMessage, &a); err != nil {
		return HelloAnswer{}, err
	}
	if !ValidCode(a.Trust) || !ValidCode(a.Site) || a.HubName == "" || !validText(a.HubName, 253) ||
		!strings.HasPrefix(a.EscrowRecipient, "age1") || !validToken(a.EscrowRecipient, 128) {
		return HelloAnswer{}, malformed("hello answer", "", "missing or not of the right form")
	}
	return a, nil
}

// DecodeEnrol reads an enrolment strictly.
func DecodeEnrol(b []byte) (EnrolRequest, error) {
	var r EnrolRequest
	if err := decode("enrolment", b, MaxMessage, &r); err != nil {
		return EnrolRequest{}, err
	}
	switch {
	case !ValidSecret(r.Secret):
		return EnrolRequest{}, malformed("enrolment", "secret", "not of the right form")
	case len(r.CSR) == 0 || len(r.CSR) > MaxPEM:
		return EnrolRequest{}, malformed("enrolment", "csr", "missing or too large")
	case !ValidDevice(r.DeviceName):
		return EnrolRequest{}, malformed("enrolment", "device_name", "not of the right form")
	case len(r.EscrowBlob) == 0 || len(r.EscrowBlob) > MaxEscrowBlob:
		return EnrolRequest{}, malformed("enrolment", "escrow_blob", "missing or too large")
	}
	return r, nil
}

// DecodeEnrolAnswer reads the answer to an enrolment strictly; the certificates inside are checked by who asked.
func DecodeEnrolAnswer(b []byte) (EnrolAnswer, error) {
	var a EnrolAnswer
	if err := decode("enrolment answer", b, MaxMessage, &a); err != nil {
		return EnrolAnswer{}, err
	}
	if !ValidDevice(a.DeviceID) || !ValidCode(a.Trust) || !ValidCode(a.Site) || a.HubName == "" || !validText(a.HubName, 253) {
		return EnrolAnswer{}, malformed("enrolment answer", "", "missing or not of the right form")
	}
	for _, pem := range [][]byte{a.Certificate, a.CA, a.ReceiptKey} {
		if len(pem) == 0 || len(pem) > MaxPEM {
			return EnrolAnswer{}, malformed("enrolment answer", "", "a certificate or key is missing or too large")
		}
	}
	return a, nil
}

// Encode gives any answer or request of this package its deterministic bytes, without judging it.
func Encode(v any) ([]byte, error) { return encode("message", v) }
