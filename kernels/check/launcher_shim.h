// The harness's way to a kernel on the CPU: exact allocations on the heap, so that the address sanitizer sees an
// overrun of one byte.
#ifndef ZOWARMUP_LAUNCHER_SHIM_H
#define ZOWARMUP_LAUNCHER_SHIM_H

#include <string>

#include "shim.h"
// after it: the kernels
#include "all_kernels.h"

ZOWARMUP_KERNELS(SHIM_EXPORT)

namespace harness {

typedef int (*Launch)(const unsigned*, const unsigned*, size_t, void**, char*, size_t);

struct Entry {
  const char* name;
  Launch launch;
};

#define ZOWARMUP_ENTRY(name) {#name, name##__launch},
inline const Entry ENTRIES[] = {ZOWARMUP_KERNELS(ZOWARMUP_ENTRY)};
#undef ZOWARMUP_ENTRY

inline std::string deviceName() { return "the CPU, on the shim"; }
inline void* allocate(size_t bytes) { return std::malloc(bytes); }
inline void release(void* memory) { std::free(memory); }
inline void copy(void* to, const void* from, size_t bytes) {
  if (bytes > 0) {  // else `from` may be null
    std::memcpy(to, from, bytes);
  }
}
inline void upload(void* to, const void* from, size_t bytes) { copy(to, from, bytes); }
inline void download(void* to, const void* from, size_t bytes) { copy(to, from, bytes); }

// Empty, or what was wrong.
inline std::string launch(const Entry& entry, const unsigned grid[3], const unsigned block[3], size_t shared,
                          void** args) {
  char error[512] = "";
  entry.launch(grid, block, shared, args, error, sizeof error);
  return error;
}

// Median time of `repeats` launches in microseconds: means nothing here.
inline double time(const Entry&, const unsigned*, const unsigned*, size_t, void**, int) { return -1; }

}  // namespace harness

#endif  // ZOWARMUP_LAUNCHER_SHIM_H
