package kiosk

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"dermbox/appliance"
	"dermbox/appliance/text"
)

const operatorKey = "operator"

// operator gives who is signed in; ok is false for nobody.
func (k *kiosk) operator(r *http.Request) (op appliance.Operator, ok bool) {
	return k.operatorOf(r.Context())
}

func (k *kiosk) operatorOf(ctx context.Context) (op appliance.Operator, ok bool) {
	raw := k.sessions.GetBytes(ctx, operatorKey)
	return op, raw != nil && json.Unmarshal(raw, &op) == nil
}

// signedIn lets a request through when somebody is signed in who may still work here, and else shows the sign-in page. The
// page that was asked for is not remembered: the next person may be another one.
func (k *kiosk) signedIn(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		op, ok := k.operator(r)
		if ok {
			var err error
			if ok, err = k.stillWorks(r.Context(), op); err != nil {
				k.fail(w, r, err)
				return
			}
		}
		if !ok {
			k.signOut(w, r)
			return
		}
		if err := r.ParseForm(); err != nil {
			// A form that was cut off must not be read as one with empty fields.
			k.fail(w, r, appliance.E(appliance.Invalid, "kiosk.form.unreadable", err))
			return
		}
		next(w, r)
	}
}

// stillWorks says whether the operator is on the staff list now: somebody who was disabled an hour ago is not.
func (k *kiosk) stillWorks(ctx context.Context, op appliance.Operator) (bool, error) {
	people, err := k.Staff.List(ctx)
	return slices.ContainsFunc(people, func(p appliance.Operator) bool { return p.ID == op.ID && p.Role == op.Role }), err
}

func (k *kiosk) signInPage(w http.ResponseWriter, r *http.Request) {
	k.showSignIn(w, r, http.StatusOK, nil)
}

func (k *kiosk) showSignIn(w http.ResponseWriter, r *http.Request, status int, problem *problem) {
	people, err := k.Staff.List(r.Context())
	if err != nil {
		k.fail(w, r, err)
		return
	}
	p := k.page(r, text.T("kiosk.sign_in.title", nil))
	p.Error, p.Data = problem, map[string]any{"People": people, "Chosen": r.PostFormValue("operator")}
	k.render(w, status, "sign-in", p)
}

// signIn checks the PIN, which is in no log and no page. A new session begins, so that a cookie set before is worth nothing.
func (k *kiosk) signIn(w http.ResponseWriter, r *http.Request) {
	op, err := k.Staff.Authenticate(r.Context(), r.PostFormValue("operator"), r.PostFormValue("pin"))
	if err != nil {
		k.showSignIn(w, r, http.StatusUnprocessableEntity, &problem{Field: "pin", Sentence: text.Error(err)})
		return
	}
	raw, err := json.Marshal(op)
	if err == nil {
		err = k.sessions.RenewToken(r.Context())
	}
	if err != nil {
		k.fail(w, r, err)
		return
	}
	k.sessions.Put(r.Context(), operatorKey, raw)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (k *kiosk) signOut(w http.ResponseWriter, r *http.Request) {
	if err := k.sessions.Destroy(r.Context()); err != nil {
		k.fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
}
