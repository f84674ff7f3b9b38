package staff

import (
	"regexp"
	"strings"

	"dermbox/appliance"
)

// Member is a member of staff as lists show them.
type Member struct {
	ID       string `json:"id"`   // staff id: letters, digits and . _ @ -, at most 64
	Name     string `json:"name"` // as shown on the kiosk, at most 100 characters
	Role     string `json:"role"` // "hca", "it" or "lead"
	Disabled bool   `json:"disabled"`
}

// PINDigits is the length of a PIN.
const PINDigits = 6

var idForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$`)

func (m Member) check() error {
	switch {
	case !idForm.MatchString(m.ID):
		return appliance.FieldError("id", "staff.id")
	case strings.TrimSpace(m.Name) == "" || len(m.Name) > 100:
		return appliance.FieldError("name", "staff.name")
	case m.Role != "hca" && m.Role != "it" && m.Role != "lead":
		return appliance.FieldError("role", "staff.role")
	}
	return nil
}

func (m Member) operator() appliance.Operator {
	return appliance.Operator{ID: m.ID, Name: m.Name, Role: m.Role}
}

// CheckPIN refuses a PIN that is not six digits, or that is among the first that anybody would try: one digit repeated, or
// a run up or down.
func CheckPIN(pin string) error {
	if len(pin) != PINDigits || strings.Trim(pin, "0123456789") != "" {
		return appliance.FieldError("pin", "staff.pin.digits")
	}
	same, up, down := true, true, true
	for i := 1; i < len(pin); i++ {
		step := int(pin[i]) - int(pin[i-1])
		same, up, down = same && step == 0, up && (step == 1 || step == -9), down && (step == -1 || step == 9)
	}
	if same || up || down {
		return appliance.FieldError("pin", "staff.pin.simple")
	}
	return nil
}
