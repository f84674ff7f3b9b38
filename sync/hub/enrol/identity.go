package enrol

import (
	"crypto/rand"
	"crypto/x509"
	"errors"
	"math/big"
	"net/url"
	"strings"

	"dermbox/sync/hub/ledger"
	"dermbox/sync/wire"
)

const identityScheme = "dermbox"

// identityURI is the device's name in its certificate: "dermbox:<trust>:<site>:<device>" (RFC 5280, 4.2.1.6).
func identityURI(d ledger.Device) *url.URL {
	return &url.URL{Scheme: identityScheme, Opaque: d.Trust + ":" + d.Site + ":" + d.ID}
}

// DeviceOf reads the device's name from a client certificate whose chain was verified. A certificate without exactly one
// such name belongs to no device.
func DeviceOf(cert *x509.Certificate) (ledger.Device, error) {
	if len(cert.URIs) != 1 || cert.URIs[0].Scheme != identityScheme {
		return ledger.Device{}, errors.New("the certificate names no device")
	}
	parts := strings.Split(cert.URIs[0].Opaque, ":")
	if len(parts) != 3 || !wire.ValidCode(parts[0]) || !wire.ValidCode(parts[1]) || !wire.ValidDevice(parts[2]) {
		return ledger.Device{}, errors.New("the certificate names no device")
	}
	return ledger.Device{Trust: parts[0], Site: parts[1], ID: parts[2]}, nil
}

func serial() *big.Int {
	b := make([]byte, 16)
	rand.Read(b) // never fails (Go 1.24)
	b[0] = b[0]&0x7f | 0x40
	return new(big.Int).SetBytes(b)
}
