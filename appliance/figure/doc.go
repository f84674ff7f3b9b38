// Package figure holds the arithmetic and the drawing that figures about pictures share: a share with its interval, and charts as
// SVG that read in grey and to a screen reader.
package figure
