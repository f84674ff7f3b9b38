// Package config reads the settings of dermboxd and dermhub once, refuses what it does not understand, and hands them out
// as plain values that nobody can change for anybody else.
//
// Four layers, each over the one before: defaults, a YAML file, environment variables (DERMBOX_KIOSK_LISTEN for
// kiosk.listen; DERMHUB_ for the hub) and flags (--kiosk-listen). Nothing is guessed: a key that does not exist is refused
// with the nearest one that does, in the file and in the environment alike, and every problem is reported, not only the
// first. The commented files dermboxd.yaml and dermhub.yaml in this folder are the manual; a test loads them.
package config
