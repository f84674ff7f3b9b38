package ingest

import (
	"net/http"
	"strconv"

	"dermbox/appliance"
	"dermbox/appliance/signed"
	"dermbox/sync/hub/answer"
	"dermbox/sync/wire"
)

// Handler serves the protocol's endpoints for admitted devices. Identify names the caller or gives the refusal.
func (s *Service) Handler(identify func(*http.Request) (Caller, error)) http.Handler {
	mux := http.NewServeMux()
	handle := func(pattern string, f func(http.ResponseWriter, *http.Request, Caller) error) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			c, err := identify(r)
			if err == nil {
				err = f(w, r, c)
			}
			if err != nil {
				answer.Write(w, r, s.Log, err)
			}
		})
	}
	handle("POST "+wire.PathBatches, s.serveOffer)
	handle("POST "+wire.PathBatches+"/{digest}/commit", s.serveCommit)
	handle("HEAD "+wire.PathParts+"{sum}", s.serveOffset)
	handle("PATCH "+wire.PathParts+"{sum}", s.serveAppend)
	handle("GET "+wire.PathReconcile, s.serveReconcile)
	handle("GET "+wire.PathTime, s.serveTime)
	handle("/", func(http.ResponseWriter, *http.Request, Caller) error { return answer.Refusal(wire.CodeNotFound, nil) })
	return mux
}

func (s *Service) serveOffer(w http.ResponseWriter, r *http.Request, c Caller) error {
	b, err := answer.Body(w, r, wire.MaxMessage)
	if err != nil {
		return err
	}
	request, err := wire.DecodeOffer(b)
	if err != nil {
		return err
	}
	a, err := s.Offer(r.Context(), c, request)
	if err == nil {
		answer.JSON(w, r, s.Log, a)
	}
	return err
}

func (s *Service) serveCommit(w http.ResponseWriter, r *http.Request, c Caller) error {
	digest := r.PathValue("digest")
	if !wire.ValidDigest(digest) {
		return answer.Refusal(wire.CodeUnknownBatch, nil)
	}
	if _, err := answer.Body(w, r, wire.MaxMessage); err != nil {
		return err
	}
	a, err := s.Commit(r.Context(), c, digest)
	if err == nil {
		answer.JSON(w, r, s.Log, a)
	}
	return err
}

func (s *Service) serveOffset(w http.ResponseWriter, r *http.Request, c Caller) error {
	sum := r.PathValue("sum")
	if !wire.ValidSum(sum) {
		return answer.Refusal(wire.CodeUnknownPart, nil)
	}
	at, err := s.Offset(r.Context(), c, sum)
	if err == nil {
		writeOffset(w, at)
		w.WriteHeader(http.StatusNoContent)
	}
	return err
}

func (s *Service) serveAppend(w http.ResponseWriter, r *http.Request, c Caller) error {
	sum := r.PathValue("sum")
	if !wire.ValidSum(sum) {
		return answer.Refusal(wire.CodeUnknownPart, nil)
	}
	offset, err := headerInt(r, wire.HeaderOffset, false)
	if err != nil {
		return err
	}
	size, err := headerInt(r, wire.HeaderLength, true)
	if err != nil {
		return err
	}
	at, err := s.Append(r.Context(), c, Upload{SHA256: sum, Offset: offset, Size: size, Body: r.Body,
		SetDeadline: http.NewResponseController(w).SetReadDeadline})
	if at.Size > 0 {
		writeOffset(w, at) // also beside a refusal: the device sees where to go on
	}
	if err == nil {
		w.WriteHeader(http.StatusNoContent)
	}
	return err
}

func writeOffset(w http.ResponseWriter, at Offset) {
	w.Header().Set(wire.HeaderOffset, strconv.FormatInt(at.Received, 10))
	w.Header().Set(wire.HeaderLength, strconv.FormatInt(at.Size, 10))
}

func headerInt(r *http.Request, name string, optional bool) (int64, error) {
	value := r.Header.Get(name)
	if value == "" && optional {
		return -1, nil
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n < 0 || n > wire.MaxPartSize {
		return 0, appliance.FieldError(name, "sync.wire.malformed", "what", "part", "field", name)
	}
	return n, nil
}

func (s *Service) serveReconcile(w http.ResponseWriter, r *http.Request, c Caller) error {
	a, err := s.Ledger.Reconcile(r.Context(), c.Device, r.URL.Query().Get("after"), wire.MaxReconcile)
	if err == nil {
		answer.JSON(w, r, s.Log, a)
	}
	return err
}

func (s *Service) serveTime(w http.ResponseWriter, r *http.Request, _ Caller) error {
	nonce := r.URL.Query().Get("nonce")
	if !wire.ValidNonce(nonce) {
		return appliance.FieldError("nonce", "sync.wire.malformed", "what", "time", "field", "nonce")
	}
	payload, err := wire.EncodeTime(wire.TimePayload{Schema: wire.TimeSchema, Hub: s.HubName, Now: s.Clock.Now().Wall.UTC(), Nonce: nonce})
	if err != nil {
		return err
	}
	envelope, err := signed.Sign(r.Context(), signed.KindReceipt, payload, s.Signer)
	if err == nil {
		answer.JSON(w, r, s.Log, wire.TimeAnswer{Envelope: envelope})
	}
	return err
}
