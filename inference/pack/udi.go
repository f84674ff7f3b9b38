package pack

import "regexp"

// The forms of a UDI device identifier, by the agency that issues it. GS1's GTIN has a check digit; an HIBCC one is the
// labeller's code, the product and a unit digit, without the leading plus sign of the bar code; ICCBBA's starts with "=/".
var (
	gtinForm   = regexp.MustCompile(`^[0-9]{14}$`)
	hibccForm  = regexp.MustCompile(`^[A-Z][A-Z0-9]{3}[A-Z0-9]{1,18}[0-9]$`)
	iccbbaForm = regexp.MustCompile(`^=/[A-Z0-9]{16}$`)
	udiPIForm  = regexp.MustCompile(`^[!-~]{1,80}$`)
)

func isUDIDI(s string) bool {
	return gtinForm.MatchString(s) && gtinSum(s) || hibccForm.MatchString(s) || iccbbaForm.MatchString(s)
}

// gtinSum checks GS1's modulo 10: weights 3 and 1 in turns, the last digit makes the sum a multiple of ten.
func gtinSum(s string) bool {
	sum := 0
	for i, c := range []byte(s) {
		digit := int(c - '0')
		if i%2 == 0 {
			digit *= 3
		}
		sum += digit
	}
	return sum%10 == 0
}
