// libcudnn_cnn.so.9 of the emulator: convolutions by plain loops over packed NHWC tensors and KRSC filters.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "dnn.h"

using namespace emulator;

namespace {

constexpr int DEFAULT_MATH = 0;
constexpr int LEAST_CHANNELS = 4;  // of input and output in TF32 and bf16; an even number in bf16
constexpr int TENSOR_OP_MATH = 1;
constexpr int FMA_MATH = 3;

struct Convolution {
  int padH = 0, padW = 0, strideH = 0, strideW = 0;
  int math = DEFAULT_MATH;  // which permits TF32 for fp32 tensors, and so does here
  bool set = false;
};

enum Direction { FORWARD, BACKWARD_DATA, BACKWARD_FILTER };

// As cudnnConvolutionFwdAlgoPerf_t and its two sisters lie in memory.
struct Performance {
  int algorithm;
  int status;
  float time;
  size_t memory;
  int deterministic;
  int math;
  int reserved[3];
};

struct Call {
  TensorDescriptor x, y;
  FilterDescriptor w;
  Convolution conv;
  Direction direction;
};

// The deterministic algorithms of every direction, which round in different ways, one that promises to be faster and is
// not deterministic, and one that the heuristics offer and that refuses when it is run.
constexpr int GOOD_ALGORITHM = 1;
constexpr int SECOND_ALGORITHM = 4;
int baitAlgorithm(Direction direction) { return direction == FORWARD ? 2 : 0; }
constexpr int REFUSING_ALGORITHM = 5;
constexpr int GREEDY_ALGORITHM = 7;  // runs as the good one does, with more memory than a lane has
constexpr size_t GREED = size_t{256} << 20;
constexpr int MAX_STRIDE = 16;  // no algorithm takes a larger one, which only a run tells

bool isGood(int algorithm) { return algorithm == GOOD_ALGORITHM || algorithm == SECOND_ALGORITHM; }

// ZOWARMUP_EMULATOR_FASTEST names an algorithm, or one for each device as 1,4; unless it does, the first is the faster.
double microseconds(int algorithm) {
  const char* text = getenv("ZOWARMUP_EMULATOR_FASTEST");
  int fastest = GOOD_ALGORITHM;
  for (int device = 0; text != nullptr && device <= currentDevice(); device++) {
    char* end = nullptr;
    fastest = static_cast<int>(strtol(text, &end, 10));
    text = *end == ',' ? end + 1 : nullptr;
  }
  return algorithm == fastest ? 10 : 12;
}

// Each math type wants a workspace of its own.
size_t workspaceOf(const Call& call) {
  const size_t filter = static_cast<size_t>(call.w.k) * call.w.c * call.w.h * call.w.w * dnnSize(call.w.type);
  return call.conv.math == TENSOR_OP_MATH ? 1024 + 2 * filter
         : call.conv.math == FMA_MATH     ? 768 + filter
                                          : 512 + filter;
}

size_t workspaceOf(Call call, int math) {
  call.conv.math = math;
  return workspaceOf(call);
}

int describe(Call* call, void* handle, void* x, void* w, void* conv, void* y, Direction direction) {
  if (!isAlive("cudnn handle", handle) || !isAlive("tensor descriptor", x) || !isAlive("tensor descriptor", y) ||
      !isAlive("filter descriptor", w) || !isAlive("convolution descriptor", conv)) {
    return fail(DNN_BAD_PARAM, "a convolution with a handle or descriptor that does not exist");
  }
  *call = Call{*static_cast<TensorDescriptor*>(x), *static_cast<TensorDescriptor*>(y),
               *static_cast<FilterDescriptor*>(w), *static_cast<Convolution*>(conv), direction};
  const TensorDescriptor& in = call->x;
  const TensorDescriptor& out = call->y;
  const FilterDescriptor& filter = call->w;
  const Convolution& c = call->conv;
  if (in.type < 0 || out.type < 0 || filter.type < 0 || !c.set) {
    return fail(DNN_BAD_PARAM, "a descriptor that was never set");
  }
  if (in.type != out.type || in.type != filter.type) {
    return fail(DNN_NOT_SUPPORTED, "types %d, %d, %d differ", in.type, filter.type, out.type);
  }
  const int h = (in.h + 2 * c.padH - filter.h) / c.strideH + 1;
  const int w2 = (in.w + 2 * c.padW - filter.w) / c.strideW + 1;
  if (in.n != out.n || in.c != filter.c || out.c != filter.k || out.h != h || out.w != w2) {
    return fail(DNN_BAD_PARAM, "x [%d, %d, %d, %d], w [%d, %d, %d, %d] give [%d, %d, %d, %d], not [%d, %d, %d, %d]",
                in.n, in.c, in.h, in.w, filter.k, filter.c, filter.h, filter.w, in.n, filter.k, h, w2, out.n, out.c,
                out.h, out.w);
  }
  if (in.type == DNN_BFLOAT16 && c.math == FMA_MATH) {
    return fail(DNN_NOT_SUPPORTED, "bf16 wants tensor operations, found math type %d", c.math);
  }
  // matrix units want more; the real library may refuse this, or run it slowly, where the layout is NHWC
  const bool odd = in.type == DNN_BFLOAT16 && (in.c % 2 != 0 || out.c % 2 != 0);
  if (c.math != FMA_MATH && (odd || std::min(in.c, out.c) < LEAST_CHANNELS)) {
    return fail(DNN_NOT_SUPPORTED, "%d to %d channels in type %d with math type %d", in.c, out.c, in.type, c.math);
  }
  return SUCCESS;
}

// As cuDNN does, whatever math type the descriptor has: the one to set, and its workspace, come with each answer. An
// algorithm that only knows FMA is reported with DEFAULT_MATH.
int algorithms(const Call& call, int asked, int* returned, Performance* results) {
  std::vector<Performance> all = {
      {baitAlgorithm(call.direction), SUCCESS, -1.0f, 0, 0, DEFAULT_MATH, {}},
      {6, DNN_NOT_SUPPORTED, -1.0f, 0, 1, DEFAULT_MATH, {}},
      {REFUSING_ALGORITHM, SUCCESS, -1.0f, 0, 1, call.conv.math, {}},
      {GREEDY_ALGORITHM, SUCCESS, -1.0f, GREED, 1, call.conv.math, {}},
      {GOOD_ALGORITHM, SUCCESS, -1.0f, workspaceOf(call, DEFAULT_MATH), 1, DEFAULT_MATH, {}},
      {SECOND_ALGORITHM, SUCCESS, -1.0f, workspaceOf(call, DEFAULT_MATH), 1, DEFAULT_MATH, {}},
  };
  if (call.x.type == DNN_BFLOAT16) {
    all.push_back({GOOD_ALGORITHM, SUCCESS, -1.0f, workspaceOf(call, TENSOR_OP_MATH), 1, TENSOR_OP_MATH, {}});
  }
  *returned = std::min(asked, static_cast<int>(all.size()));
  std::copy(all.begin(), all.begin() + *returned, results);
  return SUCCESS;
}

int workspace(const Call& call, int algorithm, size_t* bytes) {
  if (algorithm == REFUSING_ALGORITHM) {
    *bytes = 0;
    return SUCCESS;
  }
  if (algorithm == GREEDY_ALGORITHM) {
    *bytes = GREED;
    return SUCCESS;
  }
  if (!isGood(algorithm)) {
    return fail(DNN_NOT_SUPPORTED, "algorithm %d has no workspace for this layer", algorithm);
  }
  *bytes = workspaceOf(call);
  return SUCCESS;
}

float load(const char* data, int type, size_t index, bool tf32) {
  if (type == DNN_BFLOAT16) {
    uint16_t bits;
    memcpy(&bits, data + 2 * index, 2);
    return bf16ToFloat(bits);
  }
  float value;
  memcpy(&value, data + 4 * index, 4);
  return tf32 ? toTf32(value) : value;
}

std::vector<float> loadAll(const void* data, int type, size_t count, bool tf32) {
  std::vector<float> values(count);
  for (size_t i = 0; i < count; i++) {
    values[i] = load(static_cast<const char*>(data), type, i, tf32);
  }
  return values;
}

void storeAll(void* data, int type, const std::vector<double>& values) {
  for (size_t i = 0; i < values.size(); i++) {
    const auto value = static_cast<float>(values[i]);
    if (type == DNN_FLOAT) {
      memcpy(static_cast<char*>(data) + 4 * i, &value, 4);
    } else {
      const uint16_t bits = floatToBf16(value);
      memcpy(static_cast<char*>(data) + 2 * i, &bits, 2);
    }
  }
}

size_t count(const TensorDescriptor& t) { return static_cast<size_t>(t.n) * t.c * t.h * t.w; }
size_t count(const FilterDescriptor& f) { return static_cast<size_t>(f.k) * f.c * f.h * f.w; }

// Calls f(first element of x's pixel, of y's pixel, of filter position (r, s) of output channel 0) for all that meet.
template <typename F>
void forEachMeeting(const Call& call, F f) {
  const auto& [x, y, w, conv, direction] = call;
  for (int n = 0; n < y.n; n++) {
    for (int oh = 0; oh < y.h; oh++) {
      for (int ow = 0; ow < y.w; ow++) {
        for (int r = 0; r < w.h; r++) {
          const int ih = oh * conv.strideH - conv.padH + r;
          for (int s = 0; s < w.w && ih >= 0 && ih < x.h; s++) {
            const int iw = ow * conv.strideW - conv.padW + s;
            if (iw >= 0 && iw < x.w) {
              f((static_cast<size_t>(n) * x.h + ih) * x.w + iw, (static_cast<size_t>(n) * y.h + oh) * y.w + ow,
                static_cast<size_t>(r) * w.w + s);
            }
          }
        }
      }
    }
  }
}

// Of (x, w, y) the one that is computed is null.
std::vector<double> convolve(const Call& call, const float* x, const float* w, const float* y) {
  const size_t channels = static_cast<size_t>(call.x.c);
  const size_t filters = static_cast<size_t>(call.w.k);
  const size_t filter = static_cast<size_t>(call.w.h) * call.w.w * channels;
  std::vector<double> out(x == nullptr ? count(call.x) : w == nullptr ? count(call.w) : count(call.y), 0.0);
  forEachMeeting(call, [&](size_t xPixel, size_t yPixel, size_t position) {
    for (size_t k = 0; k < filters; k++) {
      const size_t at = k * filter + position * channels;
      if (y == nullptr) {
        double sum = 0;
        for (size_t c = 0; c < channels; c++) {
          sum += static_cast<double>(x[xPixel * channels + c]) * w[at + c];
        }
        out[yPixel * filters + k] += sum;
      } else {
        const double dy = y[yPixel * filters + k];
        for (size_t c = 0; c < channels; c++) {
          if (x == nullptr) {
            out[xPixel * channels + c] += dy * w[at + c];
          } else {
            out[at + c] += dy * x[xPixel * channels + c];
          }
        }
      }
    }
  });
  return out;
}

// The pointers in the order x, w, y; the computed one is written.
int run(void* handle, const Call& call, int algorithm, const void* alpha, const void* beta, const void* x,
        const void* w, const void* y, void* workspace, size_t bytes) {
  const std::string fault = "algorithm " + std::to_string(algorithm);
  if (algorithm == REFUSING_ALGORITHM || call.conv.strideH > MAX_STRIDE || isFaulty(fault.c_str())) {
    return fail(DNN_NOT_SUPPORTED, "algorithm %d does not run this layer after all", algorithm);
  }
  if (!isGood(algorithm) && algorithm != GREEDY_ALGORITHM) {
    return fail(DNN_NOT_SUPPORTED, "algorithm %d is not deterministic", algorithm);
  }
  if (*static_cast<const float*>(alpha) != 1 || *static_cast<const float*>(beta) != 0) {
    return fail(DNN_NOT_SUPPORTED, "alpha and beta other than 1 and 0 are not emulated");
  }
  if (bytes < workspaceOf(call) || requireDevice(workspace, bytes, "workspace of a convolution") != SUCCESS) {
    return fail(DNN_BAD_PARAM, "a workspace of %zu bytes where %zu are needed", bytes, workspaceOf(call));
  }
  char name[128];
  snprintf(name, sizeof name, "convolution %d by %d with math %d of handle %p, [%d, %d, %d, %d] to %d channels",
           call.direction, algorithm, call.conv.math, handle, call.x.n, call.x.h, call.x.w, call.x.c, call.w.k);
  if (requireWarm(static_cast<DnnHandle*>(handle)->stream, name) != SUCCESS) {
    return DNN_FAILED;
  }
  const size_t size = dnnSize(call.x.type);
  if (requireDevice(x, count(call.x) * size, "x of a convolution") != SUCCESS ||
      requireDevice(w, count(call.w) * size, "w of a convolution") != SUCCESS ||
      requireDevice(y, count(call.y) * size, "y of a convolution") != SUCCESS) {
    return DNN_FAILED;
  }
  if (reinterpret_cast<uintptr_t>(x) % 16 != 0 || reinterpret_cast<uintptr_t>(w) % 16 != 0 ||
      reinterpret_cast<uintptr_t>(y) % 16 != 0) {
    return fail(DNN_BAD_PARAM, "a tensor that is not aligned to 16 bytes");
  }
  Work work{"cudnnConvolution",
            {x, w, y, workspace},
            [=] {
              memset(workspace, 0xFF, workspaceOf(call));
              const int type = call.x.type;
              const bool tf32 = type == DNN_FLOAT && call.conv.math != FMA_MATH;
              const bool back = call.direction != FORWARD;
              std::vector<float> xs, ws, ys;
              if (call.direction != BACKWARD_DATA) {
                xs = loadAll(x, type, count(call.x), tf32);
              }
              if (call.direction != BACKWARD_FILTER) {
                ws = loadAll(w, type, count(call.w), tf32);
              }
              if (back) {
                ys = loadAll(y, type, count(call.y), tf32);
              }
              const auto data = [](const std::vector<float>& v) { return v.empty() ? nullptr : v.data(); };
              void* out = const_cast<void*>(!back ? y : call.direction == BACKWARD_DATA ? x : w);
              std::vector<double> result = convolve(call, data(xs), data(ws), data(ys));
              // another algorithm's sums have another order, and so may have another batch's: it shows in the last bits
              const double other = call.x.n % 7 + (algorithm == SECOND_ALGORITHM ? 8 : 0);
              const double scale = isFaulty("convolution") ? 1.01 : 1 + other * 0x1p-24;
              for (double& value : result) {
                value *= scale;
              }
              storeAll(out, type, result);
              return static_cast<int>(SUCCESS);
            },
            microseconds(algorithm)};
  return enqueue(static_cast<DnnHandle*>(handle)->stream, std::move(work)) == SUCCESS ? SUCCESS : DNN_FAILED;
}

}  // namespace

EMU_API int cudnnCreateConvolutionDescriptor(void** out) {
  auto* it = new Convolution();
  created("convolution descriptor", it);
  *out = it;
  return SUCCESS;
}
EMU_API int cudnnDestroyConvolutionDescriptor(void* it) {
  return destroyed("convolution descriptor", it) ? SUCCESS : fail(DNN_BAD_PARAM, "no such convolution descriptor");
}
EMU_API int cudnnSetConvolution2dDescriptor(void* handle, int padH, int padW, int u, int v, int dilationH,
                                            int dilationW, int mode, int compute) {
  if (!isAlive("convolution descriptor", handle) || padH < 0 || padW < 0 || u < 1 || v < 1) {
    return fail(DNN_BAD_PARAM, "a convolution with padding %d, %d, stride %d, %d", padH, padW, u, v);
  }
  if (dilationH != 1 || dilationW != 1 || mode != 1 || compute != DNN_FLOAT) {
    return fail(DNN_NOT_SUPPORTED, "dilation %d, %d, mode %d (1 is cross-correlation), compute type %d", dilationH,
                dilationW, mode, compute);
  }
  auto* it = static_cast<Convolution*>(handle);
  it->padH = padH;
  it->padW = padW;
  it->strideH = u;
  it->strideW = v;
  it->set = true;
  return SUCCESS;
}
EMU_API int cudnnSetConvolutionMathType(void* handle, int math) {
  if (!isAlive("convolution descriptor", handle) ||
      (math != DEFAULT_MATH && math != TENSOR_OP_MATH && math != FMA_MATH)) {
    return fail(DNN_BAD_PARAM, "math type %d", math);
  }
  static_cast<Convolution*>(handle)->math = math;
  return SUCCESS;
}

#define DESCRIBED(x, w, y, direction)                                      \
  Call call;                                                               \
  const int described = describe(&call, handle, x, w, conv, y, direction); \
  if (described != SUCCESS) return described

EMU_API int cudnnGetConvolutionForwardAlgorithm_v7(void* handle, void* x, void* w, void* conv, void* y, int asked,
                                                   int* returned, Performance* results) {
  DESCRIBED(x, w, y, FORWARD);
  return algorithms(call, asked, returned, results);
}
EMU_API int cudnnGetConvolutionBackwardDataAlgorithm_v7(void* handle, void* w, void* dy, void* conv, void* dx,
                                                        int asked, int* returned, Performance* results) {
  DESCRIBED(dx, w, dy, BACKWARD_DATA);
  return algorithms(call, asked, returned, results);
}
EMU_API int cudnnGetConvolutionBackwardFilterAlgorithm_v7(void* handle, void* x, void* dy, void* conv, void* dw,
                                                          int asked, int* returned, Performance* results) {
  DESCRIBED(x, dw, dy, BACKWARD_FILTER);
  return algorithms(call, asked, returned, results);
}
EMU_API int cudnnGetConvolutionForwardWorkspaceSize(void* handle, void* x, void* w, void* conv, void* y, int algorithm,
                                                    size_t* bytes) {
  DESCRIBED(x, w, y, FORWARD);
  return workspace(call, algorithm, bytes);
}
EMU_API int cudnnGetConvolutionBackwardDataWorkspaceSize(void* handle, void* w, void* dy, void* conv, void* dx,
                                                         int algorithm, size_t* bytes) {
  DESCRIBED(dx, w, dy, BACKWARD_DATA);
  return workspace(call, algorithm, bytes);
}
EMU_API int cudnnGetConvolutionBackwardFilterWorkspaceSize(void* handle, void* x, void* dy, void* conv, void* dw,
                                                           int algorithm, size_t* bytes) {
  DESCRIBED(x, dw, dy, BACKWARD_FILTER);
  return workspace(call, algorithm, bytes);
}
EMU_API int cudnnConvolutionForward(void* handle, const void* alpha, void* xd, const void* x, void* wd, const void* w,
                                    void* conv, int algorithm, void* workspace, size_t bytes, const void* beta,
                                    void* yd, void* y) {
  DESCRIBED(xd, wd, yd, FORWARD);
  return run(handle, call, algorithm, alpha, beta, x, w, y, workspace, bytes);
}
EMU_API int cudnnConvolutionBackwardData(void* handle, const void* alpha, void* wd, const void* w, void* dyd,
                                         const void* dy, void* conv, int algorithm, void* workspace, size_t bytes,
                                         const void* beta, void* dxd, void* dx) {
  DESCRIBED(dxd, wd, dyd, BACKWARD_DATA);
  return run(handle, call, algorithm, alpha, beta, dx, w, dy, workspace, bytes);
}
EMU_API int cudnnConvolutionBackwardFilter(void* handle, const void* alpha, void* xd, const void* x, void* dyd,
                                           const void* dy, void* conv, int algorithm, void* workspace, size_t bytes,
                                           const void* beta, void* dwd, void* dw) {
  DESCRIBED(xd, dwd, dyd, BACKWARD_FILTER);
  return run(handle, call, algorithm, alpha, beta, x, dw, dy, workspace, bytes);
}
