// Package provision turns an invite into a device's identity: it makes the key on the device, knows the trust's hub by the
// fingerprint in the invite alone, and has the hub certify the key. The private key never leaves the device.
//
// Nothing is half done: everything is written beside the identity folder, which appears in one rename. Provisioning that
// was cut short goes on with the same key when the same invite is given again, so that a hub that had already answered
// can answer the same again.
package provision
