// Package enrol is the trust's small certificate authority: it makes the hub's keys once, invites devices, and admits a
// device that shows an unused invite and proves that it holds the key in its request.
//
// Devices get client certificates of 90 days that name trust, site and device in one URI. The private half of the escrow
// pair never stays here: init writes it to a file outside the hub's folder, for the trust to keep elsewhere.
package enrol
