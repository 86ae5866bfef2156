// libcudnn_ops.so.9 of the emulator: descriptors. Only what the program uses: packed NHWC of fp32 or bf16.
#include "dnn.h"

using namespace emulator;

EMU_API int cudnnCreateTensorDescriptor(void** out) {
  auto* it = new TensorDescriptor();
  created("tensor descriptor", it);
  *out = it;
  return SUCCESS;
}
EMU_API int cudnnDestroyTensorDescriptor(void* it) {
  return destroyed("tensor descriptor", it) ? SUCCESS : fail(DNN_BAD_PARAM, "no such tensor descriptor");
}
EMU_API int cudnnSetTensor4dDescriptorEx(void* handle, int type, int n, int c, int h, int w, int ns, int cs, int hs,
                                         int ws) {
  if (!isAlive("tensor descriptor", handle)) {
    return fail(DNN_BAD_PARAM, "no such tensor descriptor");
  }
  if ((type != DNN_FLOAT && type != DNN_BFLOAT16) || n < 1 || c < 1 || h < 1 || w < 1) {
    return fail(DNN_BAD_PARAM, "tensor of type %d, [%d, %d, %d, %d]", type, n, c, h, w);
  }
  if (cs != 1 || ws != c || hs != w * c || ns != h * w * c) {
    return fail(DNN_NOT_SUPPORTED, "strides %d, %d, %d, %d of [%d, %d, %d, %d] are not packed NHWC", ns, cs, hs, ws, n,
                c, h, w);
  }
  *static_cast<TensorDescriptor*>(handle) = TensorDescriptor{type, n, c, h, w};
  return SUCCESS;
}
EMU_API int cudnnCreateFilterDescriptor(void** out) {
  auto* it = new FilterDescriptor();
  created("filter descriptor", it);
  *out = it;
  return SUCCESS;
}
EMU_API int cudnnDestroyFilterDescriptor(void* it) {
  return destroyed("filter descriptor", it) ? SUCCESS : fail(DNN_BAD_PARAM, "no such filter descriptor");
}
EMU_API int cudnnSetFilter4dDescriptor(void* handle, int type, int format, int k, int c, int h, int w) {
  if (!isAlive("filter descriptor", handle)) {
    return fail(DNN_BAD_PARAM, "no such filter descriptor");
  }
  if ((type != DNN_FLOAT && type != DNN_BFLOAT16) || format != DNN_NHWC || k < 1 || c < 1 || h < 1 || w < 1) {
    return fail(DNN_BAD_PARAM, "filter of type %d, format %d, [%d, %d, %d, %d]", type, format, k, c, h, w);
  }
  *static_cast<FilterDescriptor*>(handle) = FilterDescriptor{type, k, c, h, w};
  return SUCCESS;
}
