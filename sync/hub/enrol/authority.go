package enrol

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"

	"dermbox/appliance"
	"dermbox/appliance/durable"
	"dermbox/appliance/signed"
	"dermbox/sync/wire"
)

// Lives of certificates.
const (
	caLife     = 10 * 365 * 24 * time.Hour
	hubLife    = 397 * 24 * time.Hour // the most that browsers take
	deviceLife = 90 * 24 * time.Hour
	backdate   = time.Hour // for a device whose clock is a little behind
)

// The files of the hub's keys folder.
const (
	fileHub        = "hub.json" // written last: without it there is no hub here
	fileCA         = "ca.crt.pem"
	fileCAKey      = "ca.key.pem"
	fileReceiptKey = "receipt.key.pem"
	fileReceiptPub = "receipt.pub.pem"
	fileServer     = "server.crt.pem"
	fileServerKey  = "server.key.pem"
)

// Facts are what is settled for good when a hub is made.
type Facts struct {
	Trust           string    `json:"trust"` // ODS code
	Name            string    `json:"name"`  // as receipts and kiosks show it
	EscrowRecipient string    `json:"escrow_recipient"`
	CreatedAt       time.Time `json:"created_at"`
}

// Authority holds the hub's keys. It is safe for concurrent use.
type Authority struct {
	Facts
	CA        *x509.Certificate
	Receipts  signed.Signer // of receipts
	dir       string
	caKey     crypto.Signer
	receiptID crypto.PublicKey
	clock     appliance.Clock
}

// Exists says whether a hub was made in dir.
func Exists(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, fileHub))
	return err == nil
}

// Create makes the keys of a new hub in dir, which must exist, and writes the escrow's private half to escrowOut, a new
// file that must not lie under keepOut. An existing hub is a Conflict; what an interrupted Create left is made anew.
func Create(dir, keepOut, escrowOut string, f Facts, clock appliance.Clock) (*Authority, error) {
	if Exists(dir) {
		return nil, appliance.E(appliance.Conflict, "hubctl.init.exists", nil, "dir", dir)
	}
	if err := CheckNew(keepOut, escrowOut, f); err != nil {
		return nil, err
	}
	recipient, err := escrow(escrowOut)
	if err != nil {
		return nil, err
	}
	f.EscrowRecipient, f.CreatedAt = recipient, clock.Now().Wall.UTC()
	if err := createCA(dir, f); err != nil {
		return nil, err
	}
	if err := createReceiptKey(dir); err != nil {
		return nil, err
	}
	b, err := json.MarshalIndent(f, "", " ")
	if err != nil {
		return nil, fmt.Errorf("encode the hub's facts: %w", err)
	}
	if err := durable.WriteFile(filepath.Join(dir, fileHub), append(b, '\n'), 0o600); err != nil {
		return nil, err
	}
	return Load(dir, clock)
}

// CheckNew says whether Create could make a hub of those facts and write the escrow's private half to escrowOut, as far as
// can be said before anything is made: keepOut need not be there yet. Errors are Create's.
func CheckNew(keepOut, escrowOut string, f Facts) error {
	if !wire.ValidCode(f.Trust) {
		return appliance.FieldError("trust", "hubctl.init.trust")
	}
	inside, err := within(keepOut, escrowOut)
	if err != nil {
		return err
	}
	if inside {
		return appliance.FieldError("escrow-out", "hubctl.init.escrow_inside", "path", escrowOut)
	}
	if _, err := os.Lstat(escrowOut); err == nil {
		return appliance.FieldError("escrow-out", "hubctl.init.escrow_exists", "path", escrowOut)
	}
	return nil
}

// escrow makes the escrow pair and keeps only its public half.
func escrow(out string) (recipient string, err error) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return "", fmt.Errorf("make the escrow pair: %w", err)
	}
	recipient = id.Recipient().String()
	text := "# dermbox escrow key: keep it offline and away from the hub. It opens every box's vault.\n# public key: " +
		recipient + "\n" + id.String() + "\n"
	return recipient, durable.WriteFile(out, []byte(text), 0o600)
}

// within says whether path's folder is dir or lies under it, whatever links lead there. A dir that is not there yet holds no
// folder; a path into it by name is within all the same.
func within(dir, path string) (bool, error) {
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return false, appliance.E(appliance.Invalid, "hubctl.init.no_folder", err, "path", dir)
	}
	if _, err := os.Stat(absolute); errors.Is(err, fs.ErrNotExist) {
		named, err := filepath.Abs(path)
		if err == nil && strings.HasPrefix(named, absolute+string(filepath.Separator)) {
			return true, nil
		}
	} else if absolute, err = resolve(dir); err != nil {
		return false, err
	}
	dir = absolute
	folder, err := resolve(filepath.Dir(path))
	if err != nil {
		return false, err
	}
	rel, err := filepath.Rel(dir, folder)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)), nil
}

func resolve(dir string) (string, error) {
	absolute, err := filepath.Abs(dir)
	if err == nil {
		absolute, err = filepath.EvalSymlinks(absolute)
	}
	if err != nil {
		return "", appliance.E(appliance.Invalid, "hubctl.init.no_folder", err, "path", dir)
	}
	return absolute, nil
}

func createCA(dir string, f Facts) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("make the CA's key: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{Organization: []string{f.Trust}, CommonName: "dermbox CA " + f.Trust},
		NotBefore: f.CreatedAt.Add(-backdate), NotAfter: f.CreatedAt.Add(caLife), IsCA: true, BasicConstraintsValid: true,
		MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return fmt.Errorf("make the CA's certificate: %w", err)
	}
	if err := saveKey(filepath.Join(dir, fileCAKey), key); err != nil {
		return err
	}
	return durable.WriteFile(filepath.Join(dir, fileCA), encodePEM(blockCertificate, der), 0o644)
}

func createReceiptKey(dir string) error {
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return fmt.Errorf("make the receipt key: %w", err)
	}
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return fmt.Errorf("encode the receipt key: %w", err)
	}
	if err := saveKey(filepath.Join(dir, fileReceiptKey), key); err != nil {
		return err
	}
	return durable.WriteFile(filepath.Join(dir, fileReceiptPub), encodePEM(blockPublic, der), 0o644)
}

// Load opens the keys of an existing hub; NotFound when none was made in dir.
func Load(dir string, clock appliance.Clock) (*Authority, error) {
	if !Exists(dir) {
		return nil, appliance.E(appliance.NotFound, "hubctl.init.missing", nil, "dir", dir)
	}
	a := &Authority{dir: dir, clock: clock}
	b, err := readFile(filepath.Join(dir, fileHub))
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(b, &a.Facts); err != nil {
		return nil, unreadable(fileHub, err)
	}
	if a.CA, err = loadCertificate(filepath.Join(dir, fileCA)); err != nil {
		return nil, err
	}
	if a.caKey, err = loadKey(filepath.Join(dir, fileCAKey)); err != nil {
		return nil, err
	}
	receipts, err := loadKey(filepath.Join(dir, fileReceiptKey))
	if err != nil {
		return nil, err
	}
	a.Receipts, a.receiptID = signed.NewSigner(receipts), receipts.Public()
	return a, nil
}

func loadCertificate(path string) (*x509.Certificate, error) {
	b, err := readFile(path)
	if err != nil {
		return nil, err
	}
	der, err := decodePEM(blockCertificate, b)
	if err != nil {
		return nil, unreadable(path, err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, unreadable(path, err)
	}
	return cert, nil
}

// CAPEM gives the CA's certificate.
func (a *Authority) CAPEM() []byte { return encodePEM(blockCertificate, a.CA.Raw) }

// Fingerprint gives the SHA-256 of the CA's certificate in hex: what an invite pins.
func (a *Authority) Fingerprint() string { return wire.HexSum(a.CA.Raw) }

// ReceiptPEM gives the public half of the receipt key.
func (a *Authority) ReceiptPEM() ([]byte, error) {
	der, err := x509.MarshalPKIXPublicKey(a.receiptID)
	if err != nil {
		return nil, errors.New("the receipt key cannot be encoded")
	}
	return encodePEM(blockPublic, der), nil
}
