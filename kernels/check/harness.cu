// Runs kernels on inputs from a file: harness CASES RESULTS [REPEATS]. With REPEATS every case is timed, too, and the
// time printed. Built twice, ZOWARMUP_BF16 = 0 and 1, in one of two ways:
//   g++ -x c++ -std=c++17 -O1 -ffp-contract=off -fsanitize=address,undefined -Ikernels/shim -Ikernels/src harness.cu
//   nvcc -std=c++17 -Ikernels/src harness.cu                      (for a GPU, and for compute-sanitizer)
// Both files are little-endian. CASES: int32 count, then for each case: string kernel; uint32 grid[3], block[3];
// int64 dynamic shared bytes; int32 arguments; for each: uint8 kind and
//   0 value: int32 size, bytes     1 buffer: int64 size, int32 offset, uint8 wanted back, bytes
//   2 null pointer                 3 the pointer of an earlier argument: int32 index
//   4 device array of the pointers of other arguments: int32 count, int32 index[count]
// Arguments after the kernel's own are buffers that such an array names.
// A buffer starts `offset` bytes into its allocation, so that kernels meet unaligned data. RESULTS: for each case a
// string, empty or what was wrong, and int32 count of the buffers wanted back with int64 size, bytes each. A string is
// an int32 length and bytes. Exit code 2: a file cannot be read or names a kernel that is not here.
#ifdef __CUDACC__
#include "launcher_cuda.h"
#else
#include "launcher_shim.h"
#endif

#include <fstream>
#include <iostream>
#include <stdexcept>

namespace harness {

class Input {
 public:
  explicit Input(const char* path) : stream_(path, std::ios::binary) {
    if (!stream_) {
      throw std::runtime_error(std::string(path) + ": cannot be read");
    }
  }
  template <typename T>
  T value() {
    T v;
    bytes(&v, sizeof v);
    return v;
  }
  std::string text() {
    std::string s(static_cast<size_t>(value<int32_t>()), ' ');
    bytes(&s[0], s.size());
    return s;
  }
  void bytes(void* to, size_t size) {
    if (!stream_.read(static_cast<char*>(to), static_cast<std::streamsize>(size))) {
      throw std::runtime_error("the file of cases ends too early");
    }
  }

 private:
  std::ifstream stream_;
};

class Output {
 public:
  explicit Output(const char* path) : stream_(path, std::ios::binary) {}
  template <typename T>
  void value(T v) {
    bytes(&v, sizeof v);
  }
  void text(const std::string& s) {
    value(static_cast<int32_t>(s.size()));
    bytes(s.data(), s.size());
  }
  void bytes(const void* from, size_t size) {
    stream_.write(static_cast<const char*>(from), static_cast<std::streamsize>(size));
  }
  void finish() {
    stream_.flush();
    if (!stream_) {
      throw std::runtime_error("the results cannot be written");
    }
  }

 private:
  std::ofstream stream_;
};

// One argument; a pointer is a value of eight bytes to a launch.
struct Argument {
  std::vector<unsigned char> value;
  std::vector<int32_t> others;  // whose pointers make an array
  void* allocation = nullptr;
  size_t size = 0;
  bool wanted = false;

  Argument() = default;
  Argument(const Argument&) = delete;
  Argument& operator=(const Argument&) = delete;
  ~Argument() {
    if (allocation != nullptr) {
      release(allocation);
    }
  }
  void set(const void* pointer) {
    value.resize(sizeof pointer);
    std::memcpy(value.data(), &pointer, sizeof pointer);
  }
  void* pointer() const {
    void* p;
    std::memcpy(&p, value.data(), sizeof p);
    return p;
  }
};

inline void readBuffer(Input& in, Argument& argument) {
  argument.size = static_cast<size_t>(in.value<int64_t>());
  const size_t offset = static_cast<size_t>(in.value<int32_t>());
  argument.wanted = in.value<uint8_t>() != 0;
  std::vector<unsigned char> content(argument.size);
  in.bytes(content.data(), content.size());
  argument.allocation = allocate(argument.size + offset);
  unsigned char* const start = static_cast<unsigned char*>(argument.allocation) + offset;
  upload(start, content.data(), content.size());
  argument.set(start);
}

inline void readIndices(Input& in, Argument& argument) {
  argument.others.resize(static_cast<size_t>(in.value<int32_t>()));
  in.bytes(argument.others.data(), argument.others.size() * sizeof(int32_t));
}

inline void uploadPointers(const std::vector<Argument>& arguments, Argument& argument) {
  std::vector<void*> pointers;
  for (int32_t other : argument.others) {
    pointers.push_back(arguments[static_cast<size_t>(other)].pointer());
  }
  argument.allocation = allocate(pointers.size() * sizeof(void*));
  upload(argument.allocation, pointers.data(), pointers.size() * sizeof(void*));
  argument.set(argument.allocation);
}

inline void readArgument(Input& in, Argument* arguments, Argument& argument) {
  switch (in.value<uint8_t>()) {
    case 0:
      argument.value.resize(static_cast<size_t>(in.value<int32_t>()));
      in.bytes(argument.value.data(), argument.value.size());
      return;
    case 1:
      return readBuffer(in, argument);
    case 2:
      return argument.set(nullptr);
    case 3:
      return argument.set(arguments[in.value<int32_t>()].pointer());
    case 4:
      return readIndices(in, argument);
    default:
      throw std::runtime_error("unknown kind of argument");
  }
}

inline const Entry& entryOf(const std::string& name) {
  for (const Entry& entry : ENTRIES) {
    if (name == entry.name) {
      return entry;
    }
  }
  throw std::runtime_error("no kernel " + name);
}

inline void runCase(Input& in, Output& out, int repeats) {
  const Entry& entry = entryOf(in.text());
  unsigned grid[3], block[3];
  in.bytes(grid, sizeof grid);
  in.bytes(block, sizeof block);
  const size_t shared = static_cast<size_t>(in.value<int64_t>());
  const size_t count = static_cast<size_t>(in.value<int32_t>());
  std::vector<Argument> arguments(count);
  std::vector<void*> pointers;
  for (Argument& argument : arguments) {
    readArgument(in, arguments.data(), argument);
  }
  int32_t wanted = 0;
  for (Argument& argument : arguments) {
    if (!argument.others.empty()) {
      uploadPointers(arguments, argument);
    }
    pointers.push_back(argument.value.data());
    wanted += argument.wanted ? 1 : 0;
  }
  const std::string error = launch(entry, grid, block, shared, pointers.data());
  out.text(error);
  out.value(wanted);
  std::vector<unsigned char> content;
  for (const Argument& argument : arguments) {
    if (argument.wanted) {
      content.resize(argument.size);
      download(content.data(), argument.pointer(), argument.size);
      out.value(static_cast<int64_t>(argument.size));
      out.bytes(content.data(), content.size());
    }
  }
  if (repeats > 0 && error.empty()) {
    std::cout << entry.name << " " << time(entry, grid, block, shared, pointers.data(), repeats) << " us\n";
  }
}

inline void run(const char* cases, const char* results, int repeats) {
  Input in(cases);
  Output out(results);
  const int32_t count = in.value<int32_t>();
  for (int32_t i = 0; i < count; i++) {
    runCase(in, out, repeats);
  }
  out.finish();
  std::cout << count << " cases, ZOWARMUP_BF16 = " << ZOWARMUP_BF16 << ", on " << deviceName() << "\n";
}

}  // namespace harness

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "harness CASES RESULTS [REPEATS]\n";
    return 2;
  }
  try {
    harness::run(argv[1], argv[2], argc > 3 ? std::atoi(argv[3]) : 0);
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "harness: " << e.what() << "\n";
    return 2;
  }
}
