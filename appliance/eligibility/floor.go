package eligibility

import (
	"slices"

	"dermbox/appliance"
)

// floor is the least that each rule's condition must hit, whoever signed the file: the table of domain 1.9 and the marks of its
// sites in 4.4. A file may hit more, never less. It stands in code and not in the file that dermbox comes with, so that a slip
// there is refused too.
var floor = map[string]condition{
	"X01": {Test: "age_below", Years: 18},
	"X02": {Any: []condition{kind(appliance.Acral), {All: []condition{kind(appliance.PartlyAcral), answered("lesion.acral_side")}}}},
	"X03": {Any: []condition{kind(appliance.Mucosal), {All: []condition{kind(appliance.PartlyMucosal), answered("lesion.mucosal_margin")}}}},
	"X04": kind(appliance.Ungual),
	"X05": kind(appliance.Genital),
	"X06": {Any: []condition{answered("lesion.hair_uncleared"), kind(appliance.AlwaysHairy)}},
	"X07": {Test: "diameter_over_field"},
	"X08": answered("lesion.prior_treatment"),
	"X09": answered("lesion.scar"),
	"X10": answered("lesion.tattoo"),
	"X11": answered("lesion.ulcerated"),
	"X12": {Any: []condition{answered("lesion.not_visible"), kind(appliance.Inaccessible)}},
	"X13": {Test: "over_lesion_cap"},
	"X14": answered("lesion.rash"),
	"X15": {Test: "skin_type_in", Types: []string{"V", "VI"}},
	"X16": denied("consent.ai"),
	"X17": {Test: "optics_not_allowed"},
	"X18": {Test: "quality_hard_fail"},
	"X19": {Test: "empty_class_set"},
	"X20": {Any: []condition{answered("history.immunosuppressed"), {All: []condition{answered("lesion.nodular"), answered("lesion.growing")}}}},
	"X21": denied("lesion.on_referral"),
	"X22": {Test: "model_not_ready"},
}

func kind(k appliance.SiteKind) condition {
	return condition{Test: "site_kind", Kinds: []appliance.SiteKind{k}}
}

func answered(field string) condition {
	return condition{Field: field, Is: []appliance.Answer{appliance.Yes}}
}

func denied(field string) condition {
	return condition{Field: field, Is: []appliance.Answer{appliance.No}}
}

// covers says whether c hits, or is unknown, wherever minimum hits or is unknown. It compares the form and is on the safe side: a
// condition that covers minimum in a way that the form does not show is refused.
func (c *condition) covers(minimum *condition) bool {
	switch {
	case len(minimum.Any) > 0:
		return every(minimum.Any, c.covers)
	case len(c.All) > 0:
		return every(c.All, func(part *condition) bool { return part.covers(minimum) })
	case len(c.Any) > 0:
		return some(c.Any, func(part *condition) bool { return part.covers(minimum) }) || some(minimum.All, c.covers)
	case len(minimum.All) > 0:
		return some(minimum.All, c.covers)
	case minimum.Field != "":
		return c.Field == minimum.Field && slices.Equal(c.Is, minimum.Is)
	}
	return c.Test == minimum.Test && c.Years >= minimum.Years && within(minimum.Types, c.Types) &&
		within(minimum.Kinds, slices.Concat(c.Kinds, c.Perhaps))
}

func every(list []condition, holds func(*condition) bool) bool {
	return !some(list, func(c *condition) bool { return !holds(c) })
}

func some(list []condition, holds func(*condition) bool) bool {
	for i := range list {
		if holds(&list[i]) {
			return true
		}
	}
	return false
}

// within says whether each of minimum is in list.
func within[T comparable](minimum, list []T) bool {
	return !slices.ContainsFunc(minimum, func(x T) bool { return !slices.Contains(list, x) })
}
