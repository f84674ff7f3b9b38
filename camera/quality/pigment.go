package quality

import "math"

// What pigment does to the light of skin. Melanin takes 2.4 times as much of blue as of red and of green in between, so the
// ratio of red to blue says how much it took of the luma. The range is that of skin: a colder or warmer picture has a cast, which is
// another check's matter.
const (
	palest   = 0.8 // stops by which red is above blue, in linear light, in the palest skin
	brownest = 2.0 // and in dark skin
	takes    = 1.2 // stops that pigment takes of the luma for each stop that it takes of blue over red
	gamma    = 2.2 // about sRGB's, from stops to a factor of luma
)

// The pixels that are skin: above the median luma, where a lesion is not, and below what may be a mirrored lamp.
const (
	skinFrom = 0.50
	skinTo   = 0.95
)

// pigment gives the factor, 1 to 1.6, by which the luma of skin without pigment would be higher.
func pigment(bgr []byte, width int, area []Span, lumas []int) float64 {
	from, to := percentile(lumas, skinFrom), percentile(lumas, skinTo)
	red, blue := 1e-4, 1e-4
	each(bgr, width, area, func(p []byte) {
		if v := luma(p); v >= from && v <= to {
			red += linear[p[2]]
			blue += linear[p[0]]
		}
	})
	stops := max(palest, min(brownest, math.Log2(red/blue))) - palest
	return math.Exp2(takes * stops / gamma)
}

// linear is the light of each level of sRGB, 0 to 1.
var linear = func() (l [256]float64) {
	for i := range l {
		v := float64(i) / 255
		if l[i] = v / 12.92; v > 0.04045 {
			l[i] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	return l
}()
