// Package pack reads and makes model packs (.dermpack): everything that a model needs to be judged by, under one signature.
//
// A pack is a deterministic tar of five members, or six: envelope.json (a DSSE envelope over the manifest's exact bytes,
// role model), model.tflite, card.md, golden.json, golden.bin and, for a model whose features say whether it can judge a
// picture, features.bin. The manifest holds the size and SHA-256 of the others, so that one changed byte anywhere is refused, by the name of the member it stands in. Nothing of a pack is used
// before all of it was verified; there is no unpacking to disk.
package pack
