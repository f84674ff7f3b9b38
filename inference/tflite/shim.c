#include "shim.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	size_t offset;
} symbols[] = {
	{"TfLiteVersion", offsetof(dermbox_api, Version)},
	{"TfLiteModelCreateWithErrorReporter", offsetof(dermbox_api, ModelCreate)},
	{"TfLiteModelDelete", offsetof(dermbox_api, ModelDelete)},
	{"TfLiteInterpreterOptionsCreate", offsetof(dermbox_api, OptionsCreate)},
	{"TfLiteInterpreterOptionsDelete", offsetof(dermbox_api, OptionsDelete)},
	{"TfLiteInterpreterOptionsSetNumThreads", offsetof(dermbox_api, OptionsSetNumThreads)},
	{"TfLiteInterpreterOptionsSetErrorReporter", offsetof(dermbox_api, OptionsSetErrorReporter)},
	{"TfLiteInterpreterOptionsAddDelegate", offsetof(dermbox_api, OptionsAddDelegate)},
	{"TfLiteXNNPackDelegateCreate", offsetof(dermbox_api, XNNPackCreate)},
	{"TfLiteXNNPackDelegateDelete", offsetof(dermbox_api, XNNPackDelete)},
	{"TfLiteInterpreterCreate", offsetof(dermbox_api, InterpreterCreate)},
	{"TfLiteInterpreterDelete", offsetof(dermbox_api, InterpreterDelete)},
	{"TfLiteInterpreterAllocateTensors", offsetof(dermbox_api, AllocateTensors)},
	{"TfLiteInterpreterInvoke", offsetof(dermbox_api, Invoke)},
	{"TfLiteInterpreterGetInputTensorCount", offsetof(dermbox_api, InputCount)},
	{"TfLiteInterpreterGetInputTensor", offsetof(dermbox_api, Input)},
	{"TfLiteInterpreterGetOutputTensorCount", offsetof(dermbox_api, OutputCount)},
	{"TfLiteInterpreterGetOutputTensor", offsetof(dermbox_api, Output)},
	{"TfLiteTensorType", offsetof(dermbox_api, TensorType)},
	{"TfLiteTensorNumDims", offsetof(dermbox_api, TensorNumDims)},
	{"TfLiteTensorDim", offsetof(dermbox_api, TensorDim)},
	{"TfLiteTensorByteSize", offsetof(dermbox_api, TensorByteSize)},
	{"TfLiteTensorQuantizationParams", offsetof(dermbox_api, TensorQuantization)},
	{"TfLiteTensorCopyFromBuffer", offsetof(dermbox_api, CopyFromBuffer)},
	{"TfLiteTensorCopyToBuffer", offsetof(dermbox_api, CopyToBuffer)},
};

const char *dermbox_load(const char *path, dermbox_api *api, void **handle) {
	// RTLD_LOCAL: the library exports thousands of C++ symbols that must not meet another library's.
	*handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (*handle == NULL) {
		return dlerror();
	}
	for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++) {
		void *found = dlsym(*handle, symbols[i].name);
		if (found == NULL) {
			return symbols[i].name;
		}
		memcpy((char *)api + symbols[i].offset, &found, sizeof found);
	}
	return NULL;
}

void dermbox_unload(void *handle) {
	if (handle != NULL) {
		dlclose(handle);
	}
}

static void report(void *user, const char *format, va_list args) {
	dermbox_messages *m = user;
	size_t room = sizeof m->text - m->used;
	if (room < 2) {
		return;
	}
	int n = vsnprintf(m->text + m->used, room - 1, format, args);
	if (n < 0) {
		return;
	}
	m->used += (size_t)n < room - 1 ? (size_t)n : room - 2;
	m->text[m->used++] = '\n';
	m->text[m->used] = 0;
	if (m->used >= sizeof m->text - 1) {
		m->used = sizeof m->text - 1;
	}
}

static void *no_delegate(const void *options) {
	(void)options;
	return NULL;
}

void dermbox_refuse_xnnpack(dermbox_api *api) { api->XNNPackCreate = no_delegate; }

const char *dermbox_version(const dermbox_api *api) { return api->Version(); }

void *dermbox_model_create(const dermbox_api *api, const void *data, size_t size, dermbox_messages *messages) {
	return api->ModelCreate(data, size, report, messages);
}

void dermbox_model_delete(const dermbox_api *api, void *model) { api->ModelDelete(model); }

int dermbox_interpreter_create(const dermbox_api *api, const void *model, int32_t threads, int xnnpack,
	dermbox_messages *messages, dermbox_interpreter *out) {
	memset(out, 0, sizeof *out);
	out->options = api->OptionsCreate();
	if (out->options == NULL) {
		return -1;
	}
	api->OptionsSetNumThreads(out->options, threads);
	api->OptionsSetErrorReporter(out->options, report, messages);
	if (xnnpack) {
		// NULL options mean the defaults without a thread pool; their struct has another layout in old versions.
		out->delegate = api->XNNPackCreate(NULL);
		if (out->delegate == NULL) {
			dermbox_interpreter_delete(api, out);
			return -1;
		}
		api->OptionsAddDelegate(out->options, out->delegate);
	}
	out->interpreter = api->InterpreterCreate(model, out->options);
	if (out->interpreter == NULL) {
		dermbox_interpreter_delete(api, out);
		return -1;
	}
	int status = api->AllocateTensors(out->interpreter);
	if (status != 0) {
		dermbox_interpreter_delete(api, out);
	}
	return status;
}

void dermbox_interpreter_delete(const dermbox_api *api, dermbox_interpreter *in) {
	if (in->interpreter != NULL) {
		api->InterpreterDelete(in->interpreter);
	}
	if (in->delegate != NULL) {
		api->XNNPackDelete(in->delegate);
	}
	if (in->options != NULL) {
		api->OptionsDelete(in->options);
	}
	memset(in, 0, sizeof *in);
}

int dermbox_invoke(const dermbox_api *api, void *interpreter) { return api->Invoke(interpreter); }

int32_t dermbox_tensor_count(const dermbox_api *api, const void *interpreter, int output) {
	return output ? api->OutputCount(interpreter) : api->InputCount(interpreter);
}

void *dermbox_tensor(const dermbox_api *api, const void *interpreter, int output, int32_t index) {
	return output ? (void *)api->Output(interpreter, index) : api->Input(interpreter, index);
}

void dermbox_describe(const dermbox_api *api, const void *tensor, dermbox_tensor_info *out) {
	memset(out, 0, sizeof *out);
	out->type = api->TensorType(tensor);
	out->num_dims = api->TensorNumDims(tensor);
	for (int32_t i = 0; i < out->num_dims && i < 8; i++) {
		out->dims[i] = api->TensorDim(tensor, i);
	}
	out->bytes = api->TensorByteSize(tensor);
	struct dermbox_quantization q = api->TensorQuantization(tensor);
	out->scale = q.scale;
	out->zero_point = q.zero_point;
}

int dermbox_copy_in(const dermbox_api *api, void *tensor, const void *data, size_t size) {
	return api->CopyFromBuffer(tensor, data, size);
}

int dermbox_copy_out(const dermbox_api *api, const void *tensor, void *data, size_t size) {
	return api->CopyToBuffer(tensor, data, size);
}
