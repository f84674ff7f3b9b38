package kiosk

import (
	"net/http"

	"dermbox/appliance"
	"dermbox/appliance/text"
)

// parcel is a case on its way, in plain words. "Received" stands only where the store holds a verified receipt.
type parcel struct {
	appliance.CaseSummary
	Sentence, Why string
}

func (k *kiosk) sendingPage(w http.ResponseWriter, r *http.Request) {
	list, err := k.Sending.List(r.Context())
	if err != nil {
		k.fail(w, r, err)
		return
	}
	var parcels []parcel
	for _, c := range list {
		if c.State.Open() || c.State == appliance.Abandoned {
			continue
		}
		one := parcel{CaseSummary: c, Sentence: text.T("kiosk.state."+string(c.State), nil)}
		if c.LastError != "" {
			one.Why = text.Alone(c.LastError)
		}
		parcels = append(parcels, one)
	}
	s := k.Sending.Status()
	p := k.page(r, text.T("kiosk.sending.title", nil))
	data := map[string]any{"Parcels": parcels, "Status": s}
	if s.LastError != "" {
		data["Why"] = text.T(s.LastError, s.LastErrorParams)
	}
	p.Data = data
	k.render(w, http.StatusOK, "sending", p)
}

func (k *kiosk) tryNow(w http.ResponseWriter, r *http.Request) {
	k.Sending.TryNow()
	http.Redirect(w, r, "/sending", http.StatusSeeOther)
}

func (k *kiosk) devicePage(w http.ResponseWriter, r *http.Request) {
	p := k.page(r, text.T("kiosk.device.title", nil))
	p.Data = map[string]any{"Checks": k.Health.Checks(), "Reference": k.reference()}
	k.render(w, http.StatusOK, "device", p)
}
