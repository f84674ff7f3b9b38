//go:build !linux

package client

import (
	"syscall"
	"time"
)

// userTimeout does nothing where the kernel has no TCP_USER_TIMEOUT; the deadlines on writes stay.
func userTimeout(time.Duration) func(network, address string, c syscall.RawConn) error { return nil }
