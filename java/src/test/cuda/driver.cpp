// libcuda.so.1 of the emulator: devices, modules and launches. A "cubin" is a shared library that NVRTC's stand-in
// made.
#include <dlfcn.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>

#include "emulator.h"

using namespace emulator;

namespace {

constexpr char MAGIC[] = "ZOWARMUP-EMULATED-CUBIN";
constexpr int DEFAULT_SHARED = 48 * 1024;
constexpr int OPT_IN_SHARED = 101376;
constexpr int NO_BINARY_FOR_GPU = 209;

using Launch = int (*)(const unsigned* grid, const unsigned* block, size_t shared, void** arguments, char* error,
                       size_t errorSize);

struct Module {
  void* library;
  int device;
  std::vector<void*> functions;
};

struct Function {
  std::string name;
  Launch launch;
  std::string parameters;  // p pointer, 4 or 8 bytes of a number
  int maxBlock;            // of __launch_bounds__, 0 where there is none
  int staticShared;
  int device;
  int maxShared = DEFAULT_SHARED;
};

}  // namespace

EMU_API int cuInit(unsigned) { return SUCCESS; }
EMU_API int cuDeviceGet(int* device, int ordinal) {
  *device = ordinal;
  return ordinal < deviceCount() ? SUCCESS : INVALID_DEVICE;
}
EMU_API int cuDeviceGetName(char* name, int length, int) {
  snprintf(name, static_cast<size_t>(length), isFaulty("convolution") ? "Faulty GPU" : "Emulated GPU");
  return SUCCESS;
}
EMU_API int cuDeviceTotalMem_v2(size_t* bytes, int) {
  *bytes = memoryLimit();
  return SUCCESS;
}
EMU_API int cuGetErrorName(int code, const char** text) {
  static thread_local char name[48];
  snprintf(name, sizeof name, "CUresult %d of the emulator", code);
  *text = name;
  return SUCCESS;
}
EMU_API int cuGetErrorString(int, const char** text) {
  *text = lastMessage();
  return SUCCESS;
}

EMU_API int cuModuleLoadData(void** out, const void* image) {
  Lock lock;
  const int code = requireNoCapture("cuModuleLoadData");
  if (code != SUCCESS) {
    return code;
  }
  const char* bytes = static_cast<const char*>(image);
  size_t size = 0;
  if (memcmp(bytes, MAGIC, sizeof MAGIC) != 0) {
    return fail(INVALID_VALUE, "cuModuleLoadData: this is no image of the emulator's NVRTC");
  }
  bytes += sizeof MAGIC;
  int kind[2];  // architecture, and whether it is PTX
  memcpy(kind, bytes, sizeof kind);
  bytes += sizeof kind;
  const bool fits = kind[1] == 1 ? kind[0] <= CAPABILITY : kind[0] <= CAPABILITY && kind[0] / 10 == CAPABILITY / 10;
  if (!fits) {
    return fail(NO_BINARY_FOR_GPU, "cuModuleLoadData: %s for %d on a GPU of %d", kind[1] == 1 ? "PTX" : "code", kind[0],
                CAPABILITY);
  }
  memcpy(&size, bytes, sizeof size);
  bytes += sizeof size;
  // one library for all modules of one image: kernels keep nothing between launches but the shim's spare stacks
  static auto* libraries = new std::map<std::string, void*>();
  void*& library = (*libraries)[std::string(bytes, size)];
  if (library == nullptr) {
    char path[] = "/tmp/zowarmup-emulated-XXXXXX";
    const int file = mkstemp(path);
    const bool written = file >= 0 && write(file, bytes, size) == static_cast<ssize_t>(size);
    if (file >= 0) {
      close(file);
    }
    library = written ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : nullptr;
    unlink(path);
    if (library == nullptr) {
      return fail(INVALID_VALUE, "cuModuleLoadData: %s", written ? dlerror() : "cannot write the image");
    }
  }
  auto* module = new Module{library, currentDevice(), {}};
  created("module", module);
  *out = module;
  return SUCCESS;
}

EMU_API int cuModuleUnload(void* handle) {
  Lock lock;
  if (!destroyed("module", handle)) {
    return fail(INVALID_HANDLE, "cuModuleUnload: no such module");
  }
  auto* module = static_cast<Module*>(handle);
  for (void* function : module->functions) {
    destroyed("function", function);
  }
  return SUCCESS;  // the code stays loaded: work that is queued is told by its handle
}

EMU_API int cuModuleGetFunction(void** out, void* handle, const char* name) {
  Lock lock;
  if (!isAlive("module", handle)) {
    return fail(INVALID_HANDLE, "cuModuleGetFunction: no such module");
  }
  auto* module = static_cast<Module*>(handle);
  const std::string base = name;
  void* launch = dlsym(module->library, (base + "__launch").c_str());
  void* parameters = dlsym(module->library, (base + "__parameters").c_str());
  void* bounds = dlsym(module->library, (base + "__bounds").c_str());
  void* shared = dlsym(module->library, (base + "__shared").c_str());
  if (launch == nullptr || parameters == nullptr) {
    return fail(NOT_FOUND, "cuModuleGetFunction: the module has no kernel %s", name);
  }
  auto* function = new Function{base,
                                reinterpret_cast<Launch>(launch),
                                *static_cast<const char**>(parameters),
                                bounds == nullptr ? 0 : *static_cast<int*>(bounds),
                                shared == nullptr ? 0 : *static_cast<int*>(shared),
                                module->device};
  created("function", function);
  module->functions.push_back(function);
  *out = function;
  return SUCCESS;
}

EMU_API int cuFuncSetAttribute(void* handle, int attribute, int value) {
  Lock lock;
  if (!isAlive("function", handle)) {
    return fail(INVALID_HANDLE, "cuFuncSetAttribute: no such function");
  }
  auto* function = static_cast<Function*>(handle);
  if (attribute != 8 || value < 0 || value + function->staticShared > OPT_IN_SHARED) {
    return fail(INVALID_VALUE,
                "cuFuncSetAttribute: attribute %d to %d; at most %d bytes of shared memory, %d are static", attribute,
                value, OPT_IN_SHARED, function->staticShared);
  }
  function->maxShared = value;
  return SUCCESS;
}

EMU_API int cuFuncGetAttribute(int* value, int attribute, void* handle) {
  Lock lock;
  if (!isAlive("function", handle) || attribute != 1) {
    return fail(INVALID_VALUE, "cuFuncGetAttribute: attribute %d, or no such function", attribute);
  }
  *value = static_cast<Function*>(handle)->staticShared;
  return SUCCESS;
}

EMU_API int cuLaunchKernel(void* handle, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
                           unsigned shared, void* stream, void** parameters, void** extra) {
  Lock lock;
  if (!isAlive("function", handle)) {
    return fail(INVALID_HANDLE, "cuLaunchKernel: no such function");
  }
  auto* function = static_cast<Function*>(handle);
  const char* name = function->name.c_str();
  if (function->device != currentDevice()) {
    return fail(INVALID_HANDLE, "%s: loaded on device %d, launched on device %d", name, function->device,
                currentDevice());
  }
  const unsigned threads = bx * by * bz;
  if (gx == 0 || gy == 0 || gz == 0 || gy > 65535 || gz > 65535 || gx > 0x7fffffffu || threads == 0 || threads > 1024 ||
      (function->maxBlock > 0 && threads > static_cast<unsigned>(function->maxBlock))) {
    return fail(INVALID_VALUE, "%s: grid (%u, %u, %u), block (%u, %u, %u) of at most %d", name, gx, gy, gz, bx, by, bz,
                function->maxBlock);
  }
  const int whole = static_cast<int>(shared) + function->staticShared;
  if (static_cast<int>(shared) > function->maxShared ||
      whole > (function->maxShared > DEFAULT_SHARED ? OPT_IN_SHARED : DEFAULT_SHARED)) {
    return fail(INVALID_VALUE, "%s: %u bytes of dynamic and %d of static shared memory, allowed are %d", name, shared,
                function->staticShared, function->maxShared);
  }
  if (extra != nullptr || parameters == nullptr) {
    return fail(INVALID_VALUE, "%s: parameters must be an array of pointers", name);
  }
  // arguments are copied when the launch is queued, as the driver does
  const size_t count = function->parameters.size();
  auto values = std::make_shared<std::vector<uint64_t>>(count, 0);
  Work work{function->name, {}, nullptr};
  for (size_t i = 0; i < count; i++) {
    const bool pointer = function->parameters[i] == 'p';
    memcpy(&(*values)[i], parameters[i], pointer || function->parameters[i] == '8' ? 8 : 4);
    if (pointer && (*values)[i] != 0) {
      work.pointers.push_back(reinterpret_cast<const void*>((*values)[i]));
    }
  }
  work.run = [=] {
    if (!isAlive("function", function)) {
      return fail(INVALID_HANDLE, "%s: its module was unloaded while the launch was queued", function->name.c_str());
    }
    const unsigned grid[3] = {gx, gy, gz};
    const unsigned block[3] = {bx, by, bz};
    std::vector<void*> pointers(values->size());
    for (size_t i = 0; i < values->size(); i++) {
      pointers[i] = &(*values)[i];
    }
    char error[512] = "";
    if (function->launch(grid, block, shared, pointers.data(), error, sizeof error) != 0) {
      return fail(LAUNCH_FAILED, "%s: %s", function->name.c_str(), error);
    }
    return static_cast<int>(SUCCESS);
  };
  return enqueue(stream, std::move(work));
}
