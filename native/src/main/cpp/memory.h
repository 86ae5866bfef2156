// Memory for resident data sets: large, long-lived, off the Java heap; files as such memory; and a thread's working
// memory.
#ifndef ZOWARMUP_MEMORY_H
#define ZOWARMUP_MEMORY_H

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <vector>

namespace zowarmup {

// Huge pages are not asked for: the system may have
// to compact memory to find them, and filling 2 GB took 15 to 19 s with MADV_HUGEPAGE where it took 3 to 4 s without (a
// virtual machine under Linux 6.18).
inline void* mapMemory(int64_t bytes) {
  void* const memory =
      mmap(nullptr, static_cast<size_t>(bytes), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? nullptr : memory;
}

inline void* mapFile(const char* path, int64_t from, int64_t bytes, int* error) {
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    *error = errno;
    return nullptr;
  }
  struct stat status;
  void* memory = MAP_FAILED;
  if (fstat(file, &status) != 0) {
    *error = errno;
  } else if (status.st_size - from < bytes) {
    *error = ERANGE;
  } else {
    memory = mmap(nullptr, static_cast<size_t>(bytes), PROT_READ, MAP_SHARED, file, from);
    *error = memory == MAP_FAILED ? errno : 0;
  }
  close(file);  // only read from: nothing is lost if it fails
  return memory == MAP_FAILED ? nullptr : memory;
}

inline int unmapMemory(void* memory, int64_t bytes) {
  return munmap(memory, static_cast<size_t>(bytes)) == 0 ? 0 : errno;
}

// A 64-byte aligned piece of the calling thread's own memory, kept for the next call. May throw std::bad_alloc.
inline float* callerFloats(int64_t floats) {
  static thread_local std::vector<float> memory;
  constexpr size_t LINE = 16;
  if (memory.size() < static_cast<size_t>(floats) + LINE) {
    memory = std::vector<float>(static_cast<size_t>(floats) + LINE);
  }
  const uintptr_t address = reinterpret_cast<uintptr_t>(memory.data());
  return memory.data() + (64 - address % 64) % 64 / sizeof(float);
}

}  // namespace zowarmup

#endif  // ZOWARMUP_MEMORY_H
