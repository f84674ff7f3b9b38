package provision

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/signed"
	"dermbox/firmware/keyring"
	"dermbox/sync/wire"
)

// Options say how to provision.
type Options struct {
	Invite     string                                 // the invite's line of text
	Dir        string                                 // the identity folder: must not exist, or be empty
	KeyringDir string                                 // where the hub's receipt key goes, under role hub
	DeviceName string                                 // "" takes the invite's; any other name must be the invite's
	Trust      string                                 // ODS code that the box's settings name: the hub must say the same; "" takes any
	Escrow     func(recipient string) ([]byte, error) // wraps the vault's key to the trust's escrow recipient
	Clock      appliance.Clock
	Timeout    time.Duration // for each request; 0 is 30 s
}

// Result says what came of it.
type Result struct {
	Identity     Identity  `json:"identity"`
	ReceiptKeyID string    `json:"receipt_key_id"`
	Expires      time.Time `json:"expires"` // of the device's certificate
}

// Provision enrols the device. Every refusal is an *appliance.Error with a key "provision.*"; Transient ones are worth
// repeating with the same invite. An existing identity is never replaced.
func Provision(ctx context.Context, o Options) (Result, error) {
	if err := vacant(o.Dir); err != nil {
		return Result{}, err
	}
	invite, err := readInvite(o)
	if err != nil {
		return Result{}, err
	}
	hub := newHub(invite, o)
	defer hub.close()
	hello, err := hub.hello(ctx)
	if err != nil {
		return Result{}, err
	}
	if hello.Site != invite.Site {
		return Result{}, appliance.E(appliance.Unverified, "provision.wrong_site", nil, "invite", invite.Site, "hub", hello.Site)
	}
	if o.Trust != "" && hello.Trust != o.Trust {
		return Result{}, appliance.E(appliance.Invalid, "provision.wrong_trust", nil, "hub", hello.Trust, "config", o.Trust)
	}
	draft, err := openDraft(o.Dir, invite.Secret)
	if err != nil {
		return Result{}, err
	}
	request, err := enrolment(draft, invite, hello, o)
	if err != nil {
		return Result{}, err
	}
	answer, err := hub.enrol(ctx, request)
	if err != nil {
		if appliance.CodeOf(err) == appliance.Forbidden { // for good: this invite will not be taken again
			err = errors.Join(err, draft.discard())
		}
		return Result{}, err
	}
	cert, receiptKey, err := check(answer, invite, hello, draft.key, o.Clock.Now().Wall)
	if err != nil {
		return Result{}, err
	}
	identity := Identity{
		Schema: IdentitySchema, Device: answer.DeviceID, Trust: answer.Trust, Site: answer.Site,
		HubURL: invite.URL, HubName: answer.HubName, EnrolledAt: o.Clock.Now().Wall.UTC(),
	}
	id := signed.KeyID(receiptKey)
	if err := keyring.Save(o.KeyringDir, keyring.RoleHub, receiptKeyName(id), receiptKey); err != nil {
		return Result{}, err
	}
	if err := draft.finish(o.Dir, identity, answer); err != nil {
		return Result{}, err
	}
	return Result{Identity: identity, ReceiptKeyID: id, Expires: cert.NotAfter}, nil
}

// vacant refuses to provision over an identity, or into a folder that holds anything else.
func vacant(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && len(entries) == 0:
		return nil
	case err != nil:
		return appliance.E(appliance.Invalid, "provision.unwritable", err, "path", dir)
	}
	if _, err := os.Lstat(filepath.Join(dir, identityFile)); err == nil {
		return appliance.E(appliance.Conflict, "provision.already", nil, "path", dir)
	}
	return appliance.E(appliance.Conflict, "provision.not_empty", nil, "path", dir)
}

// ReadInvite reads an invite's line: Invalid "provision.invite_malformed" for any other text.
func ReadInvite(line string) (wire.Invite, error) {
	invite, err := wire.DecodeInvite(line)
	if err != nil {
		return wire.Invite{}, appliance.E(appliance.Invalid, "provision.invite_malformed", err)
	}
	return invite, nil
}

// readInvite checks what can be checked without the hub. Only a synchronised clock may call an invite expired: with any
// other the hub decides.
func readInvite(o Options) (wire.Invite, error) {
	invite, err := ReadInvite(o.Invite)
	if err != nil {
		return wire.Invite{}, err
	}
	if o.DeviceName != "" && o.DeviceName != invite.Device {
		return wire.Invite{}, appliance.E(appliance.Invalid, "provision.invite_device", nil,
			"invite", invite.Device, "device", o.DeviceName)
	}
	now := o.Clock.Now()
	if now.Quality == appliance.ClockSynchronised && now.Wall.After(invite.ExpiresAt) {
		return wire.Invite{}, appliance.E(appliance.Forbidden, "provision.invite_expired", nil)
	}
	return invite, nil
}

// enrolment makes the request: a proof of the key (RFC 2986) and the vault's key wrapped for the trust.
func enrolment(d *draft, invite wire.Invite, hello wire.HelloAnswer, o Options) (wire.EnrolRequest, error) {
	if o.Escrow == nil {
		return wire.EnrolRequest{}, appliance.E(appliance.Internal, "provision.escrow", nil)
	}
	blob, err := o.Escrow(hello.EscrowRecipient)
	if err != nil {
		return wire.EnrolRequest{}, appliance.E(appliance.Internal, "provision.escrow", err)
	}
	template := &x509.CertificateRequest{Subject: pkix.Name{CommonName: invite.Device}}
	csr, err := x509.CreateCertificateRequest(rand.Reader, template, d.key)
	if err != nil {
		return wire.EnrolRequest{}, fmt.Errorf("making the certificate request: %w", err)
	}
	return wire.EnrolRequest{
		Secret: invite.Secret, DeviceName: invite.Device, EscrowBlob: blob,
		CSR: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: csr}),
	}, nil
}

func newDeviceKey() (*ecdsa.PrivateKey, error) {
	return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
}
