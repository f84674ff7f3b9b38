//go:build opencv

#include <stdio.h>
#include <stdlib.h>
#include <setjmp.h>
#include <string.h>
#include <jpeglib.h>

#include "encode444.h"

struct failing {
	struct jpeg_error_mgr base;
	jmp_buf out;
};

static void fail(j_common_ptr c) { longjmp(((struct failing *)c->err)->out, 1); }

static void quiet(j_common_ptr c) { (void)c; }

unsigned long dermbox_encode444(unsigned char *bgr, int width, int height, size_t stride, int quality, unsigned char **out) {
	struct jpeg_compress_struct c;
	struct failing err;
	unsigned long size = 0;
	*out = NULL;
	memset(&c, 0, sizeof c); // an error before it is made must find nothing to destroy
	c.err = jpeg_std_error(&err.base);
	err.base.error_exit = fail;
	err.base.output_message = quiet;
	if (setjmp(err.out)) {
		// The buffer is libjpeg's own until it is finished, and *out may be one that it has freed: it is lost, once, because the
		// worker ends after an error.
		jpeg_destroy_compress(&c);
		return 0;
	}
	jpeg_create_compress(&c);
	jpeg_mem_dest(&c, out, &size);
	c.image_width = width;
	c.image_height = height;
	c.input_components = 3;
	c.in_color_space = JCS_EXT_BGR;
	jpeg_set_defaults(&c);
	jpeg_set_quality(&c, quality, TRUE);
	for (int i = 0; i < c.num_components; i++) {
		c.comp_info[i].h_samp_factor = 1;
		c.comp_info[i].v_samp_factor = 1;
	}
	jpeg_start_compress(&c, TRUE);
	while (c.next_scanline < c.image_height) {
		JSAMPROW row = bgr + stride * c.next_scanline;
		jpeg_write_scanlines(&c, &row, 1);
	}
	jpeg_finish_compress(&c);
	jpeg_destroy_compress(&c);
	return size;
}
