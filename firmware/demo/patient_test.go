package demo_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"dermbox/appliance"
	"dermbox/firmware/demo"
)

func TestNewPatientIsInventedAndValid(t *testing.T) {
	seen := map[appliance.NHSNumber]bool{}
	for seed := range uint64(200) {
		p := demo.NewPatient(rand.New(rand.NewPCG(seed, 1)))
		n, err := appliance.ParseNHSNumber(string(p.NHSNumber))
		if err != nil || !n.Test() {
			t.Fatalf("seed %d: number %v, %v, want a valid one of the test range", seed, n.Test(), err)
		}
		seen[n] = true
		born, err := appliance.NewDate("birth_date", p.Year, p.Month, p.Day)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if age, ok := born.AgeAt(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)); !ok || age < 18 {
			t.Errorf("seed %d: age %d, want an adult", seed, age)
		}
		site, ok := appliance.FindSite(p.SiteCode)
		if !ok || site.Kind != appliance.PlainSkin || !site.Paired {
			t.Errorf("seed %d: site %+v, want paired plain skin", seed, site)
		}
	}
	if len(seen) < 190 {
		t.Errorf("%d different numbers of 200: patients repeat", len(seen))
	}
}
