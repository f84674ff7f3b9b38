// Package camera brings the frames of a dermatoscope camera to the daemon: what a frame is, how it is known to be new, the
// hub that shows it to any number of viewers, and the client that keeps the camera worker alive.
//
// It links no OpenCV. The camera is read in the worker dermbox-imaging (package camera/opencv), a process of its own,
// because a read from a stalled camera cannot be cancelled and native code that meets a damaged picture may crash.
package camera
