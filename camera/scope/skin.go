package scope

// tones are the colours of Fitzpatrick skin types I to VI under a dermatoscope's lamp with the camera's own exposure.
func tone(t int) rgb {
	return [6]rgb{
		{0.90, 0.76, 0.70}, {0.86, 0.70, 0.60}, {0.80, 0.62, 0.50},
		{0.70, 0.50, 0.37}, {0.56, 0.38, 0.28}, {0.45, 0.31, 0.24},
	}[t-1]
}

// melanin is what brown pigment takes from red, green and blue; blood is what vessels take.
var (
	melanin = rgb{0.55, 1.0, 1.4}
	blood   = rgb{0.08, 0.75, 0.65}
)

// skin paints the skin: its tone, blotches, the net of furrows, pores and a little blood.
func (c *canvas) skin(s Subject) {
	r := s.rand("skin")
	base := tone(s.Tone)
	for i := range base {
		base[i] *= between(r, 0.96, 1.04)
	}
	n := noise(r.Uint32())
	relief, redness := between(r, 0.07, 0.12), between(r, 0.03, 0.12)
	fine := between(r, 20, 28)
	c.paint(func(x, y float64, _ rgb) rgb {
		brown := 0.05*n.at(x*2.3, y*2.3) + 0.04*n.at(x*6, y*6)
		red := redness * (0.5 + 0.5*(n+11).at(x*3.1, y*3.1))
		p := base
		for i := range p { // so little is taken that a line does for the exponential
			p[i] *= 1 - melanin[i]*brown - blood[i]*red
		}
		furrows := (n+23).ridge(x*fine, y*fine*0.6) + 0.7*(n+37).ridge((x+y)*fine*0.6, (y-x)*fine)
		pores := (n + 51).at(x*fine*3.2, y*fine*3.2)
		return p.times(1 - relief*furrows + 0.35*relief*pores)
	})
}
