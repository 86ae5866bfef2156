// libcublas.so.13 of the emulator: matrix products by plain loops, column-major as BLAS has them.
#include <algorithm>
#include <cstdio>
#include <cstring>

#include "emulator.h"

using namespace emulator;

namespace {

constexpr int BAD_VALUE = 7;
constexpr int BAD_HANDLE = 1;
constexpr int UNSUPPORTED = 15;
constexpr int FAILED = 13;
constexpr int FLOAT32 = 0;
constexpr int BFLOAT16 = 14;
constexpr int COMPUTE_32F = 68;
constexpr int COMPUTE_TF32 = 77;
constexpr int TF32_MATH = 3;

struct Handle {
  void* stream = nullptr;
  void* workspace = nullptr;
  size_t workspaceBytes = 0;
  int math = 0;
};

size_t sizeOf(int type) { return type == FLOAT32 ? 4 : 2; }

struct Matrix {
  const char* data;
  int type;
  int ld;
  bool transposed;
  bool tf32;

  double at(int row, int column) const {
    const size_t index = transposed ? static_cast<size_t>(row) * ld + column : static_cast<size_t>(column) * ld + row;
    if (type == BFLOAT16) {
      uint16_t bits;
      memcpy(&bits, data + 2 * index, 2);
      return bf16ToFloat(bits);
    }
    float value;
    memcpy(&value, data + 4 * index, 4);
    return tf32 ? toTf32(value) : value;
  }
};

// Bytes from the first to the last element of rows x columns stored with a leading dimension.
size_t extent(int rows, int columns, int ld, int type) {
  return rows == 0 || columns == 0 ? 0 : (static_cast<size_t>(columns - 1) * ld + rows) * sizeOf(type);
}

void multiply(Matrix a, Matrix b, char* c, int ctype, int ldc, int m, int n, int k, float alpha, float beta) {
  std::vector<double> column(static_cast<size_t>(m));
  for (int j = 0; j < n; j++) {
    std::fill(column.begin(), column.end(), 0.0);
    for (int p = 0; p < k; p++) {
      const double right = b.at(p, j);
      for (int i = 0; i < m; i++) {
        column[static_cast<size_t>(i)] += a.at(i, p) * right;
      }
    }
    for (int i = 0; i < m; i++) {
      char* to = c + (static_cast<size_t>(j) * ldc + i) * sizeOf(ctype);
      float before = 0;
      if (beta != 0 && ctype == FLOAT32) {
        memcpy(&before, to, 4);
      } else if (beta != 0) {
        uint16_t bits;
        memcpy(&bits, to, 2);
        before = bf16ToFloat(bits);
      }
      const float value =
          static_cast<float>(alpha * column[static_cast<size_t>(i)] + static_cast<double>(beta) * before);
      if (ctype == FLOAT32) {
        memcpy(to, &value, 4);
      } else {
        const uint16_t bits = floatToBf16(value);
        memcpy(to, &bits, 2);
      }
    }
  }
}

}  // namespace

EMU_API int cublasCreate_v2(void** out) {
  const int code = requireNoCapture("cublasCreate");
  if (code != SUCCESS) {
    return BAD_HANDLE;
  }
  auto* handle = new Handle();
  created("cublas handle", handle);
  *out = handle;
  return SUCCESS;
}
EMU_API int cublasDestroy_v2(void* handle) {
  return destroyed("cublas handle", handle) ? SUCCESS : fail(BAD_HANDLE, "cublasDestroy: no such handle");
}
EMU_API int cublasSetStream_v2(void* handle, void* stream) {
  if (!isAlive("cublas handle", handle)) {
    return fail(BAD_HANDLE, "cublasSetStream: no such handle");
  }
  auto* it = static_cast<Handle*>(handle);
  it->stream = stream;
  it->workspace = nullptr;  // as the manual says: setting a stream takes the library's own workspace again
  it->workspaceBytes = 0;
  return SUCCESS;
}
EMU_API int cublasSetWorkspace_v2(void* handle, void* workspace, size_t bytes) {
  if (!isAlive("cublas handle", handle)) {
    return fail(BAD_HANDLE, "cublasSetWorkspace: no such handle");
  }
  if (reinterpret_cast<uintptr_t>(workspace) % 256 != 0 ||
      requireDevice(workspace, bytes, "cublasSetWorkspace") != SUCCESS) {
    return fail(BAD_VALUE, "cublasSetWorkspace: %zu bytes at %p", bytes, workspace);
  }
  auto* it = static_cast<Handle*>(handle);
  it->workspace = workspace;
  it->workspaceBytes = bytes;
  return SUCCESS;
}
EMU_API int cublasSetMathMode(void* handle, int mode) {
  if (!isAlive("cublas handle", handle) || (mode != 0 && mode != 2 && mode != TF32_MATH)) {
    return fail(BAD_VALUE, "cublasSetMathMode: mode %d", mode);
  }
  static_cast<Handle*>(handle)->math = mode;
  return SUCCESS;
}
EMU_API const char* cublasGetStatusName(int) { return "a cuBLAS status of the emulator"; }
EMU_API const char* cublasGetStatusString(int) { return lastMessage(); }

EMU_API int cublasGemmStridedBatchedEx(void* handle, int transa, int transb, int m, int n, int k, const void* alpha,
                                       const void* a, int atype, int lda, long long stridea, const void* b, int btype,
                                       int ldb, long long strideb, const void* beta, void* c, int ctype, int ldc,
                                       long long stridec, int batch, int compute, int algorithm) {
  if (!isAlive("cublas handle", handle)) {
    return fail(BAD_HANDLE, "a matrix product on no handle");
  }
  auto* it = static_cast<Handle*>(handle);
  if (m < 1 || n < 1 || k < 1 || batch < 1 || transa < 0 || transa > 1 || transb < 0 || transb > 1) {
    return fail(BAD_VALUE, "a matrix product of %d x %d x %d, %d times", m, n, k, batch);
  }
  const int arows = transa == 0 ? m : k;
  const int acolumns = transa == 0 ? k : m;
  const int brows = transb == 0 ? k : n;
  const int bcolumns = transb == 0 ? n : k;
  if (lda < arows || ldb < brows || ldc < m) {
    return fail(BAD_VALUE, "leading dimensions %d, %d, %d for %d x %d x %d (transposed: %d, %d)", lda, ldb, ldc, m, n,
                k, transa, transb);
  }
  const bool types = (atype == FLOAT32 && btype == FLOAT32 && ctype == FLOAT32) ||
                     (atype == BFLOAT16 && btype == BFLOAT16 && (ctype == BFLOAT16 || ctype == FLOAT32));
  if (!types || (compute != COMPUTE_32F && compute != COMPUTE_TF32) || algorithm != -1) {
    return fail(UNSUPPORTED, "types %d, %d, %d with compute type %d, algorithm %d", atype, btype, ctype, compute,
                algorithm);
  }
  if (it->workspace == nullptr) {
    return fail(BAD_VALUE,
                "a matrix product on a handle without a workspace of its own: bits may change, captures break");
  }
  const auto last = [batch](long long stride, size_t bytes, int type) {
    return static_cast<size_t>(stride) * (static_cast<size_t>(batch) - 1) * sizeOf(type) + bytes;
  };
  if (requireDevice(a, last(stridea, extent(arows, acolumns, lda, atype), atype), "gemm A") != SUCCESS ||
      requireDevice(b, last(strideb, extent(brows, bcolumns, ldb, btype), btype), "gemm B") != SUCCESS ||
      requireDevice(c, last(stridec, extent(m, n, ldc, ctype), ctype), "gemm C") != SUCCESS) {
    return FAILED;
  }
  const float scale = *static_cast<const float*>(alpha);  // host pointers are read when the call is made
  const float keep = *static_cast<const float*>(beta);
  const bool tf32 = atype == FLOAT32 && (compute == COMPUTE_TF32 || it->math == TF32_MATH);
  void* const workspace = it->workspace;
  const size_t workspaceBytes = it->workspaceBytes;
  Work work{"cublasGemm", {a, b, c, workspace}, [=] {
              memset(workspace, 0xFF, workspaceBytes < 256 ? workspaceBytes : 256);
              for (int i = 0; i < batch; i++) {
                const char* left = static_cast<const char*>(a) + stridea * i * static_cast<long long>(sizeOf(atype));
                const char* right = static_cast<const char*>(b) + strideb * i * static_cast<long long>(sizeOf(btype));
                char* out = static_cast<char*>(c) + stridec * i * static_cast<long long>(sizeOf(ctype));
                multiply(Matrix{left, atype, lda, transa == 1, tf32}, Matrix{right, btype, ldb, transb == 1, tf32}, out,
                         ctype, ldc, m, n, k, scale, keep);
              }
              return static_cast<int>(SUCCESS);
            }};
  char name[128];
  snprintf(name, sizeof name, "product of handle %p, types %d and %d, %d x %d x %d, %d times", handle, atype, ctype, m,
           n, k, batch);
  if (requireWarm(it->stream, name) != SUCCESS) {
    return FAILED;
  }
  return enqueue(it->stream, std::move(work)) == SUCCESS ? SUCCESS : FAILED;
}

EMU_API int cublasGemmEx(void* handle, int transa, int transb, int m, int n, int k, const void* alpha, const void* a,
                         int atype, int lda, const void* b, int btype, int ldb, const void* beta, void* c, int ctype,
                         int ldc, int compute, int algorithm) {
  return cublasGemmStridedBatchedEx(handle, transa, transb, m, n, k, alpha, a, atype, lda, 0, b, btype, ldb, 0, beta, c,
                                    ctype, ldc, 0, 1, compute, algorithm);
}
