// Package staff keeps who may sign in to the box and checks their PINs offline: argon2id over the PIN mixed with a secret of
// this box's vault, so that a copied database cannot be tried out elsewhere, and a lock-out that grows with wrong tries and
// survives a restart.
package staff
