//go:build opencv

#include <stddef.h>

// dermbox_encode444 makes a JPEG of rows of BGR pixels that begin stride bytes apart. It gives the JPEG's length, and the JPEG
// itself in *out, which the caller frees; 0 when it failed.
unsigned long dermbox_encode444(unsigned char *bgr, int width, int height, size_t stride, int quality, unsigned char **out);
