package people

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"dermbox/appliance"
)

// The cost of one check: 64 MiB and three passes, about 0.4 s on a clinic machine (RFC 9106, 4).
const (
	memoryKiB = 64 << 10
	passes    = 3
	lanes     = 2
	saltSize  = 16
	hashSize  = 32
)

// Bounds of a password, in characters (NCSC: length over composition).
const (
	MinPassword = 12
	MaxPassword = 256
)

// hash gives the password's hash in the PHC string format.
func hash(password string) string {
	salt := make([]byte, saltSize)
	rand.Read(salt) // never fails (Go 1.24)
	sum := argon2.IDKey([]byte(password), salt, passes, memoryKiB, lanes, hashSize)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memoryKiB, passes, lanes,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(sum))
}

// matches says whether the password is the one of a hash that this or an earlier version made.
func matches(password, encoded string) (bool, error) {
	var version int
	var m, t uint32
	var p uint8
	parts := strings.Split(encoded, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, errHash
	}
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return false, errHash
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &m, &t, &p); err != nil || m > 1<<20 || t < 1 || t > 16 || p < 1 {
		return false, errHash
	}
	salt, saltErr := base64.RawStdEncoding.DecodeString(parts[4])
	want, wantErr := base64.RawStdEncoding.DecodeString(parts[5])
	if saltErr != nil || wantErr != nil || len(want) < 16 || len(want) > 64 {
		return false, errHash
	}
	got := argon2.IDKey([]byte(password), salt, t, m, p, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}

var errHash = errors.New("a kept password cannot be read")

// checkPassword refuses passwords that are too short to resist guessing, or absurd.
func checkPassword(password string) error {
	if n := utf8.RuneCountInString(password); n < MinPassword || n > MaxPassword {
		return appliance.FieldError("password", "hubctl.user.password", "min", fmt.Sprint(MinPassword), "max", fmt.Sprint(MaxPassword))
	}
	return nil
}

// Generate makes a password of 100 random bits that can be read out: four groups of five letters and digits.
func Generate() string {
	b := make([]byte, 13)
	rand.Read(b) // never fails (Go 1.24)
	s := strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b))
	return s[:5] + "-" + s[5:10] + "-" + s[10:15] + "-" + s[15:20]
}
