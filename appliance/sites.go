package appliance

// SiteCode names a body site: a SNOMED CT code, or "DCM:" and a DICOM code where SNOMED CT has none.
type SiteCode string

// BodySite is one place on the body that a lesion can be at.
type BodySite struct {
	Code     SiteCode // its name is the catalogue's "site." + Code
	Region   string   // catalogue key of the group that lists it
	Kind     SiteKind // what the eligibility rules need to know of it
	Paired   bool     // left and right must be told apart
	Intimate bool     // a chaperone must have been accepted or declined
}

// SiteKind groups sites by the eligibility rule that reads them.
type SiteKind string

// The kinds of site. The partly kinds have an excluded side or margin: the answer is not in the code but in the lesion's
// AcralSide or MucosalMargin, and a rule takes the safe side until it is given.
const (
	PlainSkin     SiteKind = ""
	Acral         SiteKind = "acral"          // palm, sole, heel (X02)
	PartlyAcral   SiteKind = "partly_acral"   // digits, foot: the palmar or plantar side is X02
	Mucosal       SiteKind = "mucosal"        // mouth (X03)
	PartlyMucosal SiteKind = "partly_mucosal" // eyelid, lip: the margin is X03
	Ungual        SiteKind = "ungual"         // nail unit (X04)
	Genital       SiteKind = "genital"        // X05
	Hairy         SiteKind = "hairy"          // scalp, nape: X06 unless the hair was cleared from the field, which is asked
	AlwaysHairy   SiteKind = "always_hairy"   // eyebrow, axilla: X06, whatever was answered
	Inaccessible  SiteKind = "inaccessible"   // X12: the dermatoscope cannot reach it
)

// BodySites lists the sites that the kiosk offers, in its order. Codes: DICOM PS3.16 CID 4029 (Dermatology Anatomic Site).
var BodySites = []BodySite{
	{"43067004", "region.head_and_neck", Hairy, false, false},
	{"61719002", "region.head_and_neck", Hairy, false, false},
	{"68698007", "region.head_and_neck", PlainSkin, false, false},
	{"16621002", "region.head_and_neck", PlainSkin, true, false},
	{"367577003", "region.head_and_neck", AlwaysHairy, true, false},
	{"41310005", "region.head_and_neck", PartlyMucosal, true, false},
	{"40069000", "region.head_and_neck", PartlyMucosal, true, false},
	{"37671003", "region.head_and_neck", PlainSkin, true, false},
	{"27887005", "region.head_and_neck", PlainSkin, true, false},
	{"36141000", "region.head_and_neck", PlainSkin, true, false},
	{"113179006", "region.head_and_neck", PlainSkin, false, false},
	{"68598004", "region.head_and_neck", PlainSkin, true, false},
	{"79283007", "region.head_and_neck", PlainSkin, false, false},
	{"37108007", "region.head_and_neck", PlainSkin, true, false},
	{"16251004", "region.head_and_neck", PartlyMucosal, false, false},
	{"66934001", "region.head_and_neck", PartlyMucosal, false, false},
	{"84365009", "region.head_and_neck", PlainSkin, false, false},
	{"110488009", "region.head_and_neck", PlainSkin, false, false},
	{"23747009", "region.head_and_neck", PlainSkin, false, false},
	{"244097004", "region.head_and_neck", PlainSkin, true, false},
	{"86719006", "region.head_and_neck", PlainSkin, true, false},
	{"24483006", "region.head_and_neck", PlainSkin, true, false},
	{"1902009", "region.head_and_neck", PlainSkin, true, false},
	{"79313003", "region.head_and_neck", PlainSkin, true, false},
	{"2059009", "region.head_and_neck", PlainSkin, true, false},
	{"86409001", "region.head_and_neck", Inaccessible, true, false},
	{"11584001", "region.head_and_neck", PlainSkin, false, false},
	{"5272005", "region.head_and_neck", PlainSkin, true, false},
	{"4658004", "region.head_and_neck", Hairy, false, false},
	{"34926004", "region.head_and_neck", PlainSkin, false, false},
	{"244106003", "region.trunk", PlainSkin, false, false},
	{"244107007", "region.trunk", PlainSkin, false, false},
	{"72005009", "region.trunk", PlainSkin, true, true},
	{"54468004", "region.trunk", PlainSkin, true, true},
	{"75093004", "region.trunk", PlainSkin, false, false},
	{"315003", "region.trunk", PlainSkin, false, false},
	{"699893008", "region.trunk", PlainSkin, false, false},
	{"DCM:130323", "region.trunk", PlainSkin, false, false},
	{"113182001", "region.trunk", PlainSkin, false, false},
	{"66643007", "region.trunk", PlainSkin, false, false},
	{"76261009", "region.trunk", AlwaysHairy, true, false},
	{"66288003", "region.trunk", PlainSkin, true, false},
	{"76072005", "region.trunk", PlainSkin, true, false},
	{"22180002", "region.trunk", PlainSkin, true, true},
	{"39687006", "region.trunk", PlainSkin, true, true},
	{"45981001", "region.upper_limb", PlainSkin, true, false},
	{"72939005", "region.upper_limb", PlainSkin, true, false},
	{"17957002", "region.upper_limb", PlainSkin, true, false},
	{"181536004", "region.upper_limb", PlainSkin, true, false},
	{"70559009", "region.upper_limb", PlainSkin, true, false},
	{"41550009", "region.upper_limb", PlainSkin, true, false},
	{"24527008", "region.upper_limb", PlainSkin, true, false},
	{"52876008", "region.upper_limb", PlainSkin, true, false},
	{"281642007", "region.upper_limb", PlainSkin, true, false},
	{"70887009", "region.upper_limb", Acral, true, false},
	{"244169007", "region.upper_limb", PartlyAcral, true, false},
	{"61248009", "region.lower_limb", PlainSkin, true, false},
	{"4578000", "region.lower_limb", PlainSkin, true, false},
	{"73958006", "region.lower_limb", PlainSkin, true, false},
	{"181553006", "region.lower_limb", PlainSkin, true, false},
	{"84507004", "region.lower_limb", PlainSkin, true, false},
	{"25763004", "region.lower_limb", PlainSkin, true, false},
	{"47224004", "region.lower_limb", PlainSkin, true, false},
	{"181564009", "region.lower_limb", PlainSkin, true, false},
	{"181563003", "region.lower_limb", PlainSkin, true, false},
	{"60496002", "region.lower_limb", PartlyAcral, true, false},
	{"84607009", "region.lower_limb", Acral, true, false},
	{"35739000", "region.lower_limb", Acral, true, false},
	{"52953006", "region.lower_limb", Acral, true, false},
	{"DCM:130317", "region.lower_limb", Acral, true, false},
	{"52034004", "region.lower_limb", PartlyAcral, true, false},
	{"770809003", "region.never_ai", Ungual, true, false},
	{"770805009", "region.never_ai", Ungual, true, false},
	{"113277000", "region.never_ai", Mucosal, false, false},
	{"60944009", "region.never_ai", Genital, false, true},
	{"35900000", "region.never_ai", Genital, false, true},
	{"81992007", "region.never_ai", Genital, false, true},
	{"73058008", "region.never_ai", Genital, true, true},
	{"48014002", "region.never_ai", Genital, false, true},
	{"59112000", "region.never_ai", Genital, false, true},
}

// FindSite gives the body site of a code.
func FindSite(code SiteCode) (BodySite, bool) {
	for _, s := range BodySites {
		if s.Code == code {
			return s, true
		}
	}
	return BodySite{}, false
}
