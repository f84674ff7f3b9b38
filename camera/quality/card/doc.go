// Package card knows dermbox's reference card: where its marks and patches lie and which colours they have, how its marks are
// told from anything else that is dark, and what a reading of it says of a camera: the gains that make its greys grey, how
// far its colours are off after them, and how many millimetres a pixel shows. It is pure; the judge worker finds the dark
// blobs and the patches' means (package camera/opencv). docs/reference-card.md says how a card is printed.
package card
