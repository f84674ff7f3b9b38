package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"dermbox/appliance"
)

// stopTime is how long running requests have to end when the hub stops.
const stopTime = 10 * time.Second

// Addresses are where a serving hub listens, with the real ports where 0 was asked for.
type Addresses struct {
	Device string `json:"device"`
	People string `json:"people"`
}

// Serve serves both listeners until ctx ends, and returns when every request has ended. Pages is the people's website.
// Ready is called once both listeners are open. Another hub serving from the same folder is a Conflict, a port in use
// Unavailable.
func (h *Hub) Serve(ctx context.Context, pages http.Handler, ready func(Addresses)) error {
	release, err := h.hold()
	if err != nil {
		return err
	}
	defer release()
	if err := h.sweep(ctx); err != nil {
		return err
	}
	devices, err := h.deviceTLS()
	if err != nil {
		return err
	}
	deviceListener, err := listen(h.DeviceListen, "device.listen", devices)
	if err != nil {
		return err
	}
	peopleListener, err := listen(h.PeopleListen, "people.listen", h.peopleTLS(devices))
	if err != nil {
		return errors.Join(err, deviceListener.Close())
	}
	deviceServer, peopleServer := h.newServer(h.deviceHandler()), h.newServer(h.peopleHandler(pages))
	peopleServer.ReadTimeout, peopleServer.WriteTimeout = time.Minute, time.Minute
	results := make(chan error, 2)
	go func() { results <- deviceServer.Serve(deviceListener) }()
	go func() { results <- peopleServer.Serve(peopleListener) }()
	ready(Addresses{Device: deviceListener.Addr().String(), People: peopleListener.Addr().String()})
	left := 2
	select {
	case <-ctx.Done():
	case err = <-results: // a listener broke: the hub does not go on with half of itself
		left--
	}
	h.stop(deviceServer, peopleServer)
	for range left {
		<-results
	}
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return err
}

// sweep removes what a crash left half-written and sets aside sealed files without a row. Nothing is being received yet.
func (h *Hub) sweep(ctx context.Context) error {
	swept, err := h.Blobs.Sweep(func(name string) (bool, error) { return h.Ledger.KnowsFile(ctx, name) })
	if swept.Removed > 0 {
		h.Log.InfoContext(ctx, "half-written files were removed", "count", swept.Removed)
	}
	if swept.Returned > 0 {
		h.Log.InfoContext(ctx, "sealed files that the ledger names again were put back", "count", swept.Returned)
	}
	if swept.Orphaned > 0 {
		h.Log.WarnContext(ctx, "sealed files that the ledger does not name were set aside in parts/orphaned", "count", swept.Orphaned)
	}
	return err
}

func (h *Hub) stop(servers ...*http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	h.Ingest.Interrupt()
	for _, s := range servers {
		if err := s.Shutdown(ctx); err != nil {
			h.Log.Warn("requests were cut off at the stop", "error", err)
			_ = s.Close()
		}
	}
}

func (h *Hub) newServer(handler http.Handler) *http.Server {
	return &http.Server{
		Handler: handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
		TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){},
		// net/http's own lines name remote addresses and failed handshakes: of use when looking for a fault, else noise.
		ErrorLog: slog.NewLogLogger(h.Log.Handler(), slog.LevelDebug),
	}
}

func listen(address, setting string, config *tls.Config) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, appliance.E(appliance.Unavailable, "hubctl.serve.listen", fmt.Errorf("listen: %w", err),
			"address", address, "setting", setting)
	}
	return tls.NewListener(l, config), nil
}

// peopleTLS is for browsers: no client certificates.
func (h *Hub) peopleTLS(devices *tls.Config) *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: devices.GetCertificate, NextProtos: []string{"http/1.1"}}
}

// peopleHandler adds what every page needs whoever made it: nothing is cached, framed or sniffed, and always TLS.
func (h *Hub) peopleHandler(pages http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Strict-Transport-Security", "max-age=31536000")
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("X-Frame-Options", "DENY")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Cache-Control", "no-store")
		r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
		pages.ServeHTTP(w, r)
	})
}
