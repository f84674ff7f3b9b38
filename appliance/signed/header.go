package signed

import (
	"time"

	"dermbox/appliance"
)

// Header holds the fields that all signed JSON data of publishers begins with; embed it.
type Header struct {
	Schema    string    `json:"schema"`  // for example "dermbox.rules/1"
	ID        string    `json:"id"`      // names the data across its versions
	Version   int       `json:"version"` // counts up from 1
	IssuedAt  time.Time `json:"issued_at"`
	ExpiresAt time.Time `json:"expires_at,omitzero"` // zero: does not expire
}

// CheckExpiry refuses data whose time has passed at now, with *appliance.Error Unverified "signed.expired". Data issued
// after now is not refused: on a clinic's box that means a clock that runs behind, and the clinic must not be blocked by
// it. The caller bounds now from below (never before the build or a time seen earlier).
func CheckExpiry(h Header, now time.Time) error {
	if h.ExpiresAt.IsZero() || now.Before(h.ExpiresAt) {
		return nil
	}
	return appliance.E(appliance.Unverified, "signed.expired", nil,
		"id", h.ID, "expired", h.ExpiresAt.UTC().Format(time.DateOnly))
}
