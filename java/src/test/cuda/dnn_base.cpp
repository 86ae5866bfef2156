// libcudnn_graph.so.9 of the emulator: handles.
#include <cstdio>

#include "dnn.h"

using namespace emulator;

EMU_API size_t cudnnGetVersion() { return 91900; }
EMU_API const char* cudnnGetErrorString(int code) {
  return code == DNN_NOT_SUPPORTED ? "CUDNN_STATUS_NOT_SUPPORTED" : "a status of the emulator's cuDNN";
}
EMU_API void cudnnGetLastErrorString(char* text, size_t size) { snprintf(text, size, "%s", lastMessage()); }
EMU_API int cudnnCreate(void** out) {
  if (requireNoCapture("cudnnCreate") != SUCCESS) {
    return DNN_BAD_PARAM;
  }
  auto* handle = new DnnHandle();
  created("cudnn handle", handle);
  *out = handle;
  return SUCCESS;
}
EMU_API int cudnnDestroy(void* handle) {
  return destroyed("cudnn handle", handle) ? SUCCESS : fail(DNN_BAD_PARAM, "cudnnDestroy: no such handle");
}
EMU_API int cudnnSetStream(void* handle, void* stream) {
  if (!isAlive("cudnn handle", handle)) {
    return fail(DNN_BAD_PARAM, "cudnnSetStream: no such handle");
  }
  static_cast<DnnHandle*>(handle)->stream = stream;
  return SUCCESS;
}
