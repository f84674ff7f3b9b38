package evaluate

import (
	"fmt"
	"math"
	"strings"

	"dermbox/appliance/figure"
	"dermbox/appliance/text"
)

// Chart is one drawing of a report.
type Chart struct {
	Name string // of the file
	SVG  []byte
}

// Charts draws the report: for each label its ROC curve, its reliability and where its probability lies by truth, and the reliability of
// the most probable label. A curve whose AUC is withheld is not drawn. The same report gives the same bytes.
func (r Report) Charts() []Chart {
	list := []Chart{{"reliability.svg", r.reliability("", r.Calibration.Top)}}
	for i, l := range r.Labels {
		if l.curve != nil {
			list = append(list, Chart{"roc-" + l.Label + ".svg", r.roc(l)})
		}
		list = append(list, Chart{"reliability-" + l.Label + ".svg", r.reliability(l.Label, r.Calibration.Labels[i].Reliability)},
			Chart{"scores-" + l.Label + ".svg", r.scores(i)})
	}
	return list
}

// The charts' measures, in pixels: a square plot with its key to the right.
const (
	chartWidth, chartHeight = 840, 510
	plotLeft, plotTop       = 72, 84
	plotSide                = 340
	keyLeft                 = plotLeft + plotSide + 28
)

// plot is a chart under way. Values run from 0 to 1 both ways.
type plot struct {
	*figure.Canvas
	keys int // lines that stand beside the plot
}

// say gives a sentence of the charts.
func say(key string, pairs ...string) string {
	params := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		params[pairs[i]] = pairs[i+1]
	}
	return text.T("evaluation.chart."+key, params)
}

// start draws heading and axes, which model it is, and at the foot that it is not for clinical use.
func (r Report) start(title, description, across, up string) *plot {
	model := say("model", "id", r.Model.ID, "version", fmt.Sprint(r.Model.Version), "n", fmt.Sprint(r.Set.Judged), "optics", string(r.Optics))
	notice := r.Notice
	if notice != "" {
		notice = say("notice", "notice", notice)
		description = notice + " " + description
	}
	p := &plot{Canvas: figure.NewCanvas(chartWidth, chartHeight, title, model+". "+description)}
	if notice != "" {
		p.Text(plotLeft, chartHeight-12, "start", `font-weight="bold"`, notice)
	}
	p.Text(plotLeft, 26, "start", `font-size="16" font-weight="bold"`, title)
	p.Text(plotLeft, 46, "start", "", model)
	p.Text(plotLeft+plotSide/2, plotTop+plotSide+44, "middle", "", across)
	p.Text(plotLeft, plotTop-12, "start", "", up)
	return p
}

// grid draws lines at fifths; top is what the upper end stands for.
func (p *plot) grid(top float64) {
	for i := range 6 {
		v := float64(i) / 5
		a, b := p.at(0, v), p.at(v, 0)
		p.Path(fmt.Sprintf("M%.1f %.1fh%d", a.X, a.Y, plotSide), `stroke="#ccc"`)
		p.Path(fmt.Sprintf("M%.1f %.1fv-%d", b.X, b.Y, plotSide), `stroke="#ccc"`)
		p.Text(a.X-8, a.Y+4, "end", "", fmt.Sprintf("%.0f %%", 100*v*top))
		p.Text(b.X, b.Y+20, "middle", "", fmt.Sprintf("%.1f", v))
	}
}

func (p *plot) at(x, y float64) figure.XY {
	return figure.XY{X: plotLeft + x*plotSide, Y: plotTop + (1-y)*plotSide}
}

func (p *plot) name(look figure.Look, name string) {
	p.Key(figure.XY{X: keyLeft, Y: plotTop + 10 + 24*float64(p.keys)}, look, name)
	p.keys++
}

// note writes a line under the key.
func (p *plot) note(text string) {
	p.Text(keyLeft, plotTop+14+24*float64(p.keys), "start", "", text)
	p.keys++
}

// cross draws an interval: from low to high, upwards or across, with ends.
func (p *plot) cross(from, to figure.XY) {
	dx, dy := 4.0, 0.0
	if from.Y == to.Y {
		dx, dy = 0, 4
	}
	p.Path(fmt.Sprintf("M%.1f %.1fL%.1f %.1fM%.1f %.1fL%.1f %.1fM%.1f %.1fL%.1f %.1f", from.X, from.Y, to.X, to.Y,
		from.X-dx, from.Y-dy, from.X+dx, from.Y+dy, to.X-dx, to.Y-dy, to.X+dx, to.Y+dy), `fill="none" stroke="#000" stroke-width="1.5"`)
}

func (p *plot) diagonal() {
	a, b := p.at(0, 0), p.at(1, 1)
	p.Path(figure.Data([]figure.XY{a, b}), `fill="none" stroke="#777" stroke-dasharray="1 4"`)
}

// roc draws a label's curve with its band and where the threshold lies on it.
func (r Report) roc(l Label) []byte {
	area := say("auc", "auc", l.AUC.String())
	point := say("point", "threshold", fmt.Sprintf("%.3f", l.Threshold), "sensitivity", l.Sensitivity.String(), "specificity", l.Specificity.String())
	p := r.start(say("roc", "label", l.Label), area+". "+point, say("false"), say("true"))
	p.grid(1)
	if l.band.Low != nil {
		points := make([]figure.XY, 0, 2*bandSteps)
		for i, v := range l.band.High {
			points = append(points, p.at(float64(i)/(bandSteps-1), v))
		}
		for i := bandSteps - 1; i >= 0; i-- {
			points = append(points, p.at(float64(i)/(bandSteps-1), l.band.Low[i]))
		}
		p.Path(figure.Data(points)+"Z", `fill="#999" fill-opacity="0.35"`)
	}
	p.diagonal()
	curve := make([]figure.XY, len(l.curve))
	for i, c := range l.curve {
		curve[i] = p.at(c.FalsePositive, c.TruePositive)
	}
	p.Line(curve, figure.LookOf(0))
	s, t := l.Sensitivity, l.Specificity
	x := 1 - *t.Value
	p.cross(p.at(x, *s.Low), p.at(x, *s.High))
	p.cross(p.at(1-*t.High, *s.Value), p.at(1-*t.Low, *s.Value))
	p.Mark(p.at(x, *s.Value), figure.LookOf(4))
	p.note(say("auc_line"))
	p.note(l.AUC.String())
	p.note(say("counts", "n", fmt.Sprint(l.AUC.N), "others", fmt.Sprint(l.AUC.Others)))
	if l.band.Low != nil {
		p.note(say("band"))
	}
	p.note(say("threshold", "threshold", fmt.Sprintf("%.3f", l.Threshold)))
	p.note(say("sensitivity", "rate", s.String()))
	p.note(say("specificity", "rate", t.String()))
	return p.SVG()
}

// reliability draws what was observed over what was said, label "" for the most probable one.
func (r Report) reliability(label string, c Reliability) []byte {
	title, up := say("reliability_top"), say("observed_top")
	if label != "" {
		title, up = say("reliability", "label", label), say("observed", "label", label)
	}
	words := []string{say("ece", "ece", c.ECE.String())}
	for _, b := range c.Bins {
		if b.Mean != nil {
			words = append(words, say("bin", "from", fmt.Sprintf("%.1f", b.From), "to", fmt.Sprintf("%.1f", b.To), "mean", fmt.Sprintf("%.2f", *b.Mean),
				"observed", b.Observed.String()))
		}
	}
	p := r.start(title, strings.Join(words, ". "), say("probability"), up)
	p.grid(1)
	p.diagonal()
	var line []figure.XY
	for _, b := range c.Bins {
		if b.Mean != nil {
			p.cross(p.at(*b.Mean, *b.Observed.Low), p.at(*b.Mean, *b.Observed.High))
			line = append(line, p.at(*b.Mean, *b.Observed.Value))
		}
	}
	if len(line) > 0 {
		p.Line(line, figure.LookOf(0))
	}
	for _, at := range line {
		p.Mark(at, figure.LookOf(0))
	}
	p.note(say("ece_line"))
	p.note(c.ECE.String())
	p.note(say("bars"))
	p.note(say("bins"))
	for _, b := range c.Bins {
		p.note(say("bin_n", "from", fmt.Sprintf("%.1f", b.From), "to", fmt.Sprintf("%.1f", b.To), "n", fmt.Sprint(b.Observed.N)))
	}
	return p.SVG()
}

// scores draws how a label's probabilities are spread, one line for the pictures of each truth.
func (r Report) scores(label int) []byte {
	const parts = 20
	labels := r.m.Output.Labels
	shares, top := make([][parts]float64, len(labels)), 0.0
	var words []string
	for i, truth := range labels {
		own := scores(pick(r.list, func(j judged) bool { return j.position == i }), label)
		for _, v := range own {
			shares[i][min(parts-1, int(v*parts))] += 1 / float64(len(own))
		}
		low := 0
		for k, v := range shares[i] {
			top = max(top, v)
			if k < parts/2 {
				low += int(v*float64(len(own)) + 0.5)
			}
		}
		words = append(words, say("spread", "truth", truth, "low", fmt.Sprint(low), "n", fmt.Sprint(len(own))))
	}
	if top = math.Ceil(10*top) / 10; top == 0 {
		top = 1
	}
	name, threshold := labels[label], r.Labels[label].Threshold
	p := r.start(say("scores", "label", name), strings.Join(words, ". "), say("of_label", "label", name), say("share"))
	p.grid(top)
	a, b := p.at(threshold, 0), p.at(threshold, 1)
	p.Path(figure.Data([]figure.XY{a, b}), `fill="none" stroke="#000" stroke-width="2" stroke-dasharray="8 5"`)
	for i, truth := range labels {
		n := r.Set.Truth[truth]
		if n == 0 {
			continue
		}
		look := figure.LookOf(i)
		var line []figure.XY
		for k, v := range shares[i] {
			line = append(line, p.at((float64(k)+0.5)/parts, v/top))
		}
		p.Line(line, look)
		for _, at := range line {
			p.Mark(at, look)
		}
		p.name(look, say("truth", "truth", truth, "n", fmt.Sprint(n)))
	}
	p.note(say("threshold_line", "threshold", fmt.Sprintf("%.3f", threshold)))
	p.note(say("parts"))
	return p.SVG()
}
