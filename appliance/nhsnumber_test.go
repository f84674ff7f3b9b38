package appliance_test

import (
	"errors"
	"strings"
	"testing"

	"dermbox/appliance"
)

func TestParseNHSNumber(t *testing.T) {
	for _, c := range []struct{ in, want, key string }{
		{"9434765919", "9434765919", ""},
		{"943 476 5919", "9434765919", ""},
		{" 943-476-5919 ", "9434765919", ""},
		{"943\u00a0476\u00a05919", "9434765919", ""},
		{"9000000009", "9000000009", ""},
		{"9990548609", "9990548609", ""},
		{"9912003888", "9912003888", ""},
		{"9990000018", "9990000018", ""},
		{"9990000050", "9990000050", ""}, // 11 less the remainder is 11: counts as 0
		{"9434765911", "", "error.nhs_number.check_digit"},
		{"1234567890", "", "error.nhs_number.check_digit"},
		{"0000000000", "", "error.nhs_number.repeated"}, // passes modulus 11
		{"9999999999", "", "error.nhs_number.repeated"}, // passes modulus 11
		{"1111111111", "", "error.nhs_number.repeated"},
		{"", "", "error.nhs_number.missing"},
		{" - ", "", "error.nhs_number.missing"},
		{"943476591", "", "error.nhs_number.length"},
		{"94347659190", "", "error.nhs_number.length"},
		{"943476591X", "", "error.nhs_number.not_digits"},
		{"943.476.5919", "", "error.nhs_number.not_digits"},
		{"٩٤٣٤٧٦٥٩١٩", "", "error.nhs_number.not_digits"},
	} {
		t.Run(c.in, func(t *testing.T) {
			got, err := appliance.ParseNHSNumber(c.in)
			if string(got) != c.want {
				t.Errorf("number %q, want %q", got, c.want)
			}
			checkField(t, err, "nhs_number", c.key)
		})
	}
}

// checkField checks an Invalid error of a field, or no error for an empty key.
func checkField(t *testing.T, err error, field, key string) {
	t.Helper()
	if key == "" {
		if err != nil {
			t.Errorf("error %v", err)
		}
		return
	}
	e, ok := errors.AsType[*appliance.Error](err)
	if !ok || e.Code != appliance.Invalid || e.Field != field || e.Key != key {
		t.Errorf("error %v, want invalid %s %s", err, field, key)
	}
}

// Every number 999000000x would have the check digit 10, which no number has.
func TestNoNumberHasCheckDigitTen(t *testing.T) {
	for last := range 10 {
		if _, err := appliance.ParseNHSNumber("999000000" + string(rune('0'+last))); err == nil {
			t.Errorf("check digit %d was accepted", last)
		}
	}
}

// Modulus 11 finds each single wrong digit and each swap of neighbours: that is what it is for.
func TestSlipsAreFound(t *testing.T) {
	const good = "9434765919"
	for i := range good {
		for d := byte('0'); d <= '9'; d++ {
			slip := []byte(good)
			if slip[i] == d {
				continue
			}
			slip[i] = d
			if _, err := appliance.ParseNHSNumber(string(slip)); err == nil {
				t.Errorf("%s passed", slip)
			}
		}
		if i > 0 && good[i] != good[i-1] {
			swap := []byte(good)
			swap[i], swap[i-1] = swap[i-1], swap[i]
			if _, err := appliance.ParseNHSNumber(string(swap)); err == nil {
				t.Errorf("%s passed", swap)
			}
		}
	}
}

func TestErrorNeverHoldsTheDigits(t *testing.T) {
	for _, s := range []string{"9434765911", "94347659", "9434765x"} {
		if _, err := appliance.ParseNHSNumber(s); err == nil || strings.Contains(err.Error(), "9434") {
			t.Errorf("error %v", err)
		}
	}
}

func TestNHSNumberDisplayAndTestRange(t *testing.T) {
	if got := appliance.NHSNumber("9434765919").String(); got != "943 476 5919" {
		t.Errorf("shown as %q", got)
	}
	if got := appliance.NHSNumber("").String(); got != "" {
		t.Errorf("none is shown as %q", got)
	}
	if !appliance.NHSNumber("9990000018").Test() || appliance.NHSNumber("9434765919").Test() {
		t.Error("test range")
	}
}

func FuzzParseNHSNumber(f *testing.F) {
	for _, s := range []string{"943 476 5919", "9999999999", "", "x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := appliance.ParseNHSNumber(s)
		if err != nil {
			return
		}
		if len(n) != 10 || strings.Trim(string(n), "0123456789") != "" {
			t.Fatalf("%q became %q", s, n)
		}
		if again, err := appliance.ParseNHSNumber(n.String()); err != nil || again != n {
			t.Fatalf("%q as shown became %q, %v", n, again, err)
		}
	})
}
