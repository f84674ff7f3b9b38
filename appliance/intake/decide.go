package intake

import (
	"slices"

	"dermbox/appliance"
)

// Word gives what the model's answers on a case's record come to for a lesion: the classes over their thresholds in the answer that
// decides, most severe first, and whether one decides; if none does, reason says why, "" when none was asked for.
func Word(c *appliance.Case, id appliance.LesionID) (set []appliance.Class, answered bool, reason string) {
	stills := usable(c, id)
	decides, reason := decide(stills, resultsOf(c, id, stills))
	if decides == nil {
		return nil, false, reason
	}
	set = setOf(decides)
	slices.SortStableFunc(set, func(a, b appliance.Class) int {
		switch {
		case worse(a, b):
			return -1
		case worse(b, a):
			return 1
		}
		return 0
	})
	return set, true, ""
}

// decide gives the result that speaks for the lesion, or the reason why none does. It reads the classes over their thresholds and
// not the class that a result names itself: an answer that contradicts itself counts as its worst.
func decide(stills []appliance.Capture, results []appliance.StillResult) (*appliance.StillResult, string) {
	var worst, unsure *appliance.StillResult
	missing := ""
	for _, still := range stills {
		i := slices.IndexFunc(results, func(r appliance.StillResult) bool { return r.Capture == still.ID })
		switch {
		case i < 0:
			missing = "finding.reason.timeout"
		case len(results[i].Classes) == 0:
			missing = results[i].Reason
		case !sensible(results[i].Classes):
			missing = "inference.bad_output"
		case results[i].Reason != "" && harmless(&results[i]):
			missing = results[i].Reason // doubted: it failed its next self-test
		case classOf(&results[i]) == "":
			unsure = &results[i] // "cannot judge" is never benign
		case worst == nil || worse(classOf(&results[i]), classOf(worst)):
			worst = &results[i]
		}
	}
	switch {
	case worst != nil && classOf(worst) != appliance.Benign:
		return worst, ""
	case missing != "":
		return nil, missing
	case unsure != nil:
		return unsure, ""
	default:
		return worst, ""
	}
}

// harmless says whether an answer suspects nothing: benign, or that it cannot judge.
func harmless(r *appliance.StillResult) bool {
	class := classOf(r)
	return class == "" || class == appliance.Benign
}

// worse says whether a is more severe than b. Melanoma is worse than a class that is not known: only it has a route of its own.
func worse(a, b appliance.Class) bool {
	return a.Severity() > b.Severity() || a == appliance.Melanoma && b != appliance.Melanoma
}

// classOf gives the most severe class of a result over its threshold, "" for none: it cannot judge.
func classOf(r *appliance.StillResult) (worst appliance.Class) {
	for _, class := range setOf(r) {
		if worse(class, worst) {
			worst = class
		}
	}
	return worst
}

// setOf gives the classes over their thresholds. A label without a class over its threshold, and a picture unlike those that the
// model knows, keep Benign out of the set, and nothing that is worse.
func setOf(r *appliance.StillResult) []appliance.Class {
	var set []appliance.Class
	unlike := r.OutOfDistribution != nil && r.OutOfDistribution.Over ||
		slices.ContainsFunc(r.Classes, func(c appliance.ClassResult) bool { return c.Over && c.Class == "" })
	for _, c := range r.Classes {
		if c.Over && c.Class != "" && (!unlike || c.Class != appliance.Benign) {
			set = append(set, c.Class)
		}
	}
	return set
}

// sensible says whether each number is a probability and each class stands over its threshold exactly when it says so. What comes of
// another answer is a human's read, not a route.
func sensible(classes []appliance.ClassResult) bool {
	return !slices.ContainsFunc(classes, func(c appliance.ClassResult) bool {
		return !(c.Probability >= 0 && c.Probability <= 1) || c.Over != (c.Probability >= c.Threshold)
	})
}
