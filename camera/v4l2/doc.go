// Package v4l2 asks a V4L2 camera what it can do: its formats, sizes, rates and controls (the kernel's user-space API,
// videodev2.h). It only asks, and may do so while another program streams from the camera. Pictures are read through OpenCV,
// in package camera/opencv.
package v4l2
