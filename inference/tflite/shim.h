// The part of the TensorFlow Lite C API that dermbox uses, as pointers that are looked up with dlsym, and small helpers for
// what Go cannot do by itself. The prototypes are those of tensorflow/lite/c/c_api.h, unchanged from 2.9 to 2.23.
#ifndef DERMBOX_TFLITE_SHIM_H
#define DERMBOX_TFLITE_SHIM_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

typedef void (*dermbox_reporter)(void *user, const char *format, va_list args);

typedef struct {
	const char *(*Version)(void);
	void *(*ModelCreate)(const void *data, size_t size, dermbox_reporter reporter, void *user);
	void (*ModelDelete)(void *model);
	void *(*OptionsCreate)(void);
	void (*OptionsDelete)(void *options);
	void (*OptionsSetNumThreads)(void *options, int32_t threads);
	void (*OptionsSetErrorReporter)(void *options, dermbox_reporter reporter, void *user);
	void (*OptionsAddDelegate)(void *options, void *delegate);
	void *(*XNNPackCreate)(const void *options);
	void (*XNNPackDelete)(void *delegate);
	void *(*InterpreterCreate)(const void *model, const void *options);
	void (*InterpreterDelete)(void *interpreter);
	int (*AllocateTensors)(void *interpreter);
	int (*Invoke)(void *interpreter);
	int32_t (*InputCount)(const void *interpreter);
	void *(*Input)(const void *interpreter, int32_t index);
	int32_t (*OutputCount)(const void *interpreter);
	const void *(*Output)(const void *interpreter, int32_t index);
	int (*TensorType)(const void *tensor);
	int32_t (*TensorNumDims)(const void *tensor);
	int32_t (*TensorDim)(const void *tensor, int32_t index);
	size_t (*TensorByteSize)(const void *tensor);
	struct dermbox_quantization { float scale; int32_t zero_point; } (*TensorQuantization)(const void *tensor);
	int (*CopyFromBuffer)(void *tensor, const void *data, size_t size);
	int (*CopyToBuffer)(const void *tensor, void *data, size_t size);
} dermbox_api;

// dermbox_messages collects what the library reports, cut at its size.
typedef struct {
	size_t used;
	char text[1024];
} dermbox_messages;

// dermbox_load opens the library and fills the table. It gives NULL, or else what is wrong in a static text.
const char *dermbox_load(const char *path, dermbox_api *api, void **handle);
void dermbox_unload(void *handle);

// dermbox_refuse_xnnpack makes the delegate one that cannot be made, for tests of what follows.
void dermbox_refuse_xnnpack(dermbox_api *api);

const char *dermbox_version(const dermbox_api *api);
void *dermbox_model_create(const dermbox_api *api, const void *data, size_t size, dermbox_messages *messages);
void dermbox_model_delete(const dermbox_api *api, void *model);

// dermbox_interpreter is an interpreter and what must be deleted after it.
typedef struct {
	void *interpreter;
	void *options;
	void *delegate;
} dermbox_interpreter;

// dermbox_interpreter_create makes an interpreter and its tensors; xnnpack 0 leaves the delegate out. It gives 0 on success
// and has freed everything otherwise.
int dermbox_interpreter_create(const dermbox_api *api, const void *model, int32_t threads, int xnnpack,
	dermbox_messages *messages, dermbox_interpreter *out);
void dermbox_interpreter_delete(const dermbox_api *api, dermbox_interpreter *in);

int dermbox_invoke(const dermbox_api *api, void *interpreter);
int32_t dermbox_tensor_count(const dermbox_api *api, const void *interpreter, int output);
void *dermbox_tensor(const dermbox_api *api, const void *interpreter, int output, int32_t index);

// dermbox_tensor_info is a tensor's description; of more than eight dimensions the first eight are given.
typedef struct {
	int type;
	int32_t num_dims;
	int32_t dims[8];
	size_t bytes;
	float scale;
	int32_t zero_point;
} dermbox_tensor_info;

void dermbox_describe(const dermbox_api *api, const void *tensor, dermbox_tensor_info *out);
int dermbox_copy_in(const dermbox_api *api, void *tensor, const void *data, size_t size);
int dermbox_copy_out(const dermbox_api *api, const void *tensor, void *data, size_t size);

#endif
