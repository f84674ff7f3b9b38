package daemon

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"dermbox/appliance"
)

// listen takes the address at the start, so that a port in use ends it with a sentence and not a restart loop.
func listen(address string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, appliance.E(appliance.Unavailable, "daemon.port_in_use", err, "address", address)
	case err != nil:
		return nil, appliance.E(appliance.Unavailable, "daemon.listen", err, "address", address)
	}
	return listener, nil
}

// listenUnix takes the control socket. What a killed daemon left behind is replaced; a socket that somebody serves is not,
// and a file that is no socket never: a slip in the settings must not cost the case database.
func listenUnix(path string) (net.Listener, error) {
	failed := func(err error) error { return appliance.E(appliance.Unavailable, "daemon.socket", err, "path", path) }
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			return nil, failed(err)
		}
	case err != nil:
		return nil, failed(err)
	case info.Mode().Type() != fs.ModeSocket:
		return nil, appliance.E(appliance.Invalid, "daemon.not_a_socket", nil, "path", path)
	case !dead(path):
		return nil, appliance.E(appliance.Conflict, "daemon.socket_in_use", nil, "path", path)
	default:
		if err := os.Remove(path); err != nil {
			return nil, failed(err)
		}
	}
	listener, err := net.Listen("unix", path)
	if err != nil {
		return nil, failed(err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(failed(err), listener.Close())
	}
	return listener, nil
}

// dead says whether nobody serves the socket: only a refused connection proves it.
func dead(path string) bool {
	conn, err := net.DialTimeout("unix", path, time.Second)
	if err == nil {
		conn.Close()
	}
	return errors.Is(err, syscall.ECONNREFUSED)
}
