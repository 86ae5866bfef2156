// libcudart.so.13 of the emulator.
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "emulator.h"

using namespace emulator;

namespace {

thread_local int lastError = SUCCESS;

int done(int code) {
  if (code != SUCCESS) {
    lastError = code;
  }
  return code;
}

enum Kind { HOST_TO_HOST, HOST_TO_DEVICE, DEVICE_TO_HOST, DEVICE_TO_DEVICE };

}  // namespace

EMU_API int cudaDriverGetVersion(int* version) {
  *version = 13000;
  return SUCCESS;
}
EMU_API int cudaRuntimeGetVersion(int* version) {
  *version = 13000;
  return SUCCESS;
}
EMU_API int cudaGetDeviceCount(int* count) {
  *count = deviceCount();
  return *count > 0 ? SUCCESS : done(100);
}
EMU_API const char* cudaGetErrorName(int code) {
  switch (code) {
    case SUCCESS:
      return "cudaSuccess";
    case OUT_OF_MEMORY:
      return "cudaErrorMemoryAllocation";
    case 100:
      return "cudaErrorNoDevice";
    case ILLEGAL_ADDRESS:
      return "cudaErrorIllegalAddress";
    case DEVICE_LOST:
      return "cudaErrorECCUncorrectable";
    case LAUNCH_FAILED:
      return "cudaErrorLaunchFailure";
    default:
      return "cudaErrorOfTheEmulator";
  }
}
EMU_API const char* cudaGetErrorString(int code) {
  return code == SUCCESS ? "no error" : code == 100 ? "no CUDA-capable device is detected" : lastMessage();
}
EMU_API int cudaGetLastError() {
  const int code = lastError;
  lastError = SUCCESS;
  return code;
}
EMU_API int cudaSetDevice(int device) {
  if (device < 0 || device >= deviceCount()) {
    return done(fail(INVALID_DEVICE, "no device %d", device));
  }
  setCurrentDevice(device);
  return SUCCESS;
}
EMU_API int cudaGetDevice(int* device) {
  *device = currentDevice();
  return SUCCESS;
}
EMU_API int cudaDeviceGetAttribute(int* value, int attribute, int device) {
  if (device < 0 || device >= deviceCount()) {
    return done(fail(INVALID_DEVICE, "no device %d", device));
  }
  switch (attribute) {
    case 16:  // multiprocessors
      *value = 4;
      return SUCCESS;
    case 75:  // compute capability
      *value = CAPABILITY / 10;
      return SUCCESS;
    case 76:
      *value = CAPABILITY % 10;
      return SUCCESS;
    case 97:  // shared memory of a block, opted in
      *value = 101376;
      return SUCCESS;
    default:
      return done(fail(INVALID_VALUE, "attribute %d is not emulated", attribute));
  }
}
EMU_API int cudaMemGetInfo(size_t* free, size_t* total) {
  const int code = requireNoCapture("cudaMemGetInfo");
  if (code != SUCCESS) {
    return done(code);
  }
  *total = memoryLimit();
  *free = *total - memoryUsed(currentDevice());
  return SUCCESS;
}
EMU_API int cudaMalloc(void** pointer, size_t size) {
  const int code = requireNoCapture("cudaMalloc");
  return done(code != SUCCESS ? code : allocate(pointer, size, false));
}

static int giveBack(void* pointer, bool pinned, const char* call) {
  Lock lock;
  int code = requireNoCapture(call);
  if (code != SUCCESS) {
    return done(code);
  }
  const auto begin = reinterpret_cast<uintptr_t>(pointer);
  std::string who;
  if (pointer != nullptr && pendingUse(begin, begin + allocationSize(pointer), &who) != 0) {
    return done(fail(INVALID_VALUE, "%s: %s is still queued and uses %p", call, who.c_str(), pointer));
  }
  return done(release(pointer, pinned));
}

EMU_API int cudaFree(void* pointer) { return giveBack(pointer, false, "cudaFree"); }
EMU_API int cudaHostAlloc(void** pointer, size_t size, unsigned) {
  const int code = requireNoCapture("cudaHostAlloc");
  return done(code != SUCCESS ? code : allocate(pointer, size, true));
}
EMU_API int cudaFreeHost(void* pointer) { return giveBack(pointer, true, "cudaFreeHost"); }

EMU_API int cudaMemcpyAsync(void* to, const void* from, size_t count, int kind, void* stream) {
  Lock lock;
  Work work{"cudaMemcpyAsync", {}, nullptr};
  int code;
  if (kind == HOST_TO_DEVICE || kind == DEVICE_TO_HOST) {
    const bool up = kind == HOST_TO_DEVICE;
    code = requireDevice(up ? to : from, count, "cudaMemcpyAsync, device side");
    code = code != SUCCESS ? code : requireHost(up ? from : to, count, "cudaMemcpyAsync, host side");
    if (code == SUCCESS && isCapturing(stream)) {
      code = fail(CAPTURE_UNSUPPORTED, "a copy from or to the host within a capture");
    }
    work.pointers = {up ? to : from};
    const void* host = up ? from : to;
    if (allocationSize(host) > 0) {
      work.pointers.push_back(host);  // pinned, so it must live as long
    }
  } else if (kind == DEVICE_TO_DEVICE) {
    code = requireDevice(to, count, "cudaMemcpyAsync, to");
    code = code != SUCCESS ? code : requireDevice(from, count, "cudaMemcpyAsync, from");
    work.pointers = {to, from};
  } else {
    code = fail(INVALID_VALUE, "cudaMemcpyAsync of kind %d", kind);
  }
  if (code != SUCCESS || count == 0) {
    return done(code);
  }
  work.run = [=] {
    memcpy(to, from, count);
    return static_cast<int>(SUCCESS);
  };
  return done(enqueue(stream, std::move(work)));
}

EMU_API int cudaMemsetAsync(void* to, int value, size_t count, void* stream) {
  Lock lock;
  const int code = requireDevice(to, count, "cudaMemsetAsync");
  if (code != SUCCESS || count == 0) {
    return done(code);
  }
  return done(enqueue(stream, Work{"cudaMemsetAsync", {to}, [=] {
                                     memset(to, value, count);
                                     return static_cast<int>(SUCCESS);
                                   }}));
}

EMU_API int cudaStreamCreateWithFlags(void** stream, unsigned flags) { return done(createStream(stream, flags)); }
EMU_API int cudaStreamDestroy(void* stream) { return done(destroyStream(stream)); }
EMU_API int cudaStreamSynchronize(void* stream) { return done(synchronizeStream(stream)); }
EMU_API int cudaDeviceSynchronize() { return done(synchronizeDevice()); }
EMU_API int cudaEventCreateWithFlags(void** event, unsigned) { return done(createEvent(event)); }
EMU_API int cudaEventDestroy(void* event) { return done(destroyEvent(event)); }
EMU_API int cudaEventRecord(void* event, void* stream) { return done(recordEvent(event, stream)); }
EMU_API int cudaStreamWaitEvent(void* stream, void* event, unsigned) { return done(waitEvent(stream, event)); }
EMU_API int cudaEventSynchronize(void* event) { return done(synchronizeEvent(event)); }
EMU_API int cudaEventElapsedTime(float* milliseconds, void* from, void* to) {
  return done(elapsed(milliseconds, from, to));
}
EMU_API int cudaStreamBeginCapture(void* stream, int mode) { return done(beginCapture(stream, mode)); }
EMU_API int cudaStreamEndCapture(void* stream, void** graph) { return done(endCapture(stream, graph)); }
EMU_API int cudaGraphGetNodes(void* graph, void** nodes, size_t* count) {
  return done(nodes == nullptr ? graphNodes(graph, count)
                               : fail(INVALID_VALUE, "the nodes themselves are not emulated"));
}
EMU_API int cudaGraphInstantiate(void** exec, void* graph, unsigned long long) {
  return done(instantiate(exec, graph));
}
EMU_API int cudaGraphLaunch(void* exec, void* stream) {
  // ZOWARMUP_EMULATOR_LOST=DEVICE:GRAPHS, a GPU that is lost after it has launched so many
  static const char* lost = getenv("ZOWARMUP_EMULATOR_LOST");
  static std::atomic<int> launched{0};
  int device = 0;
  int graphs = 0;
  if (lost != nullptr && sscanf(lost, "%d:%d", &device, &graphs) == 2 && currentDevice() == device &&
      ++launched > graphs) {
    return done(fail(DEVICE_LOST, "uncorrectable ECC error encountered"));
  }
  return done(launchGraph(exec, stream));
}
EMU_API int cudaGraphExecDestroy(void* exec) { return done(destroyExec(exec)); }
EMU_API int cudaGraphDestroy(void* graph) { return done(destroyGraph(graph)); }
