package kiosk

import (
	"context"
	"net/http"
	"time"

	"dermbox/appliance"
	"dermbox/appliance/text"
)

// Reference knows the calibration of the camera by the reference card.
type Reference interface {
	State() ReferenceState
	// Calibrate takes a picture and looks for the card; seen is false when the card did not show what it must, with the sentence
	// that says what to do. Errors are *appliance.Error.
	Calibrate(ctx context.Context, op appliance.Operator) (seen bool, sentence string, err error)
}

// ReferenceState is how the calibration stands.
type ReferenceState struct {
	Asked    bool   // the camera's quality profile asks for the card
	OK       bool   // it counts and is not due again
	Sentence string // how it stands and what to do
	InForce  *appliance.Calibration
	Fresh    time.Time // until when it is not due again; of InForce
	Counts   time.Time // until when it counts
}

// reference gives how the calibration stands; nothing is asked for in a kiosk without one.
func (k *kiosk) reference() ReferenceState {
	if k.Reference == nil {
		return ReferenceState{}
	}
	return k.Reference.State()
}

func (k *kiosk) cardPage(w http.ResponseWriter, r *http.Request) {
	k.showCard(w, r, http.StatusOK, "")
}

// showCard draws the page of the card; what is wrong is said at the top.
func (k *kiosk) showCard(w http.ResponseWriter, r *http.Request, status int, wrong string) {
	p := k.page(r, text.T("kiosk.card.title", nil))
	p.Data = map[string]any{"State": k.reference(), "Wrong": wrong}
	k.render(w, status, "card", p)
}

// calibrate looks at the card. A card that was not seen as it must be is no fault: the page says what to do.
func (k *kiosk) calibrate(w http.ResponseWriter, r *http.Request) {
	if !k.reference().Asked {
		http.Redirect(w, r, "/card", http.StatusSeeOther)
		return
	}
	op, _ := k.operator(r)
	seen, sentence, err := k.Reference.Calibrate(r.Context(), op)
	switch {
	case err != nil:
		status := statusOf(err)
		if status == http.StatusInternalServerError {
			k.Log.Error("request failed", "path", route(r), "error", err)
		}
		k.showCard(w, r, status, text.Error(err))
	case !seen:
		k.showCard(w, r, http.StatusUnprocessableEntity, sentence)
	default:
		http.Redirect(w, r, "/card", http.StatusSeeOther)
	}
}
