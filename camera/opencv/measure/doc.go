// Package measure takes the quality gate's numbers of a picture with OpenCV, in the judge worker. It knows no limits: those are in
// signed profiles (package camera/quality), which compares. docs/quality.md gives each number's formula, source and limits.
package measure
