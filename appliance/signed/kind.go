package signed

// Kind is a kind of signed data; it is bound into the signature through its payload type.
type Kind string

// The kinds, with the role whose key signs each.
const (
	KindModel    Kind = "model"    // manifest of a model pack; role model
	KindRules    Kind = "rules"    // eligibility rules; role clinical
	KindProfile  Kind = "profile"  // quality profile; role clinical
	KindCamera   Kind = "camera"   // camera profiles; role clinical
	KindPolicy   Kind = "policy"   // trust policy; role trust
	KindSite     Kind = "site"     // site facts; role trust
	KindRoster   Kind = "roster"   // staff roster; role trust
	KindManifest Kind = "manifest" // a batch's manifest; the device's own key
	KindReceipt  Kind = "receipt"  // the hub's receipt; role hub
)

// Kinds lists every kind, in the order in which a person would meet them.
func Kinds() []Kind {
	return []Kind{KindModel, KindRules, KindProfile, KindCamera, KindPolicy, KindSite, KindRoster, KindManifest, KindReceipt}
}

// Known says whether k is one of the kinds above.
func (k Kind) Known() bool {
	for _, known := range Kinds() {
		if k == known {
			return true
		}
	}
	return false
}

// PayloadType gives the DSSE payload type of a kind: "application/vnd.dermbox.<kind>+json".
func PayloadType(k Kind) string {
	return "application/vnd.dermbox." + string(k) + "+json"
}

// kindOf gives the kind of a payload type, and "" for any that is not ours.
func kindOf(payloadType string) Kind {
	for _, k := range Kinds() {
		if PayloadType(k) == payloadType {
			return k
		}
	}
	return ""
}
