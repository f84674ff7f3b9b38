package daemon

import (
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"os"

	"golang.org/x/sys/unix"

	"dermbox/appliance"
	"dermbox/appliance/text"
)

// control is the daemon's Unix socket for dermboxctl: JSON over HTTP, for root and the daemon's own user only. The kernel
// vouches for the caller (SO_PEERCRED), so there is no password to keep.
type control struct {
	listener net.Listener
	mux      *http.ServeMux
	log      *slog.Logger
}

type peerKey struct{}

// Serve serves until ctx ends; closing the listener takes the socket away.
func (c *control) Serve(ctx context.Context) error {
	return serveHTTP(ctx, c.listener, c.admit(c.mux), &http.Server{
		ConnContext: func(ctx context.Context, conn net.Conn) context.Context {
			return context.WithValue(ctx, peerKey{}, peerUID(conn))
		},
	}, c.log)
}

// admit lets root and the daemon's own user in.
func (c *control) admit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if uid, ok := r.Context().Value(peerKey{}).(int); !ok || uid != 0 && uid != os.Geteuid() {
			answerError(w, appliance.E(appliance.Forbidden, "ctl.socket.forbidden", nil))
			return
		}
		next.ServeHTTP(w, r)
	})
}

func peerUID(conn net.Conn) int {
	unixConn, ok := conn.(*net.UnixConn)
	if !ok {
		return -1
	}
	raw, err := unixConn.SyscallConn()
	if err != nil {
		return -1
	}
	uid := -1
	if err := raw.Control(func(fd uintptr) {
		if cred, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED); err == nil {
			uid = int(cred.Uid)
		}
	}); err != nil {
		return -1
	}
	return uid
}

// answer writes v as JSON.
func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	json.NewEncoder(w).Encode(v) // the caller has gone if this fails
}

// answerError writes an error as dermboxctl reads it: code for the exit status, sentence for the person.
func answerError(w http.ResponseWriter, err error) {
	status := map[appliance.Code]int{
		appliance.Invalid: 400, appliance.NotFound: 404, appliance.Conflict: 409, appliance.Forbidden: 403,
		appliance.Unauthorised: 401, appliance.Unavailable: 503, appliance.Full: 507, appliance.Unverified: 422,
	}[appliance.CodeOf(err)]
	if status == 0 {
		status = http.StatusInternalServerError
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]string{"code": string(appliance.CodeOf(err)), "message": text.Error(err)})
}
