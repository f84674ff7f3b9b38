// Package hub is the trust's screen: who signed in sees the cases that were received, each with its images, where its finding
// comes from and the receipt that the device was given.
package hub

import (
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"dermbox/appliance"
	"dermbox/appliance/text"
	"dermbox/ui/web"
)

// Cases reads received cases for a person, whose username goes into the audit trail. Errors are *appliance.Error.
type Cases interface {
	// List gives the page after a cursor, the first for ""; a cursor that is none is NotFound.
	List(ctx context.Context, actor, after string, limit int) (CasePage, error)
	Case(ctx context.Context, actor string, id appliance.CaseID) (*CaseDetail, error)
	Image(ctx context.Context, actor string, id appliance.CaseID, capture appliance.CaptureID) ([]byte, error)
	Alarms(ctx context.Context) ([]AlarmCount, error) // open ones, by kind in a fixed order
}

// AlarmCount is how many alarms of one kind wait for a person. Kind is what follows "hub.alarm." in the catalogue.
type AlarmCount struct {
	Kind  string
	Count int
}

// People checks who signs in; it limits the rate of tries by itself, for which it gets the IP address that they come from.
type People interface {
	Authenticate(ctx context.Context, address, user, password string) (Person, error)
}

// Person is who signed in.
type Person struct {
	Username string `json:"username"` // the actor in the audit trail: names on the screen may be alike, or change
	Name     string `json:"name"`     // as the screen shows it
	Role     string `json:"role"`
}

// CaseLine is one case of the list.
type CaseLine struct {
	ID         appliance.CaseID
	Site       string
	Device     string
	Route      appliance.Route
	Urgent     bool
	Invented   bool      // of a demonstration, which is also where a model that is not approved may be in force
	Captured   time.Time // sign-off at the clinic; zero if not known
	ReceivedAt time.Time
}

// CasePage is one page of the list.
type CasePage struct {
	Lines []CaseLine
	Next  string // cursor of the following page, "" at the end
	Total int    // cases on all pages
}

// CaseDetail is one case with what the hub knows of its way.
type CaseDetail struct {
	Case           appliance.Case
	Device         string
	Batch          uint64
	ReceivedAt     time.Time
	ReceiptKeyID   string
	ManifestDigest string
}

// Options are the parts of the hub's screen. Hosts are the names under which it may be reached.
type Options struct {
	Cases         Cases
	People        People
	TrustName     string
	Demonstration bool
	Hosts         []string
	Clock         appliance.Clock
	Log           *slog.Logger
}

// listLimit is how many cases a page of the list shows, the most urgent and newest first.
const listLimit = 200

type screen struct {
	Options
	views    *web.Views
	sessions *scs.SessionManager
}

// New makes the hub's handler. It must be served over TLS: its cookie goes nowhere else.
func New(o Options) (http.Handler, error) {
	views, err := web.Load("hub")
	if err != nil {
		return nil, err
	}
	m := web.NewSessions(web.SessionOptions{
		Cookie: "__Host-dermbox_hub", Secure: true, Idle: 15 * time.Minute, Lifetime: 12 * time.Hour, Log: o.Log,
	})
	s := &screen{Options: o, views: views, sessions: m}
	mux := http.NewServeMux()
	mux.Handle("GET "+web.StaticPrefix, web.Static())
	mux.HandleFunc("GET /sign-in", func(w http.ResponseWriter, r *http.Request) { s.showSignIn(w, r, http.StatusOK, nil) })
	mux.HandleFunc("POST /sign-in", s.signIn)
	mux.HandleFunc("POST /sign-out", s.signOut)
	mux.HandleFunc("GET /{$}", s.signedIn(s.list))
	mux.HandleFunc("GET /cases/{id}", s.signedIn(s.show))
	mux.HandleFunc("GET /cases/{id}/images/{capture}", s.signedIn(s.image))
	return web.Guard(o.Hosts, m.LoadAndSave(mux)), nil
}

// page is what every page is drawn from; the names are those that the shared layout reads.
type page struct {
	Title, Place, Who string
	Nav               []link
	Demonstration     bool
	Mark              string // that a model which spoke of the case is not for clinical use
	Patient           *appliance.Patient
	Age               string
	Error             *problem
	Data              any
}

type link struct {
	Href, Label string
	Current     bool
}

type problem struct{ Field, Sentence string }

func (s *screen) page(r *http.Request, title string) *page {
	p := &page{Title: title, Place: s.TrustName, Demonstration: s.Demonstration}
	if person, ok := s.person(r); ok {
		p.Who = person.Name
		p.Nav = []link{{Href: "/", Label: text.T("hub.list.title", nil), Current: r.URL.Path == "/"}}
	}
	return p
}

func (s *screen) render(w http.ResponseWriter, status int, name string, p *page) {
	if err := s.views.Render(w, status, name, p); err != nil {
		s.Log.Error("page not rendered", "page", name, "error", err)
		http.Error(w, text.T("error.internal", nil), http.StatusInternalServerError)
	}
}

func (s *screen) fail(w http.ResponseWriter, r *http.Request, err error) {
	status := http.StatusInternalServerError
	switch appliance.CodeOf(err) {
	case appliance.NotFound:
		status = http.StatusNotFound
	case appliance.Unavailable:
		status = http.StatusServiceUnavailable
	default:
		s.Log.Error("request failed", "route", r.Pattern, "error", err)
	}
	p := s.page(r, text.T("hub.stopped.title", nil))
	p.Data = text.Error(err)
	s.render(w, status, "stopped", p)
}

const personKey = "person"

func (s *screen) person(r *http.Request) (p Person, ok bool) {
	raw := s.sessions.GetBytes(r.Context(), personKey)
	return p, raw != nil && json.Unmarshal(raw, &p) == nil
}

func (s *screen) signedIn(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if _, ok := s.person(r); !ok {
			http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
			return
		}
		next(w, r)
	}
}

func (s *screen) showSignIn(w http.ResponseWriter, r *http.Request, status int, problem *problem) {
	p := s.page(r, text.T("hub.sign_in.title", nil))
	p.Error, p.Data = problem, map[string]string{"User": r.PostFormValue("user")}
	s.render(w, status, "sign-in", p)
}

func (s *screen) signIn(w http.ResponseWriter, r *http.Request) {
	person, err := s.People.Authenticate(r.Context(), addressOf(r), r.PostFormValue("user"), r.PostFormValue("password"))
	if err != nil {
		s.showSignIn(w, r, http.StatusUnprocessableEntity, &problem{Field: "password", Sentence: text.Error(err)})
		return
	}
	raw, err := json.Marshal(person)
	if err == nil {
		err = s.sessions.RenewToken(r.Context())
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.sessions.Put(r.Context(), personKey, raw)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (s *screen) signOut(w http.ResponseWriter, r *http.Request) {
	if err := s.sessions.Destroy(r.Context()); err != nil {
		s.fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
}

// addressOf gives the IP address of the other end; the hub serves its own TLS, no header is believed.
func addressOf(r *http.Request) string {
	if host, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		return host
	}
	return r.RemoteAddr
}

// overview is what the list is drawn from.
type overview struct {
	CasePage
	Later  bool // not the first page
	Alarms []AlarmCount
}

// Open is how many alarms wait.
func (o overview) Open() (n int) {
	for _, a := range o.Alarms {
		n += a.Count
	}
	return n
}

func (s *screen) list(w http.ResponseWriter, r *http.Request) {
	person, _ := s.person(r)
	after := r.URL.Query().Get("after")
	cases, err := s.Cases.List(r.Context(), person.Username, after, listLimit)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	alarms, err := s.Cases.Alarms(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	p := s.page(r, text.T("hub.list.title", nil))
	p.Demonstration = p.Demonstration || slices.ContainsFunc(cases.Lines, func(l CaseLine) bool { return l.Invented })
	p.Data = overview{CasePage: cases, Later: after != "", Alarms: alarms}
	s.render(w, http.StatusOK, "list", p)
}

// caseOf reads the case of the address, or shows why it cannot be read.
func (s *screen) caseOf(w http.ResponseWriter, r *http.Request) (*CaseDetail, bool) {
	person, _ := s.person(r)
	id := r.PathValue("id")
	if !appliance.ValidID(id) {
		s.fail(w, r, appliance.E(appliance.NotFound, "hub.case.unknown", nil))
		return nil, false
	}
	detail, err := s.Cases.Case(r.Context(), person.Username, appliance.CaseID(id))
	if err != nil {
		s.fail(w, r, err)
		return nil, false
	}
	return detail, true
}

func (s *screen) show(w http.ResponseWriter, r *http.Request) {
	detail, ok := s.caseOf(w, r)
	if !ok {
		return
	}
	shown := *detail
	shown.Case.Findings = findings(&detail.Case)
	detail = &shown
	p := s.page(r, detail.Case.ID.Reference())
	p.Patient, p.Data = &detail.Case.Patient, detail
	p.Demonstration = p.Demonstration || detail.Case.Demonstration
	p.Mark = text.Mark(detail.Case.Unapproved())
	if age, ok := detail.Case.Patient.BirthDate.AgeAt(s.Clock.Now().Wall); ok {
		p.Age = strconv.Itoa(age)
	}
	s.render(w, http.StatusOK, "case", p)
}

// image serves an image's exact bytes.
func (s *screen) image(w http.ResponseWriter, r *http.Request) {
	name, found := strings.CutSuffix(r.PathValue("capture"), ".jpg")
	if !found || !appliance.ValidID(name) || !appliance.ValidID(r.PathValue("id")) {
		http.NotFound(w, r)
		return
	}
	person, _ := s.person(r)
	jpeg, err := s.Cases.Image(r.Context(), person.Username, appliance.CaseID(r.PathValue("id")), appliance.CaptureID(name))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "image/jpeg")
	w.Write(jpeg)
}
