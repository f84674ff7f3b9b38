package web_test

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"dermbox/ui/web"
)

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
