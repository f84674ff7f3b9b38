// Package evaluate measures how well a model judges labelled pictures: areas under ROC curves with intervals, what the pack's
// thresholds make of each picture, how far probabilities can be believed, how often the model cannot judge, where lesions would
// go, and all of it for parts of the pictures. It is pure: whoever calls it shows the pictures to the model. The same pictures and seed give
// the same figures. docs/model-evaluation.md says what each key of a Report means.
package evaluate
