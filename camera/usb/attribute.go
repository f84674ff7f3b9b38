package usb

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Attribute reads a small text file of sysfs; "" when it is missing, no plain file, longer than a USB text, or not printable.
func Attribute(folder, name string) string {
	// Sysfs has plain files only: no link is followed, and a pipe in its place is not waited for.
	f, err := os.OpenFile(filepath.Join(folder, name), os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return ""
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return ""
	}
	raw, err := io.ReadAll(io.LimitReader(f, maxText+2)) // with its line's end, and one to see that it is too long
	if err != nil {
		return ""
	}
	return printable(strings.TrimSuffix(string(raw), "\n"))
}

// printable gives the text without spaces at its ends; "" unless all of it is printable ASCII and not too long.
func printable(s string) string {
	if len(s) > maxText {
		return ""
	}
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return ""
		}
	}
	return strings.TrimSpace(s)
}
