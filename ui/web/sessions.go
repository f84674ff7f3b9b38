package web

import (
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"

	"dermbox/appliance/text"
)

// SessionOptions say how long a sign-in lasts and what its cookie is called.
type SessionOptions struct {
	Cookie   string        // the cookie's name
	Secure   bool          // sent over TLS only
	Idle     time.Duration // without a request for this long, the session ends
	Lifetime time.Duration // and after this long in any case
	Log      *slog.Logger
}

// NewSessions makes the sessions of one website. They live in memory: a restart signs everybody out, and nothing about who
// works here is on the disk. The cookie is HttpOnly, SameSite=Strict and gone with the browser. No goroutine is started
// (scs.New would, for a store that is not used here).
func NewSessions(o SessionOptions) *scs.SessionManager {
	return &scs.SessionManager{
		IdleTimeout: o.Idle, Lifetime: o.Lifetime, Store: &sessionStore{live: map[string]session{}}, Codec: scs.GobCodec{},
		HashTokenInStore: true,
		ErrorFunc: func(w http.ResponseWriter, _ *http.Request, err error) {
			o.Log.Error("session failed", "error", err)
			http.Error(w, text.T("error.internal", nil), http.StatusInternalServerError)
		},
		Cookie: scs.SessionCookie{Name: o.Cookie, HttpOnly: true, Path: "/", SameSite: http.SameSiteStrictMode, Secure: o.Secure},
	}
}

// maxSessions bounds the memory that sign-in pages can be made to use; the ones that end soonest go first.
const maxSessions = 4096

type session struct {
	data []byte
	ends time.Time
}

// sessionStore is scs's store in memory. It removes ended sessions as it goes, so that no goroutine has to be owned.
type sessionStore struct {
	mu   sync.Mutex
	live map[string]session
}

// Delete is scs.Store.
func (s *sessionStore) Delete(token string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.live, token)
	return nil
}

// Find is scs.Store.
func (s *sessionStore) Find(token string) ([]byte, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.live[token]
	if !ok || time.Now().After(found.ends) {
		delete(s.live, token)
		return nil, false, nil
	}
	return found.data, true, nil
}

// Commit is scs.Store.
func (s *sessionStore) Commit(token string, data []byte, ends time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, known := s.live[token]; !known {
		s.makeRoom()
	}
	s.live[token] = session{data: data, ends: ends}
	return nil
}

func (s *sessionStore) makeRoom() {
	now, soonest := time.Now(), ""
	for token, one := range s.live {
		if now.After(one.ends) {
			delete(s.live, token)
		} else if soonest == "" || one.ends.Before(s.live[soonest].ends) {
			soonest = token
		}
	}
	if len(s.live) >= maxSessions {
		delete(s.live, soonest)
	}
}
