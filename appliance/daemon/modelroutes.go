package daemon

import (
	"context"
	"io"
	"net/http"
	"regexp"
	"strconv"

	"dermbox/appliance"
	"dermbox/appliance/text"
	"dermbox/inference"
	"dermbox/inference/pack"
	"dermbox/inference/shelf"
)

// reasonForm is what a person may give as a reason: the audit trail takes nothing typed freely.
var reasonForm = regexp.MustCompile(`^[A-Za-z0-9_.:/@+-]{0,64}$`)

// mostRuns is how often a model is run for its timing at most.
const mostRuns = 10000

// modelRoutes let dermboxctl install packs and say which one judges.
func (x *box) modelRoutes(mux *http.ServeMux, p *parts) {
	m := p.models
	mux.HandleFunc("GET /v1/models", func(w http.ResponseWriter, r *http.Request) {
		list, err := m.list(r.Context())
		respond(w, list, err)
	})
	mux.HandleFunc("POST /v1/models", func(w http.ResponseWriter, r *http.Request) {
		by, err := ordered(r, r.URL.Query().Get("reason"))
		var raw []byte
		if err == nil {
			raw, err = io.ReadAll(io.LimitReader(r.Body, pack.MaxSize+1))
		}
		if err != nil {
			answerError(w, err)
			return
		}
		change, err := m.install(r.Context(), raw, by)
		respond(w, change, err)
	})
	for path, do := range map[string]func(context.Context, string, order) (shelf.Change, error){
		"activate": m.activateNamed, "remove": m.remove,
		"rollback": func(ctx context.Context, _ string, by order) (shelf.Change, error) { return m.rollback(ctx, by) },
	} {
		mux.HandleFunc("POST /v1/models/"+path, func(w http.ResponseWriter, r *http.Request) {
			var q struct {
				Name   string `json:"name"`
				Older  bool   `json:"older"`
				Reason string `json:"reason"`
			}
			var by order
			err := decode(r, &q)
			if err == nil {
				by, err = ordered(r, q.Reason)
			}
			if err != nil {
				answerError(w, err)
				return
			}
			by.older = q.Older
			change, err := do(r.Context(), q.Name, by)
			respond(w, change, err)
		})
	}
	mux.HandleFunc("GET /v1/models/bench", func(w http.ResponseWriter, r *http.Request) {
		n, err := strconv.Atoi(r.FormValue("n"))
		if err != nil || n < 1 || n > mostRuns {
			answerError(w, appliance.E(appliance.Invalid, "daemon.request", nil))
			return
		}
		bench, err := m.bench(r.Context(), n)
		respond(w, bench, err)
	})
}

// ordered gives who asks, as the kernel vouches for, with their reason.
func ordered(r *http.Request, reason string) (order, error) {
	if !reasonForm.MatchString(reason) {
		return order{}, appliance.FieldError("reason", "storage.case.reason")
	}
	uid, _ := r.Context().Value(peerKey{}).(int) // who has none was not admitted
	return order{actor: "uid:" + strconv.Itoa(uid), reason: reason}, nil
}

// list says which packs there are and how the one in force stands.
func (m *models) list(ctx context.Context) (shelf.Listing, error) {
	entries, err := m.x.shelf.List(ctx)
	if err != nil {
		return shelf.Listing{}, err
	}
	now := m.inForce()
	list := shelf.Listing{Running: true, Models: shelf.Lines(entries, now)}
	for i, e := range entries {
		err := e.Err
		if err == nil {
			err = m.x.fit(e.Pack)
		}
		list.Models[i].Trouble = notice(err)
	}
	if now.Model.Digest != "" {
		list.InForce = &now
	}
	client := m.desk.Client()
	ref, _ := client.Model()
	state := client.State()
	list.State = &shelf.State{Ready: state.Ready, Key: state.Key, Engine: ref.Engine, SelfTest: state.SelfTest, Restarts: state.Restarts}
	if state.Key != "" {
		list.State.Sentence = text.T(state.Key, state.Params)
	}
	list.Settings = notice(m.settingsRefusal())
	return list, nil
}

func notice(err error) *shelf.Notice {
	if err == nil {
		return nil
	}
	return &shelf.Notice{Key: key(err), Sentence: text.Error(err)}
}

// bench times the model in force in a worker of its own, so that no visit waits for it. Two at once would time each other: the second is
// a Conflict "daemon.bench_running".
func (m *models) bench(ctx context.Context, n int) (inference.Bench, error) {
	if !m.benching.TryLock() {
		return inference.Bench{}, appliance.E(appliance.Conflict, "daemon.bench_running", nil)
	}
	defer m.benching.Unlock()
	p, err := m.x.fromShelf(ctx, m.inForce().Model.Digest)
	if m.inForce().Model.Digest == "" {
		err = m.desk.Client().Refused()
	}
	if err != nil {
		return inference.Bench{}, err
	}
	o := m.options
	o.Pack = p
	return inference.RunBench(ctx, o, n)
}
