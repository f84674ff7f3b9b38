// Package preprocess turns a photograph into a model's input: decode the original still, crop to the dermatoscope's field, resize by area, normalise.
//
// It is pure Go on integers up to the last step, so that the same picture gives the same bits on every processor. The
// training set of a model goes through this same code (dermbox-inference prepare), so that what a model is shown in the
// clinic is made as what it learned from.
package preprocess
