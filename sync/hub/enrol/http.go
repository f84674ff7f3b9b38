package enrol

import (
	"net/http"

	"dermbox/sync/hub/answer"
	"dermbox/sync/wire"
)

// Handler serves the two endpoints that need no client certificate.
func (s *Service) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+wire.PathHello, func(w http.ResponseWriter, r *http.Request) {
		a, err := s.Hello(r.Context(), r.Header.Get(wire.HeaderInvite))
		if err != nil {
			answer.Write(w, r, s.Log, err)
			return
		}
		answer.JSON(w, r, s.Log, a)
	})
	mux.HandleFunc("POST "+wire.PathEnrol, func(w http.ResponseWriter, r *http.Request) {
		a, err := s.serveEnrol(w, r)
		if err != nil {
			answer.Write(w, r, s.Log, err)
			return
		}
		answer.JSON(w, r, s.Log, a)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		answer.Write(w, r, s.Log, answer.Refusal(wire.CodeNotFound, nil))
	})
	return mux
}

func (s *Service) serveEnrol(w http.ResponseWriter, r *http.Request) (wire.EnrolAnswer, error) {
	b, err := answer.Body(w, r, 4*wire.MaxPEM)
	if err != nil {
		return wire.EnrolAnswer{}, err
	}
	request, err := wire.DecodeEnrol(b)
	if err != nil {
		return wire.EnrolAnswer{}, err
	}
	return s.Enrol(r.Context(), request)
}
