// libnvrtc.so.13 of the emulator: compiles the same sources with g++ on kernels/shim, into a shared library that
// libcuda's stand-in loads as a module. ZOWARMUP_EMULATOR_SHIM names the shim's folder.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <regex>
#include <sstream>

#include "emulator.h"

using namespace emulator;

namespace {

constexpr char MAGIC[] = "ZOWARMUP-EMULATED-CUBIN";
constexpr int COMPILATION = 6;
constexpr int BAD_INPUT = 3;
constexpr int BAD_OPTION = 5;
constexpr int BUILTINS = 7;
constexpr int KNOWN[] = {75, 80, 86, 87, 88, 89, 90, 100, 103, 110, 120, 121};

struct Program {
  std::string source;
  std::string name;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string log;
  std::string image;
  int architecture = 0;
  bool ptx = false;
};

Program* programOf(void* handle) { return isAlive("program", handle) ? static_cast<Program*>(handle) : nullptr; }

std::string read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void write(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

// 'p' for a pointer, '8' and '4' for numbers of that many bytes; the last words of a parameter are type and name.
char kindOf(const std::string& parameter) {
  if (parameter.find('*') != std::string::npos) {
    return 'p';
  }
  const bool wide = parameter.find("long") != std::string::npos || parameter.find("double") != std::string::npos;
  return wide ? '8' : '4';
}

// An expression for the bytes of the __shared__ arrays that a kernel's body declares.
std::string staticShared(const std::string& body) {
  const std::regex array(R"(\n  __shared__ ([\w ]+) \w+((?:\[[^\]]+\])+);)");
  std::string bytes = "0";
  for (std::sregex_iterator it(body.begin(), body.end(), array), end; it != end; ++it) {
    bytes += " + sizeof(" + (*it)[1].str() + (*it)[2].str() + ")";
  }
  return bytes;
}

// The facts that the driver's stand-in must know of every entry point.
std::string exports(const std::string& source) {
  const std::regex entry(R"(__global__\s+void\s+(?:__launch_bounds__\(\s*(\w+)\s*\)\s*)?(\w+)\s*\(([^)]*)\))");
  std::ostringstream out;
  for (std::sregex_iterator it(source.begin(), source.end(), entry), end; it != end; ++it) {
    const std::string bounds = (*it)[1].str().empty() ? "0" : (*it)[1].str();
    const std::string name = (*it)[2].str();
    std::string kinds;
    std::istringstream parameters((*it)[3].str());
    for (std::string one; std::getline(parameters, one, ',');) {
      kinds += kindOf(one);
    }
    const size_t start = static_cast<size_t>(it->position() + it->length());
    const std::string shared = staticShared(source.substr(start, source.find("\n}", start) - start));
    const char* shown = "extern \"C\" __attribute__((visibility(\"default\")))";
    out << "SHIM_EXPORT(" << name << ")\n"
        << shown << " const char* const " << name << "__parameters;\n const char* const " << name << "__parameters = \""
        << kinds << "\";\n"
        << shown << " const int " << name << "__bounds;\nconst int " << name << "__bounds = " << bounds << ";\n"
        << shown << " const int " << name << "__shared;\nconst int " << name << "__shared = " << shared << ";\n";
  }
  return out.str();
}

int gxx(const std::string& folder, const std::vector<std::string>& defines) {
  const char* shim = getenv("ZOWARMUP_EMULATOR_SHIM");
  std::vector<std::string> words = {"g++",
                                    "-std=c++17",
                                    "-O2",
                                    "-ffp-contract=off",
                                    "-fPIC",
                                    "-shared",
                                    "-w",
                                    "-fvisibility=hidden",
                                    "-pthread",
                                    "-I",
                                    shim == nullptr ? "." : shim,
                                    "-I",
                                    folder,
                                    folder + "/wrapper.cpp",
                                    "-o",
                                    folder + "/image.so"};
  words.insert(words.end(), defines.begin(), defines.end());
  std::vector<char*> arguments;
  for (std::string& word : words) {
    arguments.push_back(word.data());
  }
  arguments.push_back(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    if (freopen((folder + "/log").c_str(), "w", stderr) == nullptr) {
      _exit(126);
    }
    execvp("g++", arguments.data());
    _exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

// The library made of these sources and options, kept beside this one for all processes: tests ask for the same kernels
// again and again, and who asks for one that another is making waits for it.
class Kept {
 public:
  explicit Kept(const std::string& madeOf) {
    Dl_info self;
    if (dladdr(reinterpret_cast<void*>(&kindOf), &self) != 0) {
      const std::string library = self.dli_fname;
      const std::string folder = library.substr(0, library.rfind('/')) + "/compiled";
      mkdir(folder.c_str(), 0777);
      file_ = folder + "/" + std::to_string(std::hash<std::string>{}(madeOf)) + ".so";
      lock_ = open((file_ + ".lock").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0666);
      if (lock_ >= 0 && flock(lock_, LOCK_EX) != 0) {
        close(lock_);
        lock_ = -1;
      }
    }
  }
  ~Kept() {
    if (lock_ >= 0) {
      close(lock_);
    }
  }
  Kept(const Kept&) = delete;

  // Empty if no one has made it yet.
  std::string get() const { return lock_ < 0 ? "" : read(file_); }

  void put(const std::string& library) const {
    if (lock_ >= 0) {
      write(file_ + ".part", library);
      rename((file_ + ".part").c_str(), file_.c_str());
    }
  }

 private:
  std::string file_;
  int lock_ = -1;
};

// Compiles into *library; returns g++'s exit status.
int compile(Program* program, const std::string& wrapper, const std::vector<std::string>& defines,
            std::string* library) {
  char folder[] = "/tmp/zowarmup-nvrtc-XXXXXX";
  if (mkdtemp(folder) == nullptr) {
    program->log = "no temporary folder";
    return BAD_INPUT;
  }
  const std::string in = folder;
  for (const auto& [name, text] : program->headers) {
    write(in + "/" + name, text);
  }
  write(in + "/source.cu", program->source);
  write(in + "/wrapper.cpp", wrapper);
  const int code = gxx(in, defines);
  program->log = read(in + "/log");
  *library = read(in + "/image.so");
  for (const auto& header : program->headers) {
    unlink((in + "/" + header.first).c_str());
  }
  for (const char* file : {"/source.cu", "/wrapper.cpp", "/log", "/image.so"}) {
    unlink((in + file).c_str());
  }
  rmdir(folder);
  return code;
}

}  // namespace

EMU_API const char* nvrtcGetErrorString(int) { return lastMessage(); }
EMU_API int nvrtcVersion(int* major, int* minor) {
  *major = 13;
  *minor = 0;
  return 0;
}

EMU_API int nvrtcGetNumSupportedArchs(int* count) {
  *count = static_cast<int>(sizeof KNOWN / sizeof *KNOWN);
  return 0;
}
EMU_API int nvrtcGetSupportedArchs(int* known) {
  memcpy(known, KNOWN, sizeof KNOWN);
  return 0;
}

EMU_API int nvrtcCreateProgram(void** out, const char* source, const char* name, int headers, const char* const* texts,
                               const char* const* names) {
  auto* program = new Program{source, name == nullptr ? "" : name, {}, "", ""};
  for (int i = 0; i < headers; i++) {
    program->headers.emplace_back(names[i], texts[i]);
  }
  created("program", program);
  *out = program;
  return 0;
}

EMU_API int nvrtcDestroyProgram(void** handle) {
  if (!destroyed("program", *handle)) {
    return fail(BAD_INPUT, "nvrtcDestroyProgram: no such program");
  }
  delete static_cast<Program*>(*handle);
  *handle = nullptr;
  return 0;
}

EMU_API int nvrtcCompileProgram(void* handle, int count, const char* const* options) {
  Program* program = programOf(handle);
  if (program == nullptr) {
    return fail(BAD_INPUT, "nvrtcCompileProgram: no such program");
  }
  // by its name alone, as the real one does: only who has loaded it before, or a linker's path, serves
  if (dlopen("libnvrtc-builtins.so.13.0", RTLD_LAZY) == nullptr) {
    program->log = "nvrtc: error: failed to open libnvrtc-builtins.so.13.0.";
    return fail(BUILTINS, "%s", program->log.c_str());
  }
  std::vector<std::string> defines;
  program->architecture = 0;
  for (int i = 0; i < count; i++) {
    const std::string option = options[i];
    if (option.rfind("-D", 0) == 0) {
      defines.push_back(option);
    } else if (option.rfind("--gpu-architecture=", 0) == 0) {
      program->ptx = option.find("compute_") != std::string::npos;
      const int number = atoi(option.c_str() + option.rfind('_') + 1);
      program->architecture = std::find(std::begin(KNOWN), std::end(KNOWN), number) == std::end(KNOWN) ? 0 : number;
    } else if (option != "--std=c++17") {
      return fail(BAD_OPTION, "nvrtcCompileProgram: option %s", option.c_str());
    }
  }
  if (program->architecture == 0) {
    return fail(BAD_OPTION, "nvrtcCompileProgram: no --gpu-architecture that this version knows");
  }
  const std::string wrapper = "#include \"shim.h\"\n#include \"source.cu\"\n" + exports(program->source);
  std::string madeOf = wrapper + program->source;
  for (const auto& [name, text] : program->headers) {
    madeOf += name + text;
  }
  for (const std::string& define : defines) {
    madeOf += define;
  }
  const char* shim = getenv("ZOWARMUP_EMULATOR_SHIM");
  for (const char* file : {"/shim.h", "/fibers.h"}) {
    madeOf += shim == nullptr ? "" : read(shim + std::string(file));
  }
  const Kept kept(madeOf);
  std::string library = kept.get();
  int code = 0;
  program->log.clear();
  if (library.empty()) {
    code = compile(program, wrapper, defines, &library);
    if (code == 0) {
      kept.put(library);
    }
  }
  if (code == 0) {
    const size_t size = library.size();
    program->image.assign(MAGIC, sizeof MAGIC);
    const int kind[2] = {program->architecture, program->ptx ? 1 : 0};
    program->image.append(reinterpret_cast<const char*>(kind), sizeof kind);
    program->image.append(reinterpret_cast<const char*>(&size), sizeof size);
    program->image += library;
  }
  return code == 0 ? 0 : fail(COMPILATION, "%s does not compile:\n%.800s", program->name.c_str(), program->log.c_str());
}

EMU_API int nvrtcGetProgramLogSize(void* handle, size_t* size) {
  *size = programOf(handle)->log.size() + 1;
  return 0;
}
EMU_API int nvrtcGetProgramLog(void* handle, char* log) {
  const std::string& text = programOf(handle)->log;
  memcpy(log, text.c_str(), text.size() + 1);
  return 0;
}
static int codeSize(void* handle, bool ptx, size_t* size) {
  const Program* program = programOf(handle);
  *size = program->ptx == ptx ? program->image.size() : 0;
  return *size == 0 ? fail(BAD_INPUT, "code of a kind that this compilation did not make, or of one that failed") : 0;
}
static int code(void* handle, char* image) {
  const std::string& bytes = programOf(handle)->image;
  memcpy(image, bytes.data(), bytes.size());
  return 0;
}
EMU_API int nvrtcGetCUBINSize(void* handle, size_t* size) { return codeSize(handle, false, size); }
EMU_API int nvrtcGetCUBIN(void* handle, char* image) { return code(handle, image); }
EMU_API int nvrtcGetPTXSize(void* handle, size_t* size) { return codeSize(handle, true, size); }
EMU_API int nvrtcGetPTX(void* handle, char* image) { return code(handle, image); }
