package signed

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"
)

// errAlgorithm refuses every key that is neither Ed25519 nor ECDSA on P-256.
var errAlgorithm = errors.New("signed: key is neither Ed25519 nor ECDSA P-256")

// errSignature is what a verifier says of a signature that does not check.
var errSignature = errors.New("signed: signature does not match")

// Signer makes signatures with one private key, wherever that key lives. It is safe for concurrent use when its key is.
type Signer interface {
	// KeyID gives the id of the public key, as the function KeyID does.
	KeyID() string
	// Sign signs pae, the DSSE pre-authentication encoding.
	Sign(ctx context.Context, pae []byte) ([]byte, error)
}

// NewEd25519Signer signs with an Ed25519 private key held in memory.
func NewEd25519Signer(key ed25519.PrivateKey) Signer { return NewSigner(key) }

// NewSigner signs with any crypto.Signer, in memory or in a TPM: Ed25519 over the encoding itself, ECDSA P-256 as an ASN.1
// signature over its SHA-256. With any other key each Sign fails.
func NewSigner(key crypto.Signer) Signer {
	return keySigner{key: key, id: KeyID(key.Public())}
}

type keySigner struct {
	key crypto.Signer
	id  string
}

func (s keySigner) KeyID() string { return s.id }

func (s keySigner) Sign(ctx context.Context, pae []byte) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	switch algorithm(s.key.Public()) {
	case "ed25519":
		return s.key.Sign(rand.Reader, pae, crypto.Hash(0))
	case "p256":
		sum := sha256.Sum256(pae)
		return s.key.Sign(rand.Reader, sum[:], crypto.SHA256)
	}
	return nil, errAlgorithm
}

// NewVerifier checks signatures of one public key, Ed25519 or ECDSA P-256; with any other key each Verify fails.
func NewVerifier(pub crypto.PublicKey) dsse.Verifier {
	return keyVerifier{pub: pub, id: KeyID(pub)}
}

type keyVerifier struct {
	pub crypto.PublicKey
	id  string
}

func (v keyVerifier) KeyID() (string, error) {
	if v.id == "" {
		return "", errAlgorithm
	}
	return v.id, nil
}

func (v keyVerifier) Public() crypto.PublicKey { return v.pub }

func (v keyVerifier) Verify(ctx context.Context, pae, sig []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var ok bool
	switch algorithm(v.pub) {
	case "ed25519":
		ok = ed25519.Verify(v.pub.(ed25519.PublicKey), pae, sig)
	case "p256":
		sum := sha256.Sum256(pae)
		ok = ecdsa.VerifyASN1(v.pub.(*ecdsa.PublicKey), sum[:], sig)
	default:
		return errAlgorithm
	}
	if !ok {
		return errSignature
	}
	return nil
}

// KeyID names a public key: "ed25519:" or "p256:" and the first 16 hex digits of the SHA-256 of its PKIX DER form. It is
// "" for a key of any other algorithm. The id only chooses a key; trust comes from the signature.
func KeyID(pub crypto.PublicKey) string {
	name := algorithm(pub)
	if name == "" {
		return ""
	}
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(der)
	return name + ":" + hex.EncodeToString(sum[:])[:16]
}

func algorithm(pub crypto.PublicKey) string {
	switch k := pub.(type) {
	case ed25519.PublicKey:
		if len(k) == ed25519.PublicKeySize {
			return "ed25519"
		}
	case *ecdsa.PublicKey:
		if k != nil && k.Curve == elliptic.P256() {
			return "p256"
		}
	}
	return ""
}
