// Package profile reads camera profiles: signed data that says, for one kind of camera and dermatoscope, what it is asked
// for and what its pictures are worth. Profile is the schema "dermbox.camera-profile/1"; profiles/ holds two to begin from, and
// camera-profile.schema.json says the same for other tools.
package profile
