package figure

import (
	"fmt"
	"html"
	"strings"
)

// Look is how one of several lines is told from the others: by colour, dash and mark, so that the chart also reads in grey.
type Look struct{ Colour, Dash, Mark string }

// looks are in colours that people who cannot tell red from green still tell apart (Okabe and Ito).
var looks = []Look{
	{"#0072B2", "", "circle"}, {"#D55E00", "7 4", "square"}, {"#009E73", "2 3", "triangle"}, {"#6A3D9A", "9 3 2 3", "diamond"},
	{"#000000", "4 2", "circle"}, {"#996600", "1 2", "square"},
}

// LookOf gives the look of line i; after the last they begin again.
func LookOf(i int) Look { return looks[i%len(looks)] }

// XY is a place on a canvas, in pixels from the left and the top.
type XY struct{ X, Y float64 }

// Canvas is a chart that is being drawn as SVG. The same calls give the same bytes.
type Canvas struct{ b strings.Builder }

// NewCanvas begins a white chart of a size in pixels. A screen reader reads title and description.
func NewCanvas(width, height int, title, description string) *Canvas {
	c := &Canvas{}
	fmt.Fprintf(&c.b, `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="t d" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13">`+"\n",
		width, height)
	fmt.Fprintf(&c.b, "<title id=\"t\">%s</title>\n<desc id=\"d\">%s</desc>\n", html.EscapeString(title), html.EscapeString(description))
	fmt.Fprintf(&c.b, `<rect width="%d" height="%d" fill="#fff"/>`+"\n", width, height)
	return c
}

// Text writes a line of text; anchor is "start", "middle" or "end", more are further attributes.
func (c *Canvas) Text(x, y float64, anchor, more, text string) {
	fmt.Fprintf(&c.b, `<text x="%.0f" y="%.0f" text-anchor="%s" fill="#222" %s>%s</text>`+"\n", x, y, anchor, more, html.EscapeString(text))
}

// Path draws path data with the given attributes.
func (c *Canvas) Path(d, attributes string) {
	fmt.Fprintf(&c.b, `<path d="%s" %s/>`+"\n", d, attributes)
}

// Line draws straight lines from point to point.
func (c *Canvas) Line(points []XY, look Look) {
	c.Path(Data(points), fmt.Sprintf(`fill="none" stroke="%s" stroke-width="2" stroke-dasharray="%s"`, look.Colour, look.Dash))
}

// Data gives path data from point to point.
func Data(points []XY) string {
	var path strings.Builder
	for i, p := range points {
		letter := "L"
		if i == 0 {
			letter = "M"
		}
		fmt.Fprintf(&path, "%s%.1f %.1f", letter, p.X, p.Y)
	}
	return path.String()
}

// Mark draws a look's mark.
func (c *Canvas) Mark(p XY, look Look) {
	d := map[string]string{
		"circle":   "m-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0z",
		"square":   "m-4.5-4.5h9v9h-9z",
		"triangle": "m0-5.5l5.5 10h-11z",
		"diamond":  "m0-6l5 6l-5 6l-5-6z",
	}[look.Mark]
	c.Path(fmt.Sprintf("M%.1f %.1f%s", p.X, p.Y, d), fmt.Sprintf(`fill="%s"`, look.Colour))
}

// Key names a line, with a piece of it 32 pixels long that begins at a point.
func (c *Canvas) Key(p XY, look Look, name string) {
	c.Path(fmt.Sprintf("M%.0f %.1fH%.0f", p.X, p.Y, p.X+32), fmt.Sprintf(`stroke="%s" stroke-width="2" stroke-dasharray="%s"`, look.Colour, look.Dash))
	c.Mark(XY{p.X + 16, p.Y}, look)
	c.Text(p.X+40, p.Y+4, "start", "", name)
}

// SVG ends the chart and gives its bytes.
func (c *Canvas) SVG() []byte { return []byte(c.b.String() + "</svg>\n") }
