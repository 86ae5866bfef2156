// Runs a grid of CUDA threads on the calling thread, block after block. Test scope only. A CUDA thread lives on a
// fiber; it leaves it only to wait at a barrier or a shuffle, so a kernel without either costs no switch. Wrong use is
// an error with a message: a barrier that not all threads reach, a shuffle whose partners never come.
#ifndef ZOWARMUP_SHIM_FIBERS_H
#define ZOWARMUP_SHIM_FIBERS_H

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

#if !defined(__x86_64__)
#error "the shim switches stacks in x86-64 assembly"
#endif

namespace shim {

struct Dim3 {
  unsigned x, y, z;
};

constexpr int WARP = 32;
constexpr size_t STACK_BYTES = size_t{128} << 10;
constexpr unsigned char POISON = 0xA5;

// Leaves the stack at hand with its top in *save and continues at `load`; the compiler keeps what it needs of the
// registers, but for rbp. A jump within the caller and no call with a return: the processor would foresee the return to
// where it was called from, and be wrong at every switch. 128: the red zone below the stack's top.
__attribute__((always_inline)) inline void switchStack(void** save, void* load) {
  asm volatile(
      "leaq -128(%%rsp), %%rsp\n leaq 1f(%%rip), %%rax\n pushq %%rax\n pushq %%rbp\n"
      "movq %%rsp, (%0)\n movq %1, %%rsp\n"
      "popq %%rbp\n popq %%rax\n jmpq *%%rax\n"
      "1: leaq 128(%%rsp), %%rsp\n"
      : "+D"(save), "+S"(load)
      :
      : "rax", "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "xmm0", "xmm1", "xmm2",
        "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15",
        "cc", "memory");
}

enum class State { NOT_STARTED, READY, AT_BARRIER, AT_SHUFFLE, DONE };

struct Thread {
  State state = State::NOT_STARTED;
  int line = 0;  // of the barrier or shuffle it waits at
  int fiber = -1;
};

struct Warp {
  unsigned arrived = 0;
  unsigned mask = 0;
  int line = 0;
  uint64_t values[WARP];
  uint64_t results[WARP];
};

typedef std::unique_ptr<char[]> Stack;

// Stacks that no launch uses, kept because a launch wants hundreds.
inline thread_local std::vector<Stack> spareStacks;

struct Fiber {
  Stack stack;
  void* top = nullptr;

  Fiber() {
    if (spareStacks.empty()) {
      stack.reset(new char[STACK_BYTES]);
    } else {
      stack = std::move(spareStacks.back());
      spareStacks.pop_back();
    }
  }
  Fiber(Fiber&&) = default;
  ~Fiber() {
    if (stack != nullptr) {
      spareStacks.push_back(std::move(stack));
    }
  }
};

class Runner;
inline thread_local Runner* current = nullptr;

class Runner {
 public:
  Dim3 gridDim, blockDim, blockIdx, threadIdx;

  // Each thread is body(arguments).
  Runner(Dim3 grid, Dim3 block, size_t sharedBytes, void (*body)(void**), void** arguments)
      : gridDim(grid), blockDim(block), body_(body), arguments_(arguments), sharedBytes_(sharedBytes) {
    threads_.resize(size_t{block.x} * block.y * block.z);
    warps_.resize((threads_.size() + WARP - 1) / WARP);
    const char* order = std::getenv("SHIM_ORDER");
    order_ = order == nullptr ? 0 : std::atoi(order);
  }

  // Empty, or what was wrong.
  const char* run() {
    Runner* const outer = current;
    current = this;
    for (unsigned z = 0; z < gridDim.z && !failed(); z++) {
      for (unsigned y = 0; y < gridDim.y && !failed(); y++) {
        for (unsigned x = 0; x < gridDim.x && !failed(); x++) {
          blockIdx = Dim3{x, y, z};
          runBlock();
        }
      }
    }
    current = outer;
    return error_;
  }

  unsigned char* dynamicShared() { return shared_.get(); }

  int lane() const { return static_cast<int>(at_ % WARP); }

  void barrier(int line) {
    threads_[at_].state = State::AT_BARRIER;
    threads_[at_].line = line;
    waiting_++;
    leave();
  }

  // This thread of the warp gives `bits`; returns what thread source(lane) gave once all of the mask have come.
  uint64_t shuffle(unsigned mask, uint64_t bits, int line, int source) {
    Warp& warp = warps_[at_ / WARP];
    const unsigned lane = at_ % WARP;
    if (warp.arrived != 0 && (warp.mask != mask || warp.line != line)) {
      fail("threads of one warp meet at different shuffles or masks", line);
    }
    if ((mask >> lane & 1u) == 0) {
      fail("a thread is not in the mask that it gives", line);
    }
    warp.mask = mask;
    warp.line = line;
    warp.values[lane] = bits;
    warp.arrived |= 1u << lane;
    if (warp.arrived == mask) {
      std::memcpy(warp.results, warp.values, sizeof warp.results);
      warp.arrived = 0;
      for (size_t t = at_ / WARP * WARP; t < threads_.size() && t < (at_ / WARP + 1) * WARP; t++) {
        if (threads_[t].state == State::AT_SHUFFLE) {
          threads_[t].state = State::READY;
        }
      }
    } else {
      threads_[at_].state = State::AT_SHUFFLE;
      threads_[at_].line = line;
      leave();
    }
    if (source < 0 || source >= WARP || (mask >> source & 1u) == 0) {
      fail("a shuffle reads a thread that is not in the mask", line);
    }
    return warp.results[source];
  }

  [[noreturn]] void fail(const char* what, int line) {
    std::snprintf(error_, sizeof error_, "%s (line %d, block %u,%u,%u, thread %u,%u,%u)", what, line, blockIdx.x,
                  blockIdx.y, blockIdx.z, threadIdx.x, threadIdx.y, threadIdx.z);
    leave();
    std::abort();  // no one comes back to a failed block
  }

 private:
  bool failed() const { return error_[0] != 0; }

  void runBlock() {
    for (Thread& thread : threads_) {
      thread = Thread{};
    }
    for (Warp& warp : warps_) {
      warp = Warp{};
    }
    waiting_ = 0;
    started_ = 0;
    done_ = 0;
    idle_.clear();
    for (size_t f = 0; f < fibers_.size(); f++) {
      prepare(static_cast<int>(f));
      idle_.push_back(static_cast<int>(f));
    }
    shared_.reset(new unsigned char[sharedBytes_]);
    std::memset(shared_.get(), POISON, sharedBytes_);
    while (!failed() && done_ < threads_.size()) {
      if (!step() && !failed()) {
        stuck();
      }
    }
    shared_.reset();
  }

  // One pass over the threads that can continue; false if there were none.
  bool step() {
    bool moved = false;
    if (started_ < threads_.size()) {
      enterIdleFiber();
      return true;
    }
    if (waiting_ == threads_.size()) {
      releaseBarrier();
    }
    for (size_t i = 0; i < threads_.size() && !failed();) {
      const size_t t = inOrder(i);
      if (threads_[t].state != State::READY) {
        i++;
        continue;
      }
      if (i + 1 < threads_.size()) {
        prefetch(fibers_[threads_[inOrder(i + 1)].fiber]);
      }
      setThread(t);
      enter(threads_[t].fiber);
      moved = true;
      // ascending order goes round; the others let a warp run ahead of the rest as far as it can, so that a barrier
      // that is missing between two of its steps shows
      i = order_ == 0 ? i + 1 : (order_ == 1 ? i / WARP * WARP : 0);
    }
    return moved;
  }

  void releaseBarrier() {
    for (Thread& thread : threads_) {
      if (thread.line != threads_[0].line) {
        std::snprintf(error_, sizeof error_, "threads of block %u,%u,%u wait at different barriers: lines %d and %d",
                      blockIdx.x, blockIdx.y, blockIdx.z, threads_[0].line, thread.line);
        return;
      }
      thread.state = State::READY;
    }
    waiting_ = 0;
  }

  void stuck() {
    size_t barrier = 0, shuffle = 0;
    int line = 0;
    for (const Thread& thread : threads_) {
      barrier += thread.state == State::AT_BARRIER;
      shuffle += thread.state == State::AT_SHUFFLE;
      line = thread.state == State::DONE ? line : thread.line;
    }
    std::snprintf(error_, sizeof error_,
                  "block %u,%u,%u cannot continue: %zu threads at a barrier, %zu at a shuffle, %zu of %zu have ended "
                  "(line %d)",
                  blockIdx.x, blockIdx.y, blockIdx.z, barrier, shuffle, done_, threads_.size(), line);
  }

  size_t inOrder(size_t i) const {
    const size_t n = threads_.size();
    if (order_ == 1) {
      return n - 1 - i;
    }
    if (order_ == 2) {  // 769 is prime and no block is as large: a permutation
      return n % 769 == 0 ? i : (i * 769 + 5) % n;
    }
    return i;
  }

  // What a thread needs first when it is entered: to wait for that is a quarter of a reduction's time.
  static void prefetch(const Fiber& fiber) {
    const char* const top = static_cast<const char*>(fiber.top);
    __builtin_prefetch(top);
    __builtin_prefetch(top + 128);
    __builtin_prefetch(top + 192);
  }

  void setThread(size_t t) {
    at_ = t;
    const unsigned i = static_cast<unsigned>(t);
    threadIdx = Dim3{i % blockDim.x, i / blockDim.x % blockDim.y, i / blockDim.x / blockDim.y};
  }

  void enterIdleFiber() {
    if (idle_.empty()) {
      fibers_.emplace_back();
      idle_.push_back(static_cast<int>(fibers_.size()) - 1);
      prepare(idle_.back());
    }
    const int fiber = idle_.back();
    idle_.pop_back();
    enter(fiber);
  }

  // A fresh stack whose first switch goes to fiberMain.
  void prepare(int fiber) {
    char* const end = fibers_[fiber].stack.get() + STACK_BYTES;
    void** top = reinterpret_cast<void**>(reinterpret_cast<uintptr_t>(end) & ~uintptr_t{15});
    *--top = nullptr;  // fiberMain's return address: it never returns; keeps the stack aligned as after a call
    *--top = reinterpret_cast<void*>(&Runner::fiberMain);
    *--top = nullptr;  // rbp
    fibers_[fiber].top = top;
  }

  static void fiberMain() {
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(nullptr, &current->hostBottom_, &current->hostSize_);
#endif
    for (;;) {
      Runner* const runner = current;
      const int fiber = runner->inHand_;
      while (runner->started_ < runner->threads_.size()) {
        const size_t t = runner->inOrder(runner->started_++);
        runner->threads_[t].fiber = fiber;
        runner->setThread(t);
        runner->body_(runner->arguments_);
        runner->threads_[runner->at_].state = State::DONE;
        runner->done_++;
      }
      runner->leave();
    }
  }

  void enter(int fiber) {
    inHand_ = fiber;
#if defined(__SANITIZE_ADDRESS__)
    void* fake = nullptr;
    __sanitizer_start_switch_fiber(&fake, fibers_[fiber].stack.get(), STACK_BYTES);
#endif
    switchStack(&hostTop_, fibers_[fiber].top);
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(fake, nullptr, nullptr);
#endif
  }

  void leave() {
    const int fiber = inHand_;
#if defined(__SANITIZE_ADDRESS__)
    void* fake = nullptr;
    __sanitizer_start_switch_fiber(&fake, hostBottom_, hostSize_);
#endif
    switchStack(&fibers_[fiber].top, hostTop_);
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(fake, nullptr, nullptr);
#endif
  }

  void (*body_)(void**);
  void** arguments_;
  size_t sharedBytes_;
  std::unique_ptr<unsigned char[]> shared_;
  std::vector<Thread> threads_;
  std::vector<Warp> warps_;
  std::vector<Fiber> fibers_;
  std::vector<int> idle_;
  char error_[256] = "";
  size_t at_ = 0, waiting_ = 0, started_ = 0, done_ = 0;
  int inHand_ = 0;
  int order_ = 0;
  void* hostTop_ = nullptr;
  const void* hostBottom_ = nullptr;
  size_t hostSize_ = 0;
};

}  // namespace shim

#endif  // ZOWARMUP_SHIM_FIBERS_H
