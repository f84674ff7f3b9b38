package wire

import (
	"strings"
	"time"

	"dermbox/appliance"
)

const (
	upper  = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	lower  = "abcdefghijklmnopqrstuvwxyz"
	digits = "0123456789"
)

// ValidCode says whether s has the form of an ODS code of a trust or a site: 2 to 12 capitals and digits.
func ValidCode(s string) bool {
	return len(s) >= 2 && len(s) <= 12 && strings.Trim(s, upper+digits) == ""
}

// ValidDevice says whether s may name a device: 1 to 63 lower-case letters, digits and hyphens, with no hyphen at either
// end (a DNS label, RFC 1123).
func ValidDevice(s string) bool {
	return len(s) >= 1 && len(s) <= 63 && strings.Trim(s, lower+digits+"-") == "" && s[0] != '-' && s[len(s)-1] != '-'
}

// validToken is the form of words that one side makes and the other only compares: an epoch, an audit head, a key id.
func validToken(s string, most int) bool {
	return len(s) <= most && strings.Trim(s, upper+lower+digits+"-_.:+/=") == ""
}

// validText is a name or sentence for people: at most so many bytes of printable UTF-8 on one line.
func validText(s string, most int) bool {
	return len(s) <= most && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\uFFFD' })
}

func validStamp(s appliance.Stamp) bool {
	switch s.Quality {
	case appliance.ClockSynchronised, appliance.ClockUnverified, appliance.ClockSuspect:
	default:
		return false
	}
	return validTime(s.Wall) && s.Mono >= 0 && validToken(s.Boot, 64)
}

// validTime takes any year that JSON can write and that a clock with an empty battery can show.
func validTime(t time.Time) bool { return !t.IsZero() && t.Year() >= 1970 && t.Year() < 2200 }
