// What the parts of the emulator's cuDNN share: descriptors and handles.
#ifndef ZOWARMUP_EMULATOR_DNN_H
#define ZOWARMUP_EMULATOR_DNN_H

#include "emulator.h"

namespace emulator {

constexpr int DNN_BAD_PARAM = 2000;
constexpr int DNN_NOT_SUPPORTED = 3000;
constexpr int DNN_FAILED = 5000;
constexpr int DNN_FLOAT = 0;
constexpr int DNN_BFLOAT16 = 9;
constexpr int DNN_NHWC = 1;

struct DnnHandle {
  void* stream = nullptr;
};

struct TensorDescriptor {
  int type = -1;
  int n = 0, c = 0, h = 0, w = 0;
};

struct FilterDescriptor {
  int type = -1;
  int k = 0, c = 0, h = 0, w = 0;
};

inline size_t dnnSize(int type) { return type == DNN_FLOAT ? 4 : 2; }

}  // namespace emulator

#endif  // ZOWARMUP_EMULATOR_DNN_H
