// Package shutter turns the button of a dermatoscope or a foot switch into presses of Capture. It reads the Linux input
// devices that are bound to it, and grabs them, so that no key of theirs reaches the browser or anything else as well.
//
// A press is for the page that is in front now: it goes to the newest subscriber or to nobody, and one that is not taken
// at once is dropped. It is never queued, because it would take the picture of whoever comes next.
package shutter
