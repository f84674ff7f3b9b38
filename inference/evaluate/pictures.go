package evaluate

import (
	"strconv"
	"strings"
)

// Pictures gives a table of what was said of each picture, in the list's order, under a heading: image_id, truth, most_severe (a class, or
// CannotJudge), set (most severe first, a space between), unlikeness (empty without such a rule), took_ms, one column p_LABEL for each label and one
// route_PATHWAY for each pathway, and the report's notice. New columns come at the end. Nothing that a spreadsheet would take for a formula stands at a cell's beginning.
func (r Report) Pictures() [][]string {
	heading := []string{"image_id", "truth", "most_severe", "set", "unlikeness", "took_ms"}
	for _, label := range r.m.Output.Labels {
		heading = append(heading, "p_"+label)
	}
	for _, p := range r.m.Pathways {
		heading = append(heading, "route_"+string(p))
	}
	rows := [][]string{append(heading, "notice")}
	for _, j := range r.list {
		set := make([]string, len(j.set))
		for i, c := range j.set {
			set[i] = string(c)
		}
		unlike := ""
		if j.strange != nil {
			unlike = number(j.strange.Value)
		}
		row := []string{harmless(j.ID), j.Truth, j.class, strings.Join(set, " "), unlike, strconv.FormatFloat(j.Scores.TookMS, 'f', 1, 64)}
		for _, p := range j.Scores.Probabilities {
			row = append(row, number(p))
		}
		for _, routed := range j.Routes {
			row = append(row, string(routed.Route))
		}
		rows = append(rows, append(row, r.Notice))
	}
	return rows
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }

// harmless keeps a spreadsheet from reading a foreign id as a formula.
func harmless(id string) string {
	if strings.ContainsAny(id[:1], "=+-@\t\r") {
		return "'" + id
	}
	return id
}
