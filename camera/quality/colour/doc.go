// Package colour turns 8 bit sRGB into linear light, XYZ and CIE L*a*b* (white: D65, 2 degree observer) and back, and tells
// how different two colours look. The formulas are go-colorful's (docs/decisions/colour.md); here stand the types and units.
package colour
