package evaluate

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"dermbox/appliance/figure"
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
	c := figure.NewCanvas(chartWidth, chartHeight, words.Title, describe(lines, row, words.Axis))
	c.Text(plotLeft, 26, "start", `font-size="16" font-weight="bold"`, words.Title)
	axes(c, steps, row, words)
	for i, s := range lines {
		draw(c, s, i)
	}
	_, err := w.Write(c.SVG())
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

// axes draws the frame, the shares at the side and the strengths below.
func axes(c *figure.Canvas, steps []Step, row Row, words Words) {
	for _, share := range []float64{0, 0.2, 0.4, 0.6, 0.8, 0.95, 1} {
		y := shareY(share)
		c.Path(fmt.Sprintf("M%d %.1fH%d", plotLeft-12, y, plotRight+12), `stroke="#ccc"`)
		if share != 1 {
			c.Text(plotLeft-16, y+4, "end", "", fmt.Sprintf("%.0f %%", 100*share))
		}
	}
	for i, s := range steps {
		x := plotLeft + place(i, len(steps))*(plotRight-plotLeft)
		c.Text(x, plotBottom+20, "middle", "", string(s))
		c.Text(x, plotBottom+38, "middle", "", amount(row.Amounts[s]))
	}
	c.Text((plotLeft+plotRight)/2, plotBottom+58, "middle", "", words.Unit)
	c.Text(plotLeft, plotTop-10, "start", "", words.Axis)
}

func shareY(share float64) float64 { return plotBottom - share*(plotBottom-plotTop) }

// draw draws a line with its marks, and its name beside the plot.
func draw(c *figure.Canvas, s series, i int) {
	look := figure.LookOf(i)
	points := make([]figure.XY, len(s.points))
	for k, p := range s.points {
		points[k] = figure.XY{X: plotLeft + p.place*(plotRight-plotLeft), Y: shareY(p.share)}
	}
	c.Line(points, look)
	for _, p := range points {
		c.Mark(p, look)
	}
	c.Key(figure.XY{X: plotRight + 28, Y: plotTop + 10 + 24*float64(i)}, look, s.name)
}
