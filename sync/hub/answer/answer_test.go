package answer_test

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"dermbox/appliance"
	"dermbox/sync/hub/answer"
	"dermbox/sync/wire"
)

func TestEveryErrorIsAHubsAnswer(t *testing.T) {
	var lines strings.Builder
	log := slog.New(slog.NewTextHandler(&lines, nil))
	for name, c := range map[string]struct {
		err    error
		status int
		code   wire.ErrorCode
	}{
		"a code":       {answer.Refusal(wire.CodeOffset, nil), 409, wire.CodeOffset},
		"conflict":     {&answer.Conflict{Cases: []appliance.CaseID{"6f1c1f4e-0b8e-4a55-9c55-0a4c3f1a7d10"}}, 409, wire.CaseConflict},
		"too large":    {&http.MaxBytesError{Limit: 1}, 413, wire.CodeTooLarge},
		"full":         {appliance.E(appliance.Full, "storage.full", nil), 507, wire.CodeFull},
		"away":         {appliance.E(appliance.Unavailable, "hubctl.ledger.busy", nil), 429, wire.CodeBusy},
		"bad input":    {appliance.FieldError("x", "sync.wire.malformed"), 400, wire.CodeMalformed},
		"damaged":      {appliance.E(appliance.Unverified, "hubctl.part_damaged", nil), 500, wire.CodeInternal},
		"unknown":      {errors.New("Jane Doe"), 500, wire.CodeInternal},
		"both at once": {errors.Join(answer.Refusal(wire.CodeTakenOver, io.EOF), errors.New("x")), 409, wire.CodeTakenOver},
	} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest("GET", "/", nil)
		answer.Mark(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { answer.Write(w, r, log, c.err) }), log).ServeHTTP(w, r)
		e, err := wire.DecodeError(w.Body.Bytes())
		if err != nil || w.Code != c.status || e.Code != c.code || e.Message == "" || w.Header().Get(wire.HeaderProtocol) != "1" {
			t.Errorf("%s: %d %s %v", name, w.Code, w.Body, err)
		}
		if strings.Contains(w.Body.String(), "Jane") {
			t.Errorf("%s: the answer tells what the log is for", name)
		}
	}
}

func TestEveryCodeHasASentence(t *testing.T) {
	for _, code := range wire.Codes() {
		m, _ := code.Means()
		if m.Status == 0 {
			continue
		}
		w := httptest.NewRecorder()
		answer.Write(w, httptest.NewRequest("GET", "/", nil), slog.New(slog.DiscardHandler), answer.Refusal(code, nil))
		e, err := wire.DecodeError(w.Body.Bytes())
		if err != nil || e.Code != code || strings.HasPrefix(e.Message, "[") || e.Permanent != m.Permanent {
			t.Errorf("%s: %s %v", code, w.Body, err)
		}
	}
}
