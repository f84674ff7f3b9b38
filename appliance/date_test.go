package appliance_test

import (
	"testing"
	"time"

	"dermbox/appliance"
)

func TestNewDate(t *testing.T) {
	for _, c := range []struct {
		name             string
		year, month, day int
		want             appliance.Date
	}{
		{"ordinary", 1951, 7, 14, "1951-07-14"},
		{"leap day", 2024, 2, 29, "2024-02-29"},
		{"no leap day", 2023, 2, 29, ""},
		{"1900 was no leap year", 1900, 2, 29, ""},
		{"31 April", 2020, 4, 31, ""},
		{"month 13", 2020, 13, 1, ""},
		{"month 0", 2020, 0, 1, ""},
		{"day 0", 2020, 1, 0, ""},
		{"negative", 2020, -1, -1, ""},
		{"two-digit year", 51, 7, 14, ""},
		{"first year", 1880, 1, 1, "1880-01-01"},
		{"before the first year", 1879, 12, 31, ""},
		{"after the last year", 2201, 1, 1, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := appliance.NewDate("birth_date", c.year, c.month, c.day)
			if got != c.want {
				t.Errorf("date %q, want %q", got, c.want)
			}
			key := ""
			if c.want == "" {
				key = "error.date.impossible"
			}
			checkField(t, err, "birth_date", key)
		})
	}
}

func TestAge(t *testing.T) {
	on := func(s string) time.Time {
		at, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	for _, c := range []struct {
		born  appliance.Date
		now   string
		age   int
		known bool
	}{
		{"2008-11-22", "2026-11-21", 17, true},
		{"2008-11-22", "2026-11-22", 18, true},
		{"2008-12-01", "2026-11-30", 17, true},
		{"2008-02-29", "2026-02-28", 17, true}, // English law: a 29 February birthday falls on 1 March
		{"2008-02-29", "2026-03-01", 18, true},
		{"2026-11-22", "2026-11-22", 0, true},
		{"2026-11-23", "2026-11-22", 0, false},
		{"", "2026-11-22", 0, false},
		{"14-07-1951", "2026-11-22", 0, false},
	} {
		if age, known := c.born.AgeAt(on(c.now)); age != c.age || known != c.known {
			t.Errorf("%q at %s: %d, %v", c.born, c.now, age, known)
		}
	}
}

func TestDateDisplay(t *testing.T) {
	for d, want := range map[appliance.Date]string{"1951-07-14": "14-Jul-1951", "2026-01-02": "02-Jan-2026", "": "Not Known", "nonsense": "Not Known"} {
		if got := d.Display(); got != want {
			t.Errorf("%q is shown as %q", d, got)
		}
	}
	_, err := appliance.Date("x").Time()
	checkField(t, err, "date", "error.date.impossible")
}
