// Package evaluate holds the quality gate against photographs spoilt by known amounts: which strengths there are, which checks
// are the right reason to refuse each, how large the shares are and how sure one can be of them, the curves, and thresholds
// that fit a folder of good and a folder of bad photographs. It is pure: whoever calls it measures.
package evaluate
