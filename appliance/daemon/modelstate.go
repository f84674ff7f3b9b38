package daemon

import (
	"strings"

	"dermbox/appliance"
)

// modelStates are the states that one key of the inference client's State means. The others go by their area.
var modelStates = map[string]appliance.ModelState{
	"":                          appliance.ModelReady,
	"inference.starting":        appliance.ModelStarting,
	"inference.not_ready":       appliance.ModelStarting,
	"inference.no_model":        appliance.ModelNone,
	"daemon.no_pack":            appliance.ModelNone,
	"daemon.pack_not_approved":  appliance.ModelNotApproved,
	"signed.expired":            appliance.ModelExpired,
	"inference.golden_mismatch": appliance.ModelSelfTest,
	"inference.set_aside":       appliance.ModelSelfTest,
	"inference.bad_output":      appliance.ModelSelfTest,
	"inference.model_changed":   appliance.ModelUnverified,
	"pack.member_changed":       appliance.ModelUnverified,
	"shelf.exchanged":           appliance.ModelUnverified,
	"storage.model_record":      appliance.ModelUnverified,
}

// State says how the model in force stands, for a case's record.
func (m model) State() appliance.ModelState { return modelState(m.desk.Client().State().Key) }

func modelState(key string) appliance.ModelState {
	state, known := modelStates[key]
	switch {
	case known:
		return state
	case strings.HasPrefix(key, "signed."):
		return appliance.ModelUnverified
	}
	return appliance.ModelUnavailable
}
