package card

import (
	"bytes"
	"fmt"

	"dermbox/camera/quality/colour"
)

// The printed card, in millimetres: a bank card's size, with the pattern in its middle.
const (
	printedWidth  = 85.6
	printedHeight = 54.0
	groundRadius  = 12.0 // of the grey around the pattern: more than a dermatoscope's field of 20 mm
)

// SVG draws the card at its true size, from the same numbers that it is read by.
func (l Layout) SVG() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%gmm" height="%gmm" viewBox="%g %g %g %g">`+"\n",
		printedWidth, printedHeight, -printedWidth/2, -printedHeight/2, printedWidth, printedHeight)
	fmt.Fprintf(&b, "<title>dermbox reference card %s</title>\n", l.Ref())
	fmt.Fprintf(&b, `<rect x="%g" y="%g" width="%g" height="%g" rx="3" fill="#fff" stroke="#999" stroke-width="0.1"/>`+"\n",
		-printedWidth/2+0.1, -printedHeight/2+0.1, printedWidth-0.2, printedHeight-0.2)
	disc := func(at Point, radius float64, c colour.SRGB) {
		rgb := c.Clamped()
		fmt.Fprintf(&b, `<circle cx="%.4f" cy="%.4f" r="%g" fill="#%02x%02x%02x"/>`+"\n", at.X, at.Y, radius, rgb[0], rgb[1], rgb[2])
	}
	disc(Point{}, groundRadius, l.Background)
	for _, p := range l.Patches {
		disc(p.At, p.Radius, p.Colour)
	}
	for i := range Marks {
		disc(l.Mark(i), MarkRadius, l.Black)
		if l.Code[i] {
			disc(l.Mark(i), CoreRadius, l.White)
		}
	}
	fmt.Fprintf(&b, `<g font-family="sans-serif" font-size="2.6" fill="#222"><text x="-40" y="-22">dermbox reference card %s</text>`+"\n", l.Ref())
	fmt.Fprint(&b, `<text x="-40" y="22" font-size="2">Printed at true size, this line is 50 mm long:</text><path d="M-40 24h50" stroke="#222" stroke-width="0.2"/>`+"\n")
	fmt.Fprint(&b, "</g>\n</svg>\n")
	return b.Bytes()
}
