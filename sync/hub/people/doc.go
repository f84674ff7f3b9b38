// Package people is who of the trust may sign in at the hub: local accounts with a password.
//
// Passwords are kept as argon2id hashes with their parameters beside them. Wrong ones close an account for a growing time,
// and at most two are checked at once, so that guessing costs the guesser and not the hub's memory.
package people
