// Package usb finds a USB camera by what it is and not by its number: which V4L2 node belongs to which vendor, product and
// serial number is read from sysfs, each time it is asked.
//
// The numbers of /dev/videoN follow the order in which devices appear, so that a camera that is plugged in again, or a second
// one, may take another's number. Sysfs is read as foreign input: sizes are capped, links must stay within it.
package usb
