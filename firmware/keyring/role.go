package keyring

import "dermbox/appliance/signed"

// Role is what a key is trusted for; it is also the name of its folder in a keyring.
type Role string

// The roles.
const (
	RoleModel    Role = "model"    // publishes model packs
	RoleClinical Role = "clinical" // publishes eligibility rules, quality profiles and camera profiles
	RoleTrust    Role = "trust"    // publishes the trust's policy, site facts and roster
	RoleHub      Role = "hub"      // signs receipts; learnt by enrolment only
)

// Roles lists the roles.
func Roles() []Role { return []Role{RoleModel, RoleClinical, RoleTrust, RoleHub} }

// RoleOf gives the role whose keys sign the kind; false for a batch's manifest, which the device signs with its own key,
// and for kinds that do not exist.
func RoleOf(kind signed.Kind) (Role, bool) {
	switch kind {
	case signed.KindModel:
		return RoleModel, true
	case signed.KindRules, signed.KindProfile, signed.KindCamera:
		return RoleClinical, true
	case signed.KindPolicy, signed.KindSite, signed.KindRoster:
		return RoleTrust, true
	case signed.KindReceipt:
		return RoleHub, true
	}
	return "", false
}

func (r Role) known() bool {
	for _, known := range Roles() {
		if r == known {
			return true
		}
	}
	return false
}
