package scope

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"dermbox/appliance"
)

// The scope's addresses.
const (
	PathStream   = "/stream.mjpg"
	PathIdentity = "/identity"
	PathControl  = "/control"
	PathState    = "/state"
)

// Command changes what the scope does; a field left out stays as it is.
type Command struct {
	Subject *Subject `json:"subject,omitempty"`
	Fault   *Fault   `json:"fault,omitempty"`
	Next    bool     `json:"next,omitempty"` // the next photograph of the folder, or the next seed
}

// Limits of the server.
const (
	commandBytes = 64 << 10
	writeWait    = 5 * time.Second // for a viewer that does not read
	boundary     = "dermboxframe"
)

// Handler serves the stream, what the scope is, its state, and control. It belongs on a loopback address: whoever reaches
// it controls it.
func (s *Scope) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+PathStream, s.stream)
	mux.HandleFunc("GET "+PathIdentity, func(w http.ResponseWriter, _ *http.Request) { answer(w, s.Identity()) })
	mux.HandleFunc("GET "+PathState, func(w http.ResponseWriter, _ *http.Request) { answer(w, s.State()) })
	mux.HandleFunc("POST "+PathControl, s.control)
	return mux
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // a viewer that has gone cannot be told
}

// control obeys a Command and answers with the State once every later frame shows it. It asks for JSON's content type, so
// that no page in a browser can send one.
func (s *Scope) control(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Content-Type") != "application/json" {
		http.Error(w, "application/json only", http.StatusUnsupportedMediaType)
		return
	}
	var c Command
	in := json.NewDecoder(http.MaxBytesReader(w, r.Body, commandBytes))
	in.DisallowUnknownFields()
	if err := in.Decode(&c); err != nil {
		http.Error(w, "not a command", http.StatusBadRequest)
		return
	}
	if err := s.obey(c); err != nil {
		status := http.StatusInternalServerError
		if code := appliance.CodeOf(err); code == appliance.Invalid {
			status = http.StatusBadRequest
		}
		http.Error(w, err.Error(), status)
		return
	}
	answer(w, s.State())
}

func (s *Scope) obey(c Command) error {
	if c.Subject != nil {
		if err := s.Show(*c.Subject); err != nil {
			return err
		}
	}
	if c.Next {
		if err := s.Next(); err != nil {
			return err
		}
	}
	if c.Fault != nil {
		return s.Fail(*c.Fault)
	}
	return nil
}

// stream sends frames until the viewer goes, the scope ends or the fault FaultDrop cuts the connection.
func (s *Scope) stream(w http.ResponseWriter, r *http.Request) {
	sub := s.hub.Subscribe()
	defer sub.Close()
	w.Header().Set("Content-Type", "multipart/x-mixed-replace; boundary="+boundary)
	w.Header().Set("Cache-Control", "no-store")
	out := http.NewResponseController(w)
	for {
		fault, changed := s.watch()
		switch fault {
		case FaultDrop:
			panic(http.ErrAbortHandler) // net/http's way to cut a connection
		case FaultStall:
			select {
			case <-changed:
				continue
			case <-r.Context().Done():
				return
			}
		}
		f, err := sub.Next(r.Context())
		if err != nil {
			return
		}
		if out.SetWriteDeadline(time.Now().Add(writeWait)) != nil || part(w, f.JPEG) != nil || out.Flush() != nil {
			return
		}
	}
}

// part writes one frame as a part of the multipart stream.
func part(w io.Writer, jpeg []byte) error {
	_, err := fmt.Fprintf(w, "--%s\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n", boundary, len(jpeg))
	if err == nil {
		_, err = w.Write(jpeg)
	}
	if err == nil {
		_, err = io.WriteString(w, "\r\n")
	}
	return err
}
