package eligibility

import (
	"dermbox/appliance"
	"dermbox/appliance/signed"
)

// Schema is the version of the rule file's form.
const Schema = "dermbox.rules/2"

// phase says what a rule needs to know.
type phase string

const (
	phaseBefore phase = "before" // case and box: asked before capture and again with the still
	phaseAfter  phase = "after"  // the model's answer
)

// ruleSet is the signed payload.
type ruleSet struct {
	signed.Header
	Rules       []rule      `json:"rules"`
	Routes      routes      `json:"routes"`
	Discordance discordance `json:"discordance"`
}

// rule is one line of the table in domain 1.9.
type rule struct {
	ID      string             `json:"id"` // X01 to X22
	Effects []appliance.Effect `json:"effects"`
	Phase   phase              `json:"phase"`
	When    condition          `json:"when"`
	Source  string             `json:"source"` // where the rule comes from
	Key     string             `json:"key"`    // catalogue key of the sentence for the HCA
}

// least are the effects that a rule has at the least, and floor is what its condition must hit: a file may be stricter and never
// laxer. Every rule must be there, so that no signed file can quietly leave one out.
var least = map[string][]appliance.Effect{
	"X01": {appliance.NoAI}, "X02": {appliance.NoAI}, "X03": {appliance.NoAI}, "X04": {appliance.NoAI}, "X05": {appliance.NoAI},
	"X06": {appliance.NoAI}, "X07": {appliance.NoAI}, "X08": {appliance.NoAI}, "X09": {appliance.NoAI}, "X10": {appliance.NoAI},
	"X11": {appliance.NoAI}, "X12": {appliance.NoAI}, "X13": {appliance.NoAI}, "X14": {appliance.NoAI},
	"X15": {appliance.HumanRequired, appliance.NeverLower},
	"X16": {appliance.NoAI}, "X17": {appliance.NoAI}, "X18": {appliance.NoAI},
	"X19": {appliance.AfterAI},
	"X20": {appliance.NeverLower},
	"X21": {appliance.NoAI}, "X22": {appliance.NoAI},
}
