package evaluate

import (
	"fmt"
	"html"
	"io"
	"strconv"
	"strings"

	"dermbox/camera/quality/degrade"
)

// series is one line of a chart.
type series struct {
	name   string
	points []point
}

// point is the share at a step, 0 to 1, and the step's place in the chart.
type point struct {
	step  Step
	place float64 // 0 to 1
	share float64
}

// Words are what a chart says to people.
type Words struct {
	Title string            // the kind of fault
	Axis  string            // what is drawn upwards
	Unit  string            // of the strength
	Group map[string]string // by the group's name
}

// Colours that people who cannot tell red from green still tell apart (Okabe and Ito), each with a dash and a mark of its own, so that
// the chart also reads in grey.
var looks = []struct{ colour, dash, mark string }{
	{"#0072B2", "", "circle"}, {"#D55E00", "7 4", "square"}, {"#009E73", "2 3", "triangle"}, {"#6A3D9A", "9 3 2 3", "diamond"},
	{"#000000", "4 2", "circle"}, {"#996600", "1 2", "square"},
}

// The chart's measures, in pixels.
const (
	chartWidth, chartHeight = 720, 400
	plotLeft, plotRight     = 64, 470
	plotTop, plotBottom     = 56, 330
)

// Curve writes one kind's chart as SVG: how the share that is refused for the right reason grows with the strength, for each group and,
// where the kind has directions, for each of them among the photographs.
func (r Report) Curve(w io.Writer, kind degrade.Kind, words Words) error {
	row, _ := Strength(kind)
	var steps []Step
	for _, s := range Steps() {
		if _, has := row.Amounts[s]; has {
			steps = append(steps, s)
		}
	}
	lines := r.series(kind, steps, row.Directions, words.Group)
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="t d" viewBox="0 0 %d %d" font-family="sans-serif" font-size="13">`+"\n",
		chartWidth, chartHeight)
	fmt.Fprintf(&b, "<title id=\"t\">%s</title>\n<desc id=\"d\">%s</desc>\n", html.EscapeString(words.Title), html.EscapeString(describe(lines, row, words.Axis)))
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#fff"/>`+"\n", chartWidth, chartHeight)
	label(&b, plotLeft, 26, "start", `font-size="16" font-weight="bold"`, words.Title)
	axes(&b, steps, row, words)
	for i, s := range lines {
		draw(&b, s, i)
	}
	b.WriteString("</svg>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// series collects the lines of a chart.
func (r Report) series(kind degrade.Kind, steps []Step, directions []string, names map[string]string) (list []series) {
	for _, g := range r.Groups {
		name := names[g.Name]
		if g.Listed {
			continue // with and without the exclusion list the lines lie on each other
		}
		if len(directions) > 0 && g.Name == Photographs {
			for _, d := range directions {
				list = append(list, g.line(name+", "+d, kind, steps, d))
			}
			continue
		}
		list = append(list, g.line(name, kind, steps, ""))
	}
	return list
}

// line gives one group's shares at the steps, in one direction or all together.
func (g Group) line(name string, kind degrade.Kind, steps []Step, direction string) series {
	s := series{name: name}
	for i, step := range steps {
		var share Share
		for _, l := range g.Lines {
			if l.Kind == kind && l.Step == step && (direction == "" || l.Direction == direction) {
				share.K, share.N = share.K+l.Right.K, share.N+l.Right.N
			}
		}
		if share.N > 0 {
			s.points = append(s.points, point{step, place(i, len(steps)), share.Value()})
		}
	}
	return s
}

// place spreads the steps evenly.
func place(i, n int) float64 {
	if n == 1 {
		return 0.5
	}
	return float64(i) / float64(n-1)
}

// describe says the chart in words.
func describe(lines []series, row Row, axis string) string {
	var b strings.Builder
	b.WriteString(axis + ".")
	for _, s := range lines {
		words := make([]string, 0, len(s.points))
		for _, p := range s.points {
			words = append(words, fmt.Sprintf("%s %s %.0f %%", p.step, amount(row.Amounts[p.step]), 100*p.share))
		}
		fmt.Fprintf(&b, " %s: %s.", s.name, strings.Join(words, ", "))
	}
	return b.String()
}

func amount(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) }

func label(b *strings.Builder, x, y float64, anchor, more, text string) {
	fmt.Fprintf(b, `<text x="%.0f" y="%.0f" text-anchor="%s" fill="#222" %s>%s</text>`+"\n", x, y, anchor, more, html.EscapeString(text))
}

// axes draws the frame, the shares at the side and the strengths below.
func axes(b *strings.Builder, steps []Step, row Row, words Words) {
	for _, share := range []float64{0, 0.2, 0.4, 0.6, 0.8, 0.95, 1} {
		y := shareY(share)
		fmt.Fprintf(b, `<path d="M%d %.1fH%d" stroke="#ccc"/>`+"\n", plotLeft-12, y, plotRight+12)
		if share != 1 {
			label(b, plotLeft-16, y+4, "end", "", fmt.Sprintf("%.0f %%", 100*share))
		}
	}
	for i, s := range steps {
		x := plotLeft + place(i, len(steps))*(plotRight-plotLeft)
		label(b, x, plotBottom+20, "middle", "", string(s))
		label(b, x, plotBottom+38, "middle", "", amount(row.Amounts[s]))
	}
	label(b, (plotLeft+plotRight)/2, plotBottom+58, "middle", "", words.Unit)
	label(b, plotLeft, plotTop-10, "start", "", words.Axis)
}

func shareY(share float64) float64 { return plotBottom - share*(plotBottom-plotTop) }

// draw draws a line with its marks, and its name beside the plot.
func draw(b *strings.Builder, s series, i int) {
	look := looks[i%len(looks)]
	var path strings.Builder
	for k, p := range s.points {
		letter := "L"
		if k == 0 {
			letter = "M"
		}
		fmt.Fprintf(&path, "%s%.1f %.1f", letter, plotLeft+p.place*(plotRight-plotLeft), shareY(p.share))
	}
	fmt.Fprintf(b, `<path d="%s" fill="none" stroke="%s" stroke-width="2" stroke-dasharray="%s"/>`+"\n", path.String(), look.colour, look.dash)
	for _, p := range s.points {
		mark(b, look.mark, look.colour, plotLeft+p.place*(plotRight-plotLeft), shareY(p.share))
	}
	y := plotTop + 10 + 24*float64(i)
	fmt.Fprintf(b, `<path d="M%d %.1fH%d" stroke="%s" stroke-width="2" stroke-dasharray="%s"/>`+"\n", plotRight+28, y, plotRight+60, look.colour, look.dash)
	mark(b, look.mark, look.colour, plotRight+44, y)
	label(b, plotRight+68, y+4, "start", "", s.name)
}

func mark(b *strings.Builder, shape, colour string, x, y float64) {
	d := map[string]string{
		"circle":   "m-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0z",
		"square":   "m-4.5-4.5h9v9h-9z",
		"triangle": "m0-5.5l5.5 10h-11z",
		"diamond":  "m0-6l5 6l-5 6l-5-6z",
	}[shape]
	fmt.Fprintf(b, `<path d="M%.1f %.1f%s" fill="%s"/>`+"\n", x, y, d, colour)
}
