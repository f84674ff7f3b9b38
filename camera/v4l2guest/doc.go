// Package v4l2guest has no code but tests: the camera worker on the kernel's own virtual cameras and keyboards. They load
// kernel modules and need a kernel of their own, so they have the build tag v4l2guest and run in the guest that
// `make test-v4l2` starts (tools/v4l2). tools/v4l2/tests.txt names each of them.
package v4l2guest
