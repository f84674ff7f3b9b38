package appliance

import (
	"crypto/rand"
	"fmt"
	"strings"
)

// CaseID, LesionID and CaptureID are random version 4 UUIDs (RFC 9562) in lower case, minted on the device once and kept
// for ever: DICOM UIDs and FHIR identifiers are derived from them later.
type (
	CaseID    string
	LesionID  string
	CaptureID string
)

// NewID gives a new random version 4 UUID. It cannot fail: the operating system's generator blocks rather than err.
func NewID() string {
	var b [16]byte
	rand.Read(b[:]) // never returns an error (Go 1.24)
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// Reference is the short form of a case's id that people read out on the telephone: "DX-" and the first eight hex digits
// in capitals. It is not unique on its own and never used as a key.
func (id CaseID) Reference() string {
	s := string(id)
	if len(s) < 8 {
		return s
	}
	return "DX-" + strings.ToUpper(s[:8])
}

// ValidID says whether s has the form of an id that NewID makes.
func ValidID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i, r := range s {
		switch {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if r != '-' {
				return false
			}
		case i == 14:
			if r != '4' {
				return false
			}
		case !strings.ContainsRune("0123456789abcdef", r):
			return false
		}
	}
	return strings.ContainsRune("89ab", rune(s[19]))
}
