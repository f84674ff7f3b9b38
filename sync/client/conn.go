package client

import (
	"context"
	"net"
	"time"
)

// dialer connects with a watchdog on each connection: TCP_USER_TIMEOUT for bytes that nobody acknowledges, and a deadline
// on each write for a link that takes none. Without them a dead link is left only after the kernel's back-off, minutes
// later, and short spells of network are missed.
func dialer(timeout, stall time.Duration) func(context.Context, string, string) (net.Conn, error) {
	d := &net.Dialer{
		Timeout:         timeout,
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: stall, Interval: stall / 3, Count: 3},
		Control:         userTimeout(stall),
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := d.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &watchedConn{Conn: conn, stall: stall}, nil
	}
}

// watchedConn gives each write a deadline of its own. TLS writes records of at most 16 KiB, so this is a demand for
// progress, not for an end.
type watchedConn struct {
	net.Conn
	stall time.Duration
}

func (c *watchedConn) Write(p []byte) (int, error) {
	if err := c.SetWriteDeadline(time.Now().Add(c.stall)); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}
