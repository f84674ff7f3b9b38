package appliance

import "strings"

// NHSNumber is a valid NHS number: exactly ten digits, no spaces, modulus 11 correct. Only ParseNHSNumber makes one.
type NHSNumber string

// ParseNHSNumber reads an NHS number as a person types or a letter prints it: spaces and hyphens between digits are
// ignored. The rule is the NHS Data Dictionary's modulus 11: weights 10 to 2 over the first nine digits; the check digit
// is 11 less the remainder, 11 counts as 0, and 10 never occurs in a valid number. Numbers of one repeated digit pass
// modulus 11 and are refused by name, since they are what people type to get past a form.
//
// Errors are *Error with code Invalid and field "nhs_number"; they never carry the digits.
func ParseNHSNumber(s string) (NHSNumber, error) {
	digits := strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '\u00a0' {
			return -1
		}
		return r
	}, s)
	switch {
	case digits == "":
		return "", FieldError("nhs_number", "error.nhs_number.missing")
	case strings.Trim(digits, "0123456789") != "":
		return "", FieldError("nhs_number", "error.nhs_number.not_digits")
	case len(digits) != 10:
		return "", FieldError("nhs_number", "error.nhs_number.length")
	case strings.Count(digits, digits[:1]) == 10:
		return "", FieldError("nhs_number", "error.nhs_number.repeated")
	case !modulus11(digits):
		return "", FieldError("nhs_number", "error.nhs_number.check_digit")
	}
	return NHSNumber(digits), nil
}

func modulus11(digits string) bool {
	sum := 0
	for i := range 9 {
		sum += int(digits[i]-'0') * (10 - i)
	}
	check := 11 - sum%11
	if check == 11 {
		check = 0
	}
	return check == int(digits[9]-'0') // a check of 10 equals no digit
}

// String gives the number as NHS CUI NUM-0002 displays it, 3-3-4 with single spaces; a value that was not made by
// ParseNHSNumber is returned as it is.
func (n NHSNumber) String() string {
	if len(n) != 10 {
		return string(n)
	}
	return string(n[:3] + " " + n[3:6] + " " + n[6:])
}

// Test says whether the number lies in the range 999 that is reserved for tests and never given to a person. A live box
// refuses such numbers and a demonstration box accepts no others (hazard H17).
func (n NHSNumber) Test() bool { return strings.HasPrefix(string(n), "999") }
