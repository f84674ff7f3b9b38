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
		IdleTimeout: o.Idle, Lifetime: o.Lifetime, Store: newSessionStore(o.Lifetime), Codec: scs.GobCodec{},
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
//
// Scs commits the copy of a session that a request began with when the request ends. A request may last longer than its
// session: the live picture's does. What has ended is therefore remembered, and never kept again.
type sessionStore struct {
	lifetime time.Duration

	mu    sync.Mutex
	live  map[string]session
	ended map[string]time.Time // by token, until when a request that knew it may still run
}

func newSessionStore(lifetime time.Duration) *sessionStore {
	return &sessionStore{lifetime: lifetime, live: map[string]session{}, ended: map[string]time.Time{}}
}

// Delete is scs.Store.
func (s *sessionStore) Delete(token string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end(token)
	return nil
}

// end removes a session and remembers that it was.
func (s *sessionStore) end(token string) {
	if _, known := s.live[token]; !known {
		return
	}
	delete(s.live, token)
	now, first := time.Now(), ""
	for old, until := range s.ended {
		if now.After(until) {
			delete(s.ended, old)
		} else if first == "" || until.Before(s.ended[first]) {
			first = old
		}
	}
	if len(s.ended) >= maxSessions {
		delete(s.ended, first)
	}
	s.ended[token] = now.Add(s.lifetime)
}

// Find is scs.Store.
func (s *sessionStore) Find(token string) ([]byte, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.live[token]
	if !ok || time.Now().After(found.ends) {
		s.end(token)
		return nil, false, nil
	}
	return found.data, true, nil
}

// Commit is scs.Store.
func (s *sessionStore) Commit(token string, data []byte, ends time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, known := s.live[token]
	if known && time.Now().After(found.ends) {
		s.end(token)
	}
	if _, over := s.ended[token]; over {
		return nil
	}
	if !known {
		s.makeRoom()
	}
	s.live[token] = session{data: data, ends: ends}
	return nil
}

func (s *sessionStore) makeRoom() {
	now, soonest := time.Now(), ""
	for token, one := range s.live {
		if now.After(one.ends) {
			s.end(token)
		} else if soonest == "" || one.ends.Before(s.live[soonest].ends) {
			soonest = token
		}
	}
	if len(s.live) >= maxSessions {
		s.end(soonest)
	}
}
