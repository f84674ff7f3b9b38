// Package kiosk is the clinic's screen: pages rendered on the server, one form for each step of a visit, and the live preview
// over a WebSocket. All state that matters is in the case store; a crash or a reload of the browser loses nothing.
package kiosk

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"

	"dermbox/appliance"
	"dermbox/ui/web"
)

// Visits runs visits, step by step; each write is durable when it returns, carries the token of the banner that the page
// showed, and is refused with Conflict under another. Errors are *appliance.Error; Invalid ones name the field.
type Visits interface {
	Start(ctx context.Context, op appliance.Operator) (*appliance.VisitView, error)
	View(ctx context.Context, id appliance.CaseID) (*appliance.VisitView, error)
	Identify(ctx context.Context, id appliance.CaseID, banner string, op appliance.Operator, p appliance.Patient, r appliance.Referral) (*appliance.VisitView, error)
	Consent(ctx context.Context, id appliance.CaseID, banner string, op appliance.Operator, c appliance.Consent) (*appliance.VisitView, error)
	History(ctx context.Context, id appliance.CaseID, banner string, op appliance.Operator, h appliance.History) (*appliance.VisitView, error)
	PutLesion(ctx context.Context, id appliance.CaseID, banner string, op appliance.Operator, l appliance.Lesion) (*appliance.VisitView, error)
	Capture(ctx context.Context, id appliance.CaseID, banner string, op appliance.Operator, lesion appliance.LesionID, view appliance.View) (*appliance.CaptureResult, error)
	KeepPoor(ctx context.Context, id appliance.CaseID, banner string, op appliance.Operator, attemptID, reason string) (*appliance.VisitView, error)
	Image(ctx context.Context, id appliance.CaseID, capture appliance.CaptureID) ([]byte, error)
	SignOff(ctx context.Context, id appliance.CaseID, seal string, op appliance.Operator, d appliance.Declarations) (*appliance.VisitView, error)
	Abandon(ctx context.Context, id appliance.CaseID, banner string, op appliance.Operator, reason string) error
}

// Staff knows who may sign in. Authenticate locks an id out after wrong PINs; its errors are *appliance.Error.
type Staff interface {
	List(ctx context.Context) ([]appliance.Operator, error)
	Authenticate(ctx context.Context, id, pin string) (appliance.Operator, error)
}

// Preview gives live frames to any number of viewers, and tells how the camera stands.
type Preview interface {
	Subscribe() Subscription
	State() PreviewState
}

// PreviewState is how the camera stands: frames are shown only while it is ready.
type PreviewState struct {
	Ready   bool
	Key     string            // of the sentence that says how it stands
	Params  map[string]string // for the sentence's placeholders
	Changed <-chan struct{}   // closed at the next change, of which none is missed
}

// Subscription is one viewer's, from the moment it was made: Next waits for a frame newer than the last one, and frames that a
// slow viewer missed are gone and counted by Dropped, which may be asked after Close and from any goroutine.
type Subscription interface {
	Next(ctx context.Context) (seq uint64, exposedMS float64, jpeg []byte, err error)
	Dropped() uint64
	Close()
}

// Hints tell what is wrong with the live picture: those of one view, from frames taken after Subscribe. Nothing is judged while
// nobody is subscribed.
type Hints interface {
	Subscribe(view appliance.View) HintSubscription
}

// HintSubscription is one page's, for as long as the camera does not change: Next waits for the next hint, the newest wins.
type HintSubscription interface {
	Next(ctx context.Context) (Hint, error)
	Close()
}

// Hint is what is wrong with the live picture. The zero hint says that nothing is known.
type Hint struct {
	Known      bool
	Pass, Hard bool    // a still like it would pass; no model would see it
	Key        string  // of the sentence that helps most, "" when it passes
	Meters     []Meter // in the page's order, at most four
}

// Meter is one measure as a word and a bar.
type Meter struct {
	Name  string  // "focus", "brightness", "glare" or "lesion"
	Key   string  // of its word
	Share float64 // of the bar that is full, 0 to 1
	Good  bool
}

// Presses tells of presses of the dermatoscope's button or the foot switch.
type Presses interface{ Subscribe() PressSubscription }

// PressSubscription is one page's: Next waits for a press made after Subscribe. Ids rise from 1; every subscription sees the same.
type PressSubscription interface {
	Next(ctx context.Context) (id uint64, err error)
	Close()
}

// Sending tells how cases get to the trust.
type Sending interface {
	Status() appliance.SendingStatus
	// Drafts gives every open visit; List what was signed off, the ones that still need something first.
	Drafts(ctx context.Context) ([]appliance.CaseSummary, error)
	List(ctx context.Context) ([]appliance.CaseSummary, error)
	TryNow()
}

// Health gives the box's checks in words.
type Health interface{ Checks() []HealthLine }

// HealthLine is one check as a page shows it.
type HealthLine struct {
	Name     string
	Level    string // "ok", "warn", "error"
	Sentence string // what is and what to do
	Who      string // who must act, in words
	Since    time.Time
}

// Options are the parts of a kiosk. All but Presses, Hints, Reference, Viewers, ShowClass, Idle and Hosts are required.
type Options struct {
	Visits        Visits
	Staff         Staff
	Preview       Preview
	Presses       Presses   // nil: no shutter
	Hints         Hints     // nil: the live picture is not judged
	Reference     Reference // nil: no reference card is asked for
	Viewers       *Viewers  // counts who watches; nil: nobody asks
	Sending       Sending
	Health        Health
	Site          appliance.Site
	Demonstration bool
	Model         func() appliance.ModelRef // in force, the zero one for none; nil: none is used
	ShowClass     bool                      // site policy: a class may be shown to the operator; default process words only
	Hosts         []string                  // names under which the kiosk may be reached; empty: localhost, 127.0.0.1 and ::1
	Idle          time.Duration             // without a request for so long a session ends; 0: ten minutes
	Clock         appliance.Clock
	Log           *slog.Logger
}

type kiosk struct {
	Options
	views    *web.Views
	sessions *scs.SessionManager
}

// New makes the kiosk's handler.
func New(o Options) (http.Handler, error) {
	views, err := web.Load("kiosk")
	if err != nil {
		return nil, err
	}
	if len(o.Hosts) == 0 {
		o.Hosts = []string{"localhost", "127.0.0.1", "::1"}
	}
	if o.Idle <= 0 {
		o.Idle = 10 * time.Minute
	}
	if o.Viewers == nil {
		o.Viewers = &Viewers{}
	}
	k := &kiosk{Options: o, views: views, sessions: web.NewSessions(web.SessionOptions{
		Cookie: "dermbox_kiosk", Idle: o.Idle, Lifetime: 12 * time.Hour, Log: o.Log,
	})}
	return web.Guard(o.Hosts, k.routes()), nil
}

func (k *kiosk) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET "+web.StaticPrefix, web.Static())
	mux.HandleFunc("GET /sign-in", k.signInPage)
	mux.HandleFunc("POST /sign-in", k.signIn)
	mux.HandleFunc("POST /sign-out", k.signOut)
	for pattern, h := range k.pages() {
		mux.HandleFunc(pattern, k.signedIn(h))
	}
	return k.sessions.LoadAndSave(mux)
}

// pages are what only a member of staff who is signed in may see and do.
func (k *kiosk) pages() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"GET /{$}":                            k.home,
		"POST /visits":                        k.start,
		"GET /visits/{id}":                    k.goOn,
		"GET /visits/{id}/patient":            k.patientPage,
		"POST /visits/{id}/patient":           k.patientForm,
		"GET /visits/{id}/consent":            k.consentPage,
		"POST /visits/{id}/consent":           k.consentForm,
		"GET /visits/{id}/history":            k.historyPage,
		"POST /visits/{id}/history":           k.historyForm,
		"GET /visits/{id}/lesion":             k.lesionPage,
		"POST /visits/{id}/lesion":            k.lesionForm,
		"GET /visits/{id}/images":             k.imagesPage,
		"POST /visits/{id}/capture":           k.capture,
		"POST /visits/{id}/keep":              k.keepPoor,
		"GET /visits/{id}/captures/{capture}": k.image,
		"GET /visits/{id}/check":              k.checkPage,
		"POST /visits/{id}/check":             k.signOff,
		"GET /visits/{id}/saved":              k.savedPage,
		"GET /visits/{id}/give-up":            k.giveUpPage,
		"POST /visits/{id}/give-up":           k.giveUp,
		"GET /sending":                        k.sendingPage,
		"POST /sending/try":                   k.tryNow,
		"GET /device":                         k.devicePage,
		"GET /card":                           k.cardPage,
		"POST /card":                          k.calibrate,
		"GET /ws/preview":                     k.preview,
	}
}
