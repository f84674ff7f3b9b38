package staff

import (
	"crypto/rand"
	"crypto/subtle"

	"golang.org/x/crypto/argon2"

	"dermbox/appliance"
)

// Params are argon2id's costs. They are stored with each verifier, so that they may rise later.
type Params struct {
	MemoryKiB uint32 `json:"memory_kib"`
	Time      uint32 `json:"time"`
	Threads   uint8  `json:"threads"`
}

// DefaultParams gives 64 MiB, three passes, two lanes: about 0.4 s on the box.
func DefaultParams() Params { return Params{MemoryKiB: 64 << 10, Time: 3, Threads: 2} }

// valid keeps a damaged row from asking for all the memory there is.
func (p Params) valid() bool {
	return p.MemoryKiB >= 8 && p.MemoryKiB <= 1<<20 && p.Time >= 1 && p.Time <= 64 && p.Threads >= 1 && p.Threads <= 64
}

const (
	saltSize = 16
	hashSize = 32
)

// verifier is what is kept of a PIN.
type verifier struct {
	Params Params `json:"params"`
	Salt   []byte `json:"salt"`
	Hash   []byte `json:"hash"`
}

// pepper mixes the PIN with the box's secret and the member's id.
func (s *Service) pepper(id, pin string) []byte {
	return s.vault.BlindIndex("staff.pin", id+"\x00"+pin)
}

func (s *Service) newVerifier(id, pin string) verifier {
	salt := make([]byte, saltSize)
	rand.Read(salt) // never returns an error (Go 1.24)
	v := verifier{Params: s.params, Salt: salt}
	v.Hash = v.hash(s.pepper(id, pin))
	return v
}

func (v verifier) hash(peppered []byte) []byte {
	return argon2.IDKey(peppered, v.Salt, v.Params.Time, v.Params.MemoryKiB, v.Params.Threads, hashSize)
}

// matches compares in constant time. The error says that the row is damaged.
func (v verifier) matches(peppered []byte) (bool, error) {
	if !v.Params.valid() || len(v.Salt) != saltSize || len(v.Hash) != hashSize {
		return false, appliance.E(appliance.Unverified, "staff.damaged", nil)
	}
	return subtle.ConstantTimeCompare(v.hash(peppered), v.Hash) == 1, nil
}
