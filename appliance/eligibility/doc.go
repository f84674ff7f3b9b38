// Package eligibility decides which lesions no model may judge, and what a model's answer may do to the route of the
// others.
//
// The rules X01 to X22 and the table of routes are signed data ("dermbox.rules/2"); this package is their engine. It is pure: the same case, facts
// and rules give the same hits. What is not known counts as the safe side, and there is no way to write a rule in which it
// does not. A set of rules that is missing, damaged or out of date says no to every lesion: each still becomes a case and
// goes to a dermatologist.
//
// Route holds the one promise that no rule file can change: a model can only raise a route, but for one case in one
// pathway (see there). A file may exclude more and route higher than the floors in this package, never less and never lower.
package eligibility
