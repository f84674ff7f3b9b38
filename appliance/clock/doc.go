// Package clock tells the time as an appliance.Stamp: wall time with its quality, time since boot, and the boot's id.
package clock
