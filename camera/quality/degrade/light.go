package degrade

import "math"

// toLinear gives the linear light, 0 to 1, of an sRGB byte (IEC 61966-2-1).
var toLinear = func() (t [256]float64) {
	for i := range t {
		v := float64(i) / 255
		if v <= 0.04045 {
			t[i] = v / 12.92
		} else {
			t[i] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	return t
}()

// fromLinear gives the sRGB value, 0 to 255 without rounding, of linear light; what is brighter than white is white.
func fromLinear(v float64) float64 {
	switch {
	case v >= 1:
		return 255
	case v <= 0.0031308:
		return 255 * 12.92 * max(0, v)
	}
	return 255 * (1.055*math.Pow(v, 1/2.4) - 0.055)
}

// tables gives, for each colour, what every byte becomes when its linear light is multiplied and clipped.
func tables(by [3]float64) (table [3][256]byte) {
	for c := range table {
		for i := range table[c] {
			table[c][i] = toByte(fromLinear(toLinear[i] * by[c]))
		}
	}
	return table
}

// gain multiplies the linear light of each colour and clips it.
func gain(p Picture, by [3]float64) Picture {
	table, out := tables(by), p.plain()
	for i := 0; i+2 < len(out.Pix); i += 3 {
		for c := range 3 {
			out.Pix[i+c] = table[c][out.Pix[i+c]]
		}
	}
	return out
}

// expose changes the exposure by steps of two in linear light, as a longer or shorter exposure does.
func expose(p Picture, ev float64) Picture {
	by := math.Exp2(ev)
	return gain(p, [3]float64{by, by, by})
}
