// Package compare holds the engine against others: the answers of the same models with Google's own interpreter, for the
// tests, and the time that they take there and in ONNX Runtime, for the bench. It has no product code. The other engines run
// in Python, in a process of their own (peer.py), from what `make setup-peers` puts into build/peers.
package compare
