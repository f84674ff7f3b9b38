// Package live says what is wrong with the live picture while somebody is about to press Capture: one sentence and a few
// meters, of the newest frame, steady enough to be read. It decides nothing: the still's own verdict does.
package live
