// A stand-in for CUDA's libraries that runs on host memory, for tests only: exactly the functions that
// org.zowarmup.device.cuda calls, strict where the real ones are dangerous. This header is what the stand-ins share;
// its state lives in libcuda.so.1.
//
// Work is queued and runs as late as the rules allow: when a stream, an event or the device is synchronized. A program
// that forgets a synchronization, frees what is still in use or reuses a staging buffer too early therefore sees it
// every time.
#ifndef ZOWARMUP_EMULATOR_H
#define ZOWARMUP_EMULATOR_H

#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#define EMU_API extern "C" __attribute__((visibility("default")))
#define EMU_SHARED __attribute__((visibility("default")))

namespace emulator {

// cudaError_t and CUresult agree in these numbers.
enum Code {
  SUCCESS = 0,
  INVALID_VALUE = 1,
  OUT_OF_MEMORY = 2,
  INVALID_DEVICE = 101,
  INVALID_CONTEXT = 201,
  NOT_FOUND = 500,
  INVALID_HANDLE = 400,
  ILLEGAL_ADDRESS = 700,
  LAUNCH_FAILED = 719,
  DEVICE_LOST = 214,
  CAPTURE_UNSUPPORTED = 900,
  CAPTURE_INVALIDATED = 901,
};

// One lock for all. Time is made up: each piece of work says how much of it has passed on its stream.
EMU_SHARED std::recursive_mutex& mutex();
struct Lock {
  std::lock_guard<std::recursive_mutex> guard{mutex()};
};

// Keeps the message for cud*GetErrorString on this thread, writes it to stderr, returns the code.
EMU_SHARED int fail(int code, const char* format, ...) __attribute__((format(printf, 2, 3)));
EMU_SHARED const char* lastMessage();

// Counts of what must be destroyed before the process ends; the exit check reports what is left.
EMU_SHARED void created(const char* kind, const void* handle);
// False where there is no such handle (any more).
EMU_SHARED bool isAlive(const char* kind, const void* handle);
EMU_SHARED bool destroyed(const char* kind, const void* handle);

// Devices, all of this compute capability, major * 10 + minor.
constexpr int CAPABILITY = 86;
EMU_SHARED int deviceCount();
// The device that this thread has set, or -1; setting one is what makes its context current.
EMU_SHARED int currentDevice();
EMU_SHARED void setCurrentDevice(int device);
EMU_SHARED size_t memoryLimit();
// True where ZOWARMUP_EMULATOR_FAULT names what is asked for: it then computes something else.
EMU_SHARED bool isFaulty(const char* what);
EMU_SHARED size_t memoryUsed(int device);

// Memory. Fresh memory holds 0xFF (NaN); guards on both sides are verified whenever work has run; freed memory is
// never handed out again and faults when touched.
EMU_SHARED int allocate(void** pointer, size_t size, bool pinnedHost);
EMU_SHARED int release(void* pointer, bool pinnedHost);
// Device memory [pointer, pointer + size) must lie inside one live allocation.
EMU_SHARED int requireDevice(const void* pointer, size_t size, const char* what);
// As above, for a pointer whose extent is not known: it must point into a live allocation.
EMU_SHARED int requireLive(const void* pointer, const char* what);
// As above, and device memory must be that of the given device: no other GPU's is mapped.
EMU_SHARED int requireOn(const void* pointer, int device, const char* what);
// A host range must not touch freed pinned memory, nor any device memory.
EMU_SHARED int requireHost(const void* pointer, size_t size, const char* what);
EMU_SHARED int verifyGuards();
EMU_SHARED size_t allocationSize(const void* pointer);
// 1 and the name of the work, where something queued was given an address in the range.
EMU_SHARED int pendingUse(uintptr_t begin, uintptr_t end, std::string* who);

// A piece of queued work. run() returns a code; what it touches is checked again when it runs.
struct Work {
  std::string name;
  std::vector<const void*> pointers;  // everything it was given, to find a free that comes too early
  std::function<int()> run;
  double us = 1;  // that it takes, so that events measure the same every time
};

// Queues, or records while the stream is being captured. needsWorkspace: the library would allocate while capturing.
EMU_SHARED int enqueue(void* stream, Work work);
EMU_SHARED bool isCapturing(void* stream);
// For calls that are illegal while a capture is under way on this thread (or anywhere, in global mode).
EMU_SHARED int requireNoCapture(const char* call);

EMU_SHARED int createStream(void** stream, unsigned flags);
EMU_SHARED int destroyStream(void* stream);
EMU_SHARED int synchronizeStream(void* stream);
EMU_SHARED int synchronizeDevice();
EMU_SHARED int createEvent(void** event);
EMU_SHARED int destroyEvent(void* event);
EMU_SHARED int recordEvent(void* event, void* stream);
EMU_SHARED int waitEvent(void* stream, void* event);
EMU_SHARED int synchronizeEvent(void* event);
EMU_SHARED int elapsed(float* milliseconds, void* from, void* to);
EMU_SHARED int beginCapture(void* stream, int mode);
// What a library must have done once outside of a capture before it may be captured, told by a text.
EMU_SHARED int requireWarm(void* stream, const std::string& call);
EMU_SHARED int endCapture(void* stream, void** graph);
EMU_SHARED int graphNodes(void* graph, size_t* count);
EMU_SHARED int destroyGraph(void* graph);
EMU_SHARED int instantiate(void** exec, void* graph);
EMU_SHARED int launchGraph(void* exec, void* stream);
EMU_SHARED int destroyExec(void* exec);

// bfloat16 and TF32, round to nearest even.
inline float bf16ToFloat(uint16_t bits) {
  const uint32_t wide = static_cast<uint32_t>(bits) << 16;
  float value;
  __builtin_memcpy(&value, &wide, sizeof value);
  return value;
}

inline uint32_t roundedBits(float value, int dropped) {
  uint32_t bits;
  __builtin_memcpy(&bits, &value, sizeof bits);
  if ((bits & 0x7f800000u) == 0x7f800000u) {
    return bits >> dropped << dropped;
  }
  const uint32_t half = (1u << (dropped - 1)) - 1 + ((bits >> dropped) & 1u);
  return (bits + half) >> dropped << dropped;
}

inline uint16_t floatToBf16(float value) {
  if (value != value) {
    return 0x7fc0;
  }
  return static_cast<uint16_t>(roundedBits(value, 16) >> 16);
}

inline float toTf32(float value) {
  const uint32_t bits = roundedBits(value, 13);
  float rounded;
  __builtin_memcpy(&rounded, &bits, sizeof rounded);
  return rounded;
}

}  // namespace emulator

#endif  // ZOWARMUP_EMULATOR_H
