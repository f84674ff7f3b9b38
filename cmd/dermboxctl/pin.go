package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"dermbox/appliance"
)

// readPIN asks for a PIN on the terminal without showing it. The error Invalid "ctl.pin.no_terminal" says that there is none.
func readPIN(prompt string) (string, error) {
	fd := int(os.Stdin.Fd())
	before, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return "", appliance.FieldError("pin", "ctl.pin.no_terminal")
	}
	quiet := *before
	quiet.Lflag &^= unix.ECHO
	quiet.Lflag |= unix.ICANON | unix.ISIG
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, &quiet); err != nil {
		return "", fmt.Errorf("terminal: %w", err)
	}
	fmt.Fprint(os.Stderr, prompt+" ")
	line, err := bufio.NewReaderSize(os.Stdin, 64).ReadString('\n')
	fmt.Fprintln(os.Stderr)
	if restore := unix.IoctlSetTermios(fd, unix.TCSETS, before); restore != nil {
		return "", fmt.Errorf("terminal: %w", restore)
	}
	if err != nil {
		return "", appliance.FieldError("pin", "ctl.pin.no_terminal")
	}
	return strings.TrimSpace(line), nil
}
