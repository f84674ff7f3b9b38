// Package people is who of the trust may sign in at the hub: local accounts with a password.
//
// Passwords are kept as argon2id hashes with their parameters beside them. Wrong ones close an account for the address that
// they came from, for a growing time; from everywhere together they only slow it, so that nobody can shut a person out. At
// most two are checked at once: guessing costs the guesser and not the hub's memory.
package people
