// What the emulator must refuse, each in a process of its own: strict CASE exits with 0 where it was refused as it
// should be. The case "leak" must end with the emulator's code 99.
#include <cstdio>
#include <cstring>
#include <functional>
#include <map>
#include <string>

extern "C" {
int cudaSetDevice(int);
int cudaMalloc(void**, size_t);
int cudaFree(void*);
int cudaHostAlloc(void**, size_t, unsigned);
int cudaFreeHost(void*);
int cudaMemcpyAsync(void*, const void*, size_t, int, void*);
int cudaMemsetAsync(void*, int, size_t, void*);
int cudaStreamCreateWithFlags(void**, unsigned);
int cudaStreamDestroy(void*);
int cudaStreamSynchronize(void*);
int cudaEventCreateWithFlags(void**, unsigned);
int cudaEventRecord(void*, void*);
int cudaStreamWaitEvent(void*, void*, unsigned);
int cudaStreamBeginCapture(void*, int);
int cudaStreamEndCapture(void*, void**);
int cudaGraphInstantiate(void**, void*, unsigned long long);
int cudaGraphLaunch(void*, void*);
int cudaGraphDestroy(void*);
int cudaGraphExecDestroy(void*);
int cublasCreate_v2(void**);
int cublasDestroy_v2(void*);
int cublasSetStream_v2(void*, void*);
int cublasGemmEx(void*, int, int, int, int, int, const void*, const void*, int, int, const void*, int, int, const void*,
                 void*, int, int, int, int);
int cudnnCreateTensorDescriptor(void**);
int cudnnDestroyTensorDescriptor(void*);
int cudnnSetTensor4dDescriptorEx(void*, int, int, int, int, int, int, int, int, int);
int cudnnCreate(void**);
int cudnnSetStream(void*, void*);
int cudnnCreateFilterDescriptor(void**);
int cudnnSetFilter4dDescriptor(void*, int, int, int, int, int, int);
int cudnnCreateConvolutionDescriptor(void**);
int cudnnSetConvolution2dDescriptor(void*, int, int, int, int, int, int, int, int);
int cudnnSetConvolutionMathType(void*, int);
int cudnnGetConvolutionForwardWorkspaceSize(void*, void*, void*, void*, void*, int, size_t*);
int cudnnConvolutionForward(void*, const void*, void*, const void*, void*, const void*, void*, int, void*, size_t,
                            const void*, void*, void*);
}

namespace {

constexpr int UP = 1;
constexpr int DOWN = 2;
constexpr size_t SIZE = 1000;

struct Rig {
  void* stream = nullptr;
  void* memory = nullptr;

  Rig() {
    cudaSetDevice(0);
    cudaStreamCreateWithFlags(&stream, 1);
    cudaMalloc(&memory, SIZE);
  }
  char* bytes() const { return static_cast<char*>(memory); }
};

bool doubleFree(Rig& rig) { return cudaFree(rig.memory) == 0 && cudaFree(rig.memory) != 0; }

bool useAfterFree(Rig& rig) { return cudaFree(rig.memory) == 0 && cudaMemsetAsync(rig.memory, 0, 1, rig.stream) != 0; }

bool useAfterFreeInAGraph(Rig& rig) {
  void* graph = nullptr;
  void* exec = nullptr;
  cudaStreamBeginCapture(rig.stream, 1);
  cudaMemsetAsync(rig.memory, 0, SIZE, rig.stream);
  if (cudaStreamEndCapture(rig.stream, &graph) != 0 || cudaGraphInstantiate(&exec, graph, 0) != 0) {
    return false;
  }
  const bool whole = cudaGraphLaunch(exec, rig.stream) == 0 && cudaStreamSynchronize(rig.stream) == 0;
  cudaFree(rig.memory);
  return whole && cudaGraphLaunch(exec, rig.stream) != 0;
}

bool copyOutOfRange(Rig& rig) {
  char host[SIZE + 1] = {};
  return cudaMemcpyAsync(rig.memory, host, SIZE, UP, rig.stream) == 0 &&
         cudaMemcpyAsync(rig.memory, host, SIZE + 1, UP, rig.stream) != 0 &&
         cudaMemcpyAsync(rig.bytes() + 1, host, SIZE, UP, rig.stream) != 0;
}

bool wrongDirection(Rig& rig) {
  char host[SIZE] = {};
  return cudaMemcpyAsync(rig.memory, host, SIZE, DOWN, rig.stream) != 0;
}

bool overrun(Rig& rig) {
  rig.bytes()[SIZE] = 1;  // as a kernel would that writes one element too many
  cudaMemsetAsync(rig.memory, 0, SIZE, rig.stream);
  return cudaStreamSynchronize(rig.stream) != 0;
}

bool freshMemoryIsPoisoned(Rig& rig) {
  unsigned char host[SIZE] = {};
  cudaMemcpyAsync(host, rig.memory, SIZE, DOWN, rig.stream);
  cudaStreamSynchronize(rig.stream);
  return host[0] == 0xFF && host[SIZE - 1] == 0xFF;
}

bool workRunsLate(Rig& rig) {
  char from[4] = "abc";
  char to[4] = "???";
  cudaMemcpyAsync(rig.memory, from, 4, UP, rig.stream);
  cudaMemcpyAsync(to, rig.memory, 4, DOWN, rig.stream);
  const bool nothingYet = strcmp(to, "???") == 0;
  from[0] = 'x';  // a staging buffer that is used again too early
  cudaStreamSynchronize(rig.stream);
  return nothingYet && strcmp(to, "xbc") == 0;
}

bool freeWhileQueued(Rig& rig) {
  cudaMemsetAsync(rig.memory, 0, SIZE, rig.stream);
  return cudaFree(rig.memory) != 0 && cudaStreamSynchronize(rig.stream) == 0 && cudaFree(rig.memory) == 0;
}

bool pinnedFreeWhileQueued(Rig& rig) {
  void* pinned = nullptr;
  cudaHostAlloc(&pinned, SIZE, 0);
  cudaMemcpyAsync(rig.memory, pinned, SIZE, UP, rig.stream);
  return cudaFreeHost(pinned) != 0;
}

bool allocationInACapture(Rig& rig) {
  void* graph = nullptr;
  void* more = nullptr;
  cudaStreamBeginCapture(rig.stream, 1);
  return cudaMalloc(&more, 1) != 0 && cudaStreamEndCapture(rig.stream, &graph) != 0;
}

bool synchronizationInACapture(Rig& rig) {
  cudaStreamBeginCapture(rig.stream, 1);
  return cudaStreamSynchronize(rig.stream) != 0;
}

bool hostCopyInACapture(Rig& rig) {
  char host[SIZE] = {};
  cudaStreamBeginCapture(rig.stream, 1);
  return cudaMemcpyAsync(rig.memory, host, SIZE, UP, rig.stream) != 0;
}

bool nullStream(Rig& rig) { return cudaMemsetAsync(rig.memory, 0, SIZE, nullptr) != 0; }

bool productWithoutWorkspace(Rig& rig) {
  void* handle = nullptr;
  const float one = 1;
  cublasCreate_v2(&handle);
  cublasSetStream_v2(handle, rig.stream);
  return cublasGemmEx(handle, 0, 0, 2, 2, 2, &one, rig.memory, 0, 2, rig.memory, 0, 2, &one, rig.memory, 0, 2, 68,
                      -1) != 0;
}

bool stridesOfAnotherLayout(Rig&) {
  void* tensor = nullptr;
  cudnnCreateTensorDescriptor(&tensor);
  return cudnnSetTensor4dDescriptorEx(tensor, 0, 2, 3, 4, 5, 60, 1, 15, 3) == 0 &&
         cudnnSetTensor4dDescriptorEx(tensor, 0, 2, 3, 4, 5, 60, 20, 5, 1) != 0;
}

// A convolution in bf16, 4 x 4 pixels, 8 channels to 8.
struct Convolution {
  void *handle, *x, *y, *w, *conv;
  void* memory[4];

  explicit Convolution(Rig& rig) {
    cudnnCreate(&handle);
    cudnnSetStream(handle, rig.stream);
    for (void** tensor : {&x, &y}) {
      cudnnCreateTensorDescriptor(tensor);
      cudnnSetTensor4dDescriptorEx(*tensor, 9, 1, 8, 4, 4, 128, 1, 32, 8);
    }
    cudnnCreateFilterDescriptor(&w);
    cudnnSetFilter4dDescriptor(w, 9, 1, 8, 8, 1, 1);
    cudnnCreateConvolutionDescriptor(&conv);
    cudnnSetConvolution2dDescriptor(conv, 0, 0, 1, 1, 1, 1, 1, 0);
    for (void*& one : memory) {
      cudaMalloc(&one, 4096);
    }
  }
  size_t workspace(int math) const {
    size_t bytes = 0;
    cudnnSetConvolutionMathType(conv, math);
    return cudnnGetConvolutionForwardWorkspaceSize(handle, x, w, conv, y, 1, &bytes) == 0 ? bytes : 0;
  }
  int run(int algorithm, size_t bytes) const {
    const float one = 1, zero = 0;
    return cudnnConvolutionForward(handle, &one, x, memory[0], w, memory[1], conv, algorithm, memory[2], bytes, &zero,
                                   y, memory[3]);
  }
};

bool workspaceOfAnotherMathType(Rig& rig) {
  const Convolution layer(rig);
  const size_t small = layer.workspace(0);
  const size_t large = layer.workspace(1);
  return small > 0 && small < large && layer.run(1, large) == 0 && layer.run(1, small) != 0;
}

bool firstCallInACapture(Rig& rig) {
  const Convolution layer(rig);
  const size_t bytes = layer.workspace(1);
  cudaStreamBeginCapture(rig.stream, 1);
  return bytes > 0 && layer.run(1, bytes) != 0;
}

// Work of another stream that joins the capture after what is on this one.
struct Branch {
  void* stream = nullptr;
  void* event = nullptr;

  explicit Branch(Rig& rig) {
    cudaStreamCreateWithFlags(&stream, 1);
    cudaEventCreateWithFlags(&event, 2);
    cudaStreamBeginCapture(rig.stream, 1);
    cudaMemsetAsync(rig.memory, 1, 2, rig.stream);
    cudaEventRecord(event, rig.stream);
    cudaStreamWaitEvent(stream, event, 0);
  }
};

bool branchThatIsNotAwaited(Rig& rig) {
  Branch branch(rig);
  void* graph = nullptr;
  cudaMemsetAsync(rig.memory, 2, 1, branch.stream);
  return cudaStreamEndCapture(rig.stream, &graph) == 904;
}

// Byte 0 is written by both branches: the emulator shows another order than the host's.
bool branchesThatRace(Rig& rig) {
  Branch branch(rig);
  void* graph = nullptr;
  void* exec = nullptr;
  char bytes[2] = {};
  cudaMemsetAsync(rig.memory, 3, 1, branch.stream);
  cudaMemsetAsync(rig.memory, 2, 1, branch.stream);
  cudaMemsetAsync(rig.memory, 4, 1, rig.stream);
  cudaEventRecord(branch.event, branch.stream);
  cudaStreamWaitEvent(rig.stream, branch.event, 0);
  if (cudaStreamEndCapture(rig.stream, &graph) != 0 || cudaGraphInstantiate(&exec, graph, 0) != 0) {
    return false;
  }
  cudaGraphLaunch(exec, rig.stream);
  cudaMemcpyAsync(bytes, rig.memory, 2, DOWN, rig.stream);
  return cudaStreamSynchronize(rig.stream) == 0 && bytes[0] == 2 && bytes[1] == 1;
}

bool algorithmThatDoesNotRun(Rig& rig) {
  const Convolution layer(rig);
  return layer.workspace(1) > 0 && layer.run(5, 4096) == 3000;
}

}  // namespace

int main(int count, char** words) {
  const std::map<std::string, std::function<bool(Rig&)>> cases = {
      {"doubleFree", doubleFree},
      {"useAfterFree", useAfterFree},
      {"useAfterFreeInAGraph", useAfterFreeInAGraph},
      {"copyOutOfRange", copyOutOfRange},
      {"wrongDirection", wrongDirection},
      {"overrun", overrun},
      {"freshMemoryIsPoisoned", freshMemoryIsPoisoned},
      {"workRunsLate", workRunsLate},
      {"freeWhileQueued", freeWhileQueued},
      {"pinnedFreeWhileQueued", pinnedFreeWhileQueued},
      {"allocationInACapture", allocationInACapture},
      {"synchronizationInACapture", synchronizationInACapture},
      {"hostCopyInACapture", hostCopyInACapture},
      {"nullStream", nullStream},
      {"productWithoutWorkspace", productWithoutWorkspace},
      {"stridesOfAnotherLayout", stridesOfAnotherLayout},
      {"workspaceOfAnotherMathType", workspaceOfAnotherMathType},
      {"firstCallInACapture", firstCallInACapture},
      {"branchThatIsNotAwaited", branchThatIsNotAwaited},
      {"branchesThatRace", branchesThatRace},
      {"algorithmThatDoesNotRun", algorithmThatDoesNotRun},
  };
  if (count == 2 && std::string(words[1]) == "noDevice") {
    void* memory = nullptr;
    return cudaMalloc(&memory, 1) != 0 ? 0 : 1;
  }
  Rig rig;
  if (count == 2 && std::string(words[1]) == "leak") {
    return 0;
  }
  const auto found = count == 2 ? cases.find(words[1]) : cases.end();
  if (found == cases.end()) {
    fprintf(stderr, "strict: no such case\n");
    return 2;
  }
  return found->second(rig) ? 0 : 1;
}
