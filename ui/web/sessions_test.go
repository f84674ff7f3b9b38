package web_test

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"dermbox/ui/web"
)

// A request that outlasts its session ends with a commit of the session as it was: nobody must be signed in by that.
func TestAnEndedSessionIsNeverKeptAgain(t *testing.T) {
	for name, end := range map[string]func(t *testing.T, s scs.Store){
		"signed out": func(t *testing.T, s scs.Store) {
			if err := s.Delete("token"); err != nil {
				t.Fatal(err)
			}
		},
		"over, and nobody looked": func(t *testing.T, s scs.Store) {
			if err := s.Commit("token", []byte("x"), time.Now().Add(-time.Second)); err != nil {
				t.Fatal(err)
			}
		},
		"over, and seen to be": func(t *testing.T, s scs.Store) {
			if err := s.Commit("token", []byte("x"), time.Now().Add(-time.Second)); err != nil {
				t.Fatal(err)
			}
			if _, there, _ := s.Find("token"); there {
				t.Fatal("still there")
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			store := web.NewSessions(web.SessionOptions{Cookie: "c", Idle: time.Minute, Lifetime: time.Hour, Log: slog.New(slog.DiscardHandler)}).Store
			if err := store.Commit("token", []byte("x"), time.Now().Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
			end(t, store)
			if err := store.Commit("token", []byte("x"), time.Now().Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
			if _, there, _ := store.Find("token"); there {
				t.Error("it came back")
			}
		})
	}
}

func TestSessionsAreBoundedAndEnd(t *testing.T) {
	store := web.NewSessions(web.SessionOptions{Cookie: "c", Idle: time.Minute, Lifetime: time.Hour, Log: slog.New(slog.DiscardHandler)}).Store
	now := time.Now()
	for _, c := range []struct {
		token string
		ends  time.Time
		there bool
	}{
		{"live", now.Add(time.Hour), true},
		{"over", now.Add(-time.Second), false},
	} {
		if err := store.Commit(c.token, []byte("x"), c.ends); err != nil {
			t.Fatal(err)
		}
		if _, there, err := store.Find(c.token); there != c.there || err != nil {
			t.Errorf("%s: there %v, %v", c.token, there, err)
		}
	}
	if err := store.Delete("live"); err != nil {
		t.Fatal(err)
	}
	if _, there, _ := store.Find("live"); there {
		t.Error("still there after it was deleted")
	}
	const limit, over = 4096, 100
	for i := range limit + over {
		if err := store.Commit(fmt.Sprint("s", i), []byte("x"), now.Add(time.Duration(i+1)*time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	left := 0
	for i := range limit + over {
		if _, there, _ := store.Find(fmt.Sprint("s", i)); there {
			left++
			if i < over {
				t.Errorf("session %d, which ends among the first, outlived later ones", i)
			}
		}
	}
	if left != limit {
		t.Errorf("%d sessions are kept, want %d", left, limit)
	}
}
