package demo

import (
	"fmt"
	"math/rand/v2"

	"dermbox/appliance"
)

// Patient is an invented person for one visit: a name of no one, and an NHS number from the range 999, which is kept for
// tests and never given to anybody.
type Patient struct {
	NHSNumber          appliance.NHSNumber
	Family, Given      string
	Gender             string
	Day, Month, Year   int
	SkinType, Ethnic   string
	SiteCode           appliance.SiteCode
	Laterality         appliance.Laterality
	DiameterMM         float64
	ReferralDaysBefore int
}

var (
	familyNames = []string{"Ashdown-Test", "Birtwell-Test", "Copperfield-Test", "Dunmore-Test", "Elverson-Test", "Fairholme-Test"}
	femaleNames = []string{"Agatha", "Beatrix", "Cordelia", "Dorothea", "Evangeline"}
	maleNames   = []string{"Ambrose", "Barnaby", "Cedric", "Desmond", "Everard"}
	plainSites  = []struct {
		code appliance.SiteCode
		side appliance.Laterality
	}{{"45981001", appliance.Left}, {"72939005", appliance.Right}, {"72939005", appliance.Left}, {"45981001", appliance.Right}}
)

// NewPatient invents an adult whom no exclusion rule keeps from the model.
func NewPatient(r *rand.Rand) Patient {
	p := Patient{
		NHSNumber: newNHSNumber(r), Family: familyNames[r.IntN(len(familyNames))], Gender: "female",
		Day: 1 + r.IntN(28), Month: 1 + r.IntN(12), Year: 1940 + r.IntN(50),
		SkinType: "II", Ethnic: "A", DiameterMM: 4 + float64(r.IntN(5))/2, ReferralDaysBefore: 3 + r.IntN(10),
	}
	names := femaleNames
	if r.IntN(2) == 0 {
		p.Gender, names = "male", maleNames
	}
	p.Given = names[r.IntN(len(names))]
	site := plainSites[r.IntN(len(plainSites))]
	p.SiteCode, p.Laterality = site.code, site.side
	return p
}

// newNHSNumber draws numbers of the range 999 until one has a valid check digit: one in eleven has.
func newNHSNumber(r *rand.Rand) appliance.NHSNumber {
	for {
		if n, err := appliance.ParseNHSNumber(fmt.Sprintf("999%07d", r.IntN(10_000_000))); err == nil {
			return n
		}
	}
}
