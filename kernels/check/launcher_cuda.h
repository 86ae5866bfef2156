// The harness's way to a kernel on a GPU. Built with nvcc; every buffer is an allocation of its own, so that
// compute-sanitizer sees an overrun.
#ifndef ZOWARMUP_LAUNCHER_CUDA_H
#define ZOWARMUP_LAUNCHER_CUDA_H

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "all_kernels.h"

namespace harness {

struct Entry {
  const char* name;
  const void* function;
};

#define ZOWARMUP_ENTRY(name) {#name, reinterpret_cast<const void*>(&name)},
static const Entry ENTRIES[] = {ZOWARMUP_KERNELS(ZOWARMUP_ENTRY)};
#undef ZOWARMUP_ENTRY

inline void check(cudaError_t code, const char* what) {
  if (code != cudaSuccess) {
    throw std::runtime_error(std::string(what) + ": " + cudaGetErrorString(code));
  }
}

inline std::string deviceName() {
  cudaDeviceProp properties;
  check(cudaGetDeviceProperties(&properties, 0), "cudaGetDeviceProperties");
  return properties.name;
}

inline void* allocate(size_t bytes) {
  void* memory = nullptr;
  check(cudaMalloc(&memory, bytes == 0 ? 1 : bytes), "cudaMalloc");
  return memory;
}
inline void release(void* memory) { check(cudaFree(memory), "cudaFree"); }
inline void upload(void* to, const void* from, size_t bytes) {
  check(cudaMemcpy(to, from, bytes, cudaMemcpyHostToDevice), "cudaMemcpy to the device");
}
inline void download(void* to, const void* from, size_t bytes) {
  check(cudaMemcpy(to, from, bytes, cudaMemcpyDeviceToHost), "cudaMemcpy to the host");
}

inline void enqueue(const Entry& entry, const unsigned grid[3], const unsigned block[3], size_t shared, void** args) {
  check(cudaLaunchKernel(entry.function, dim3(grid[0], grid[1], grid[2]), dim3(block[0], block[1], block[2]), args,
                         shared, nullptr),
        entry.name);
}

inline void allowShared(const Entry& entry, size_t shared) {
  if (shared > (size_t{48} << 10)) {
    check(cudaFuncSetAttribute(entry.function, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(shared)),
          "cudaFuncSetAttribute");
  }
}

// Empty, or what was wrong.
inline std::string launch(const Entry& entry, const unsigned grid[3], const unsigned block[3], size_t shared,
                          void** args) {
  try {
    allowShared(entry, shared);
    enqueue(entry, grid, block, shared, args);
    check(cudaDeviceSynchronize(), entry.name);
  } catch (const std::runtime_error& e) {
    return e.what();
  }
  return "";
}

// Median time of `repeats` launches in microseconds, after three that warm up.
inline double time(const Entry& entry, const unsigned grid[3], const unsigned block[3], size_t shared, void** args,
                   int repeats) {
  allowShared(entry, shared);
  std::vector<cudaEvent_t> events(static_cast<size_t>(repeats) + 1);
  for (cudaEvent_t& event : events) {
    check(cudaEventCreate(&event), "cudaEventCreate");
  }
  for (int i = 0; i < 3; i++) {
    enqueue(entry, grid, block, shared, args);
  }
  check(cudaEventRecord(events[0]), "cudaEventRecord");
  for (int i = 0; i < repeats; i++) {
    enqueue(entry, grid, block, shared, args);
    check(cudaEventRecord(events[i + 1]), "cudaEventRecord");
  }
  check(cudaDeviceSynchronize(), entry.name);
  std::vector<float> milliseconds(static_cast<size_t>(repeats));
  for (int i = 0; i < repeats; i++) {
    check(cudaEventElapsedTime(&milliseconds[i], events[i], events[i + 1]), "cudaEventElapsedTime");
  }
  for (cudaEvent_t& event : events) {
    check(cudaEventDestroy(event), "cudaEventDestroy");
  }
  std::sort(milliseconds.begin(), milliseconds.end());
  return 1000.0 * milliseconds[milliseconds.size() / 2];
}

}  // namespace harness

#endif  // ZOWARMUP_LAUNCHER_CUDA_H
