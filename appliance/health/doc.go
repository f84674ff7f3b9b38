// Package health keeps what the box knows of its own state: named checks, each with its level, why, since when, who must
// act and what to do.
//
// Checks carry keys of the catalogue in appliance/text and values, never sentences; screens and dermboxctl say them. No
// value may be a patient's.
package health
