// Package images keeps stills as sealed files with random names. A file is encrypted by age (64 KiB chunks, each
// authenticated with its place, so that it can be read from the middle and cannot be reordered or cut short); age's file
// key is wrapped under the case's data key, bound to case and image id, so that no file passes for another.
package images
