package kiosk

import (
	"encoding/json"
	"net/http"

	"dermbox/appliance"
	"dermbox/appliance/text"
)

const operatorKey = "operator"

// operator gives who is signed in; ok is false for nobody.
func (k *kiosk) operator(r *http.Request) (op appliance.Operator, ok bool) {
	raw := k.sessions.GetBytes(r.Context(), operatorKey)
	return op, raw != nil && json.Unmarshal(raw, &op) == nil
}

// signedIn lets a request through when somebody is signed in, and else shows the sign-in page. The page that was asked for is
// not remembered: the next person may be another one.
func (k *kiosk) signedIn(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if _, ok := k.operator(r); !ok {
			http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
			return
		}
		next(w, r)
	}
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
