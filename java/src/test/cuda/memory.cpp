// Memory, handles and messages of the emulator.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>

#include "emulator.h"

namespace emulator {

namespace {

constexpr size_t GUARD = 256;
constexpr unsigned char GUARD_BYTE = 0xBD;
constexpr unsigned char POISON = 0xFF;

struct Allocation {
  char* mapping;
  size_t mapped;
  size_t size;
  int device;
  bool pinned;
  bool live;
};

struct State {
  std::map<uintptr_t, Allocation> allocations;  // the freed ones too
  std::map<uintptr_t, const Allocation*> live;
  std::map<std::string, std::map<const void*, bool>> handles;
  std::map<int, size_t> used;
};

// Never destroyed: the exit check and late closers still need it.
State& state() {
  static State* it = new State();
  return *it;
}

// POISON, to be mapped privately: of a workspace of 32 MB only what is touched then costs anything.
constexpr size_t PIECE = size_t{4} << 20;
int poisoned() {
  static const int file = [] {
    const int made = memfd_create("zowarmup-poison", MFD_CLOEXEC);
    const std::vector<char> piece(PIECE, static_cast<char>(POISON));
    return made >= 0 && write(made, piece.data(), PIECE) == static_cast<ssize_t>(PIECE) ? made : -1;
  }();
  return file;
}

// Takes addresses first, so that the pieces of one allocation are adjacent.
void* mapPoisoned(size_t bytes) {
  void* mapping = mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  for (size_t at = 0; at < bytes && mapping != MAP_FAILED; at += PIECE) {
    char* to = static_cast<char*>(mapping) + at;
    const size_t size = bytes - at < PIECE ? bytes - at : PIECE;
    if (mmap(to, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE, poisoned(), 0) == MAP_FAILED) {
      munmap(mapping, bytes);
      return MAP_FAILED;
    }
  }
  return mapping;
}

thread_local std::string message;
thread_local int device = -1;

long setting(const char* name, long fallback) {
  const char* text = getenv(name);
  return text == nullptr ? fallback : atol(text);
}

const std::pair<const uintptr_t, Allocation>* owner(const void* pointer) {
  auto& all = state().allocations;
  auto after = all.upper_bound(reinterpret_cast<uintptr_t>(pointer));
  if (after == all.begin()) {
    return nullptr;
  }
  --after;
  const uintptr_t end = after->first + after->second.size;
  return reinterpret_cast<uintptr_t>(pointer) < end ? &*after : nullptr;
}

struct ExitCheck {
  ~ExitCheck() {
    Lock lock;
    int left = 0;
    for (const auto& [address, allocation] : state().allocations) {
      if (allocation.live) {
        fprintf(stderr, "emulator: leak: %s memory of %zu bytes at %#lx\n", allocation.pinned ? "pinned" : "device",
                allocation.size, address);
        left++;
      }
    }
    for (const auto& [kind, handles] : state().handles) {
      if (!handles.empty()) {
        fprintf(stderr, "emulator: leak: %zu of kind %s\n", handles.size(), kind.c_str());
        left++;
      }
    }
    if (left > 0 && setting("ZOWARMUP_EMULATOR_LEAKS_ALLOWED", 0) == 0) {
      fflush(nullptr);
      _exit(99);
    }
  }
};
ExitCheck exitCheck;

}  // namespace

std::recursive_mutex& mutex() {
  static std::recursive_mutex* it = new std::recursive_mutex();
  return *it;
}

int fail(int code, const char* format, ...) {
  char text[1024];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  message = text;
  fprintf(stderr, "emulator: %s\n", text);
  return code;
}

const char* lastMessage() { return message.c_str(); }

void created(const char* kind, const void* handle) {
  Lock lock;
  state().handles[kind][handle] = true;
}

bool isAlive(const char* kind, const void* handle) {
  Lock lock;
  return state().handles[kind].count(handle) != 0;
}

bool destroyed(const char* kind, const void* handle) {
  Lock lock;
  return state().handles[kind].erase(handle) != 0;
}

int deviceCount() { return static_cast<int>(setting("ZOWARMUP_EMULATOR_GPUS", 2)); }
bool isFaulty(const char* what) {
  const char* fault = getenv("ZOWARMUP_EMULATOR_FAULT");
  return fault != nullptr && strcmp(fault, what) == 0;
}
int currentDevice() { return device; }
void setCurrentDevice(int index) { device = index; }
size_t memoryLimit() { return static_cast<size_t>(setting("ZOWARMUP_EMULATOR_MEMORY_MB", 2048)) << 20; }

size_t memoryUsed(int index) {
  Lock lock;
  return state().used[index];
}

int allocate(void** pointer, size_t size, bool pinned) {
  Lock lock;
  *pointer = nullptr;
  if (device < 0) {
    return fail(INVALID_CONTEXT, "memory asked for on a thread that set no device");
  }
  if (size == 0) {
    return SUCCESS;
  }
  if (!pinned && state().used[device] + size > memoryLimit()) {
    return fail(OUT_OF_MEMORY, "out of memory: %zu bytes asked, %zu of %zu in use", size, state().used[device],
                memoryLimit());
  }
  const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  const size_t mapped = (size + 2 * GUARD + page - 1) / page * page;
  void* mapping = mapPoisoned(mapped);
  if (mapping == MAP_FAILED) {
    return fail(OUT_OF_MEMORY, "the host has no %zu bytes", mapped);
  }
  char* data = static_cast<char*>(mapping) + GUARD;
  memset(mapping, GUARD_BYTE, GUARD);
  memset(data + size, GUARD_BYTE, GUARD);
  const auto address = reinterpret_cast<uintptr_t>(data);
  Allocation& made = state().allocations[address];
  made = Allocation{static_cast<char*>(mapping), mapped, size, device, pinned, true};
  state().live[address] = &made;
  if (!pinned) {
    state().used[device] += size;
  }
  *pointer = data;
  return SUCCESS;
}

namespace {

int verify(const Allocation& a) {
  static const std::vector<char> intact(GUARD, static_cast<char>(GUARD_BYTE));
  const char* ends[2] = {a.mapping, a.mapping + GUARD + a.size};
  for (int side = 0; side < 2; side++) {
    if (memcmp(ends[side], intact.data(), GUARD) != 0) {
      return fail(ILLEGAL_ADDRESS, "something wrote %s an allocation of %zu bytes", side == 0 ? "before" : "after",
                  a.size);
    }
  }
  return SUCCESS;
}

}  // namespace

int verifyGuards() {
  for (const auto& [address, allocation] : state().live) {
    const int code = verify(*allocation);
    if (code != SUCCESS) {
      return code;
    }
  }
  return SUCCESS;
}

int release(void* pointer, bool pinned) {
  Lock lock;
  if (pointer == nullptr) {
    return SUCCESS;
  }
  auto found = state().allocations.find(reinterpret_cast<uintptr_t>(pointer));
  if (found == state().allocations.end() || found->second.pinned != pinned) {
    return fail(INVALID_VALUE, "free of %p, which was never handed out", pointer);
  }
  Allocation& a = found->second;
  if (!a.live) {
    return fail(INVALID_VALUE, "double free of %p (%zu bytes)", pointer, a.size);
  }
  const int code = verify(a);
  a.live = false;
  state().live.erase(found->first);
  if (!pinned) {
    state().used[a.device] -= a.size;
  }
  // the addresses stay taken: who still uses them is found out, not served
  mmap(a.mapping, a.mapped, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
  return code;
}

size_t allocationSize(const void* pointer) {
  Lock lock;
  const auto* found = owner(pointer);
  return found == nullptr ? 0 : found->second.size;
}

int requireLive(const void* pointer, const char* what) {
  Lock lock;
  const auto* found = owner(pointer);
  if (found == nullptr) {
    return fail(ILLEGAL_ADDRESS, "%s: %p is no device memory", what, pointer);
  }
  if (!found->second.live) {
    return fail(ILLEGAL_ADDRESS, "%s: %p was freed", what, pointer);
  }
  return SUCCESS;
}

int requireOn(const void* pointer, int index, const char* what) {
  Lock lock;
  const int code = requireLive(pointer, what);
  if (code != SUCCESS) {
    return code;
  }
  const Allocation& a = owner(pointer)->second;
  return a.pinned || a.device == index ? SUCCESS
                                       : fail(ILLEGAL_ADDRESS, "%s: %p is memory of device %d, used on device %d", what,
                                              pointer, a.device, index);
}

int requireDevice(const void* pointer, size_t size, const char* what) {
  Lock lock;
  if (size == 0) {
    return SUCCESS;
  }
  const int code = requireLive(pointer, what);
  if (code != SUCCESS) {
    return code;
  }
  const auto* found = owner(pointer);
  const size_t offset = reinterpret_cast<uintptr_t>(pointer) - found->first;
  if (found->second.pinned) {
    return fail(ILLEGAL_ADDRESS, "%s: %p is host memory", what, pointer);
  }
  if (offset + size > found->second.size) {
    return fail(ILLEGAL_ADDRESS, "%s: %zu bytes at offset %zu of an allocation of %zu", what, size, offset,
                found->second.size);
  }
  return SUCCESS;
}

int requireHost(const void* pointer, size_t size, const char* what) {
  Lock lock;
  const auto* found = owner(pointer);
  if (found == nullptr) {
    return pointer == nullptr && size > 0 ? fail(INVALID_VALUE, "%s: null", what) : SUCCESS;
  }
  if (!found->second.pinned || !found->second.live) {
    return fail(INVALID_VALUE, "%s: %p is %s", what, pointer, found->second.live ? "device memory" : "freed");
  }
  const size_t offset = reinterpret_cast<uintptr_t>(pointer) - found->first;
  return offset + size <= found->second.size
             ? SUCCESS
             : fail(INVALID_VALUE, "%s: %zu bytes at offset %zu of pinned memory of %zu", what, size, offset,
                    found->second.size);
}

}  // namespace emulator
