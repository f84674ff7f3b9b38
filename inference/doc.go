// Package inference judges a photograph with the installed model: it crops and scales the picture, has the inference worker
// run the model, checks the answer and reads it against the pack's thresholds.
//
// The most probable class is never the answer. Each class has its own threshold, several may be over theirs, the most
// severe of them wins, and none at all means that the model cannot judge (domain 1.10). Whatever fails, and a model that
// does not give its known answers on this machine, gives an error with a reason: the lesion is then not assessed, and a
// human sees it.
package inference
