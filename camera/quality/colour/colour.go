package colour

import (
	"math"

	"github.com/lucasb-eyer/go-colorful"
)

// SRGB is red, green and blue as a picture holds them, 0 to 255 each, not linear. Means over many pixels lie between whole
// numbers.
type SRGB [3]float64

// Linear is red, green and blue in linear light, 0 to 1 each for what sRGB can show.
type Linear [3]float64

// XYZ is a colour in CIE XYZ; D65 white has Y = 1.
type XYZ [3]float64

// Lab is a colour in CIE L*a*b* under D65: L 0 to 100.
type Lab struct {
	L float64 `json:"l"`
	A float64 `json:"a"`
	B float64 `json:"b"`
}

// Linear gives the light of a pixel.
func (s SRGB) Linear() Linear {
	r, g, b := colorful.Color{R: s[0] / 255, G: s[1] / 255, B: s[2] / 255}.LinearRgb()
	return Linear{r, g, b}
}

// Lab gives a pixel's colour.
func (s SRGB) Lab() Lab { return s.Linear().XYZ().Lab() }

// SRGB gives light as a picture would hold it; what sRGB cannot show lies outside of 0 to 255.
func (l Linear) SRGB() SRGB {
	c := colorful.LinearRgb(l[0], l[1], l[2])
	return SRGB{c.R * 255, c.G * 255, c.B * 255}
}

// Times gives light with each of its three parts multiplied by a gain.
func (l Linear) Times(gain [3]float64) Linear {
	return Linear{l[0] * gain[0], l[1] * gain[1], l[2] * gain[2]}
}

// XYZ gives light as XYZ.
func (l Linear) XYZ() XYZ {
	x, y, z := colorful.LinearRgbToXyz(l[0], l[1], l[2])
	return XYZ{x, y, z}
}

// Linear gives XYZ as light.
func (c XYZ) Linear() Linear {
	r, g, b := colorful.XyzToLinearRgb(c[0], c[1], c[2])
	return Linear{r, g, b}
}

// Lab gives XYZ as L*a*b*.
func (c XYZ) Lab() Lab {
	l, a, b := colorful.XyzToLab(c[0], c[1], c[2])
	return Lab{100 * l, 100 * a, 100 * b}
}

// XYZ gives L*a*b* as XYZ.
func (c Lab) XYZ() XYZ {
	x, y, z := colorful.LabToXyz(c.L/100, c.A/100, c.B/100)
	return XYZ{x, y, z}
}

// SRGB gives L*a*b* as a picture would hold it; what sRGB cannot show lies outside of 0 to 255.
func (c Lab) SRGB() SRGB { return c.XYZ().Linear().SRGB() }

// DeltaE00 is how different two colours look, by CIEDE2000 with all weights 1: about 1 can just be seen, 5 is plain.
func DeltaE00(a, b Lab) float64 {
	return 100 * a.colorful().DistanceCIEDE2000(b.colorful())
}

func (c Lab) colorful() colorful.Color { return colorful.Lab(c.L/100, c.A/100, c.B/100) }

// Clamped gives the nearest whole bytes that a picture can hold.
func (s SRGB) Clamped() (bytes [3]uint8) {
	for i, v := range s {
		bytes[i] = uint8(math.Round(max(0, min(255, v))))
	}
	return bytes
}
