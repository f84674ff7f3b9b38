package daemon

import (
	"dermbox/appliance"
	"dermbox/appliance/health"
	"dermbox/appliance/text"
)

// model tells which model is in force, or why none is. Without one the clinic works on: every lesion goes to a dermatologist.
func (w *watch) model() {
	client := w.parts.desk.Client()
	state := client.State()
	ref, installed := client.Model()
	check := health.Check{Level: health.OK, Key: "daemon.model_ok", Who: health.Nobody,
		Params: map[string]string{"model": ref.ID, "version": ref.Version, "status": text.T("model.status."+ref.Status, nil), "engine": state.Engine}}
	switch {
	case !installed && w.box.config.Model.Pack == "" && w.box.config.Site.Pathway == appliance.CaptureOnly:
		check.Key = "daemon.model_not_used"
	case !state.Ready:
		// One that was refused is worse than one that is not there: somebody may have changed it.
		check = health.Check{Level: health.Warn, Key: state.Key, Params: state.Params, Who: health.IT}
		if appliance.CodeOf(client.Refused()) == appliance.Unverified || state.Key == "inference.runtime_changed" {
			check.Level = health.Error
		}
	case state.Trouble != nil: // it gives its known answers, and gave none for the last still
		check = health.Check{Level: health.Warn, Key: state.Trouble.Key, Params: state.Trouble.Params, Who: health.IT}
	default:
		m := client.Manifest()
		if left, soon := w.parts.models.endsSoon(m.ExpiresAt); soon {
			check = health.Check{Level: health.Warn, Key: "daemon.model_expires_soon", Who: health.IT, Params: expiry(*m, left)}
		}
	}
	w.box.health.Set("model", check)
	w.settingsModel(installed)
	w.box.pathway()
}

// settingsModel tells that the pack which the settings name was not taken while another is in force.
func (w *watch) settingsModel(installed bool) {
	err := w.parts.models.settingsRefusal()
	if err == nil || !installed {
		w.box.health.Remove("model_pack")
		return
	}
	check := failing(err)
	check.Level = health.Warn
	w.box.health.Set("model_pack", check)
}
