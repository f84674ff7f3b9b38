// Package quality judges stills: a signed profile holds the limits, the judge worker measures, Judge compares. Native code
// that decodes the picture runs in the worker only; the comparison is pure.
package quality
