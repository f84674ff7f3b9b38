package card

import (
	"time"

	"dermbox/appliance"
)

// Answer is what the box says of a card that was shown to its camera: what was seen, and the sentence that says how it went and what to
// do next. The box answers it on its control socket, and dermboxctl reads it.
type Answer struct {
	Pass     bool     `json:"pass"`
	Key      string   `json:"key"`
	Sentence string   `json:"sentence"`
	Seen     Result   `json:"seen"`
	Limits   Limits   `json:"limits"`
	Now      Standing `json:"now"` // how the calibration stands after it
}

// StandingAway is the key of a Standing that nobody can tell yet: the camera was not opened.
const StandingAway = "daemon.reference_away"

// Standing is how the calibration of the box's camera stands.
type Standing struct {
	Key          string                 `json:"key"`
	Sentence     string                 `json:"sentence"`
	InForce      *appliance.Calibration `json:"in_force,omitempty"`
	FreshUntil   *time.Time             `json:"fresh_until,omitempty"`
	CountsUntil  *time.Time             `json:"counts_until,omitempty"`
	FreshSeconds float64                `json:"fresh_seconds,omitempty"` // left until the card is asked for again; negative: it is
}
