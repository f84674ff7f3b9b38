package appliance_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"dermbox/appliance"
)

// The tables of the Verhoeff check, which SNOMED CT uses for the last digit of its identifiers (Technical Implementation
// Guide, appendix on check digits).
var (
	verhoeffMultiply = [10]string{"0123456789", "1234067895", "2340178956", "3401289567", "4012395678", "5987604321", "6598710432", "7659821043", "8765932104", "9876543210"}
	verhoeffPermute  = [8]string{"0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415", "7046913258"}
)

func verhoeff(digits string) bool {
	check := byte('0')
	for i := range digits {
		d := digits[len(digits)-1-i]
		check = verhoeffMultiply[check-'0'][verhoeffPermute[i%8][d-'0']-'0']
	}
	return check == '0'
}

func TestVerhoeffItself(t *testing.T) {
	for digits, want := range map[string]bool{"2363": true, "2364": false, "2633": false, "7771000": true, "24028007": true} {
		if verhoeff(digits) != want {
			t.Errorf("%s: %v", digits, !want)
		}
	}
}

func TestSiteCodes(t *testing.T) {
	seen := map[appliance.SiteCode]bool{}
	for _, s := range appliance.BodySites {
		if seen[s.Code] {
			t.Errorf("%s is there twice", s.Code)
		}
		seen[s.Code] = true
		if code, isDCM := strings.CutPrefix(string(s.Code), "DCM:"); isDCM {
			if len(code) != 6 || strings.Trim(code, "0123456789") != "" {
				t.Errorf("%s is no DICOM code", s.Code)
			}
			continue
		}
		// SCTID: 6 to 18 digits, no leading zero, partition 00 or 10 (a concept), Verhoeff check digit.
		code := string(s.Code)
		if len(code) < 6 || len(code) > 18 || code[0] == '0' || strings.Trim(code, "0123456789") != "" || !verhoeff(code) || code[len(code)-2] != '0' {
			t.Errorf("%s is no SNOMED CT concept", code)
		}
	}
	if len(seen) < 70 {
		t.Errorf("only %d sites", len(seen))
	}
}

func TestSiteFacts(t *testing.T) {
	intimateGenital, kinds := 0, map[appliance.SiteKind]int{}
	for _, s := range appliance.BodySites {
		kinds[s.Kind]++
		if s.Kind == appliance.Genital && !s.Intimate {
			t.Errorf("%s is genital and asks for no chaperone", s.Code)
		}
		if s.Kind == appliance.Genital {
			intimateGenital++
		}
		if got, ok := appliance.FindSite(s.Code); !ok || got != s {
			t.Errorf("%s is not found", s.Code)
		}
	}
	for _, kind := range []appliance.SiteKind{appliance.PlainSkin, appliance.Acral, appliance.PartlyAcral, appliance.Mucosal,
		appliance.PartlyMucosal, appliance.Ungual, appliance.Genital, appliance.Hairy, appliance.AlwaysHairy, appliance.Inaccessible} {
		if kinds[kind] == 0 {
			t.Errorf("no site is of kind %q", kind)
		}
	}
	if _, ok := appliance.FindSite("404"); ok || intimateGenital == 0 {
		t.Error("look-up")
	}
}

// Each site and each region has a name, no site has a name that another one has, and no name is left over.
func TestSiteNames(t *testing.T) {
	raw, err := os.ReadFile("text/en/sites.json")
	if err != nil {
		t.Fatal(err)
	}
	var names map[string]string
	if err := json.Unmarshal(raw, &names); err != nil {
		t.Fatal(err)
	}
	used, owner := map[string]bool{}, map[string]string{}
	for _, s := range appliance.BodySites {
		for _, key := range []string{"site." + string(s.Code), s.Region} {
			if names[key] == "" {
				t.Errorf("%s has no name", key)
			}
			used[key] = true
		}
		key := "site." + string(s.Code)
		if other := owner[names[key]]; other != "" {
			t.Errorf("%s and %s are both called %q", key, other, names[key])
		}
		owner[names[key]] = key
	}
	for key := range names {
		if strings.HasPrefix(key, "site.") && !used[key] {
			t.Errorf("%s names no site", key)
		}
	}
}
