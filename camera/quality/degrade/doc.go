// Package degrade spoils photographs by known amounts, so that the quality gate can be held against them: blur, motion,
// exposure, glare, colour cast, JPEG blocks, a cut lesion, hair, no lesion, no dermatoscope. It knows pixels and the lesion's
// mask and nothing of the gate. The same picture, amount and seed give the same bytes.
package degrade
