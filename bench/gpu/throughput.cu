// How near the flat-vector kernels come to the GPU's memory: perturbPair beside a plain copy, accumulateSeeds over 150
// terms, both on d = 11.2 million parameters laid out as one tensor.
//   nvcc -std=c++17 -Ikernels/src bench/gpu/throughput.cu -o throughput && ./throughput > throughput.json
// Times are medians of 200 launches, by events, after 20 that warm up. Between launches 256 MB are written, so that
// nothing is found in cache; the time of that is not counted.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <vector>

#include "accumulate_seeds.cu"
#include "perturb_pair.cu"

static void check(cudaError_t code, const char* what) {
  if (code != cudaSuccess) {
    std::fprintf(stderr, "throughput: %s: %s\n", what, cudaGetErrorString(code));
    std::exit(1);
  }
}

template <typename T>
static T* allocate(size_t count) {
  void* memory = nullptr;
  check(cudaMalloc(&memory, count * sizeof(T)), "cudaMalloc");
  check(cudaMemset(memory, 0, count * sizeof(T)), "cudaMemset");
  return static_cast<T*>(memory);
}

template <typename T>
static T* uploaded(const std::vector<T>& values) {
  T* const memory = allocate<T>(values.size());
  check(cudaMemcpy(memory, values.data(), values.size() * sizeof(T), cudaMemcpyHostToDevice), "cudaMemcpy");
  return memory;
}

static unsigned char* flusher;
static const size_t FLUSH_BYTES = size_t{256} << 20;

struct Times {
  double median, least, greatest;
};

// Microseconds.
static Times measure(const std::function<void()>& work) {
  const int warmups = 20, launches = 200;
  std::vector<double> times;
  cudaEvent_t start, stop;
  check(cudaEventCreate(&start), "cudaEventCreate");
  check(cudaEventCreate(&stop), "cudaEventCreate");
  for (int i = 0; i < warmups + launches; i++) {
    check(cudaMemsetAsync(flusher, i & 1, FLUSH_BYTES), "cudaMemsetAsync");
    check(cudaEventRecord(start), "cudaEventRecord");
    work();
    check(cudaEventRecord(stop), "cudaEventRecord");
    check(cudaGetLastError(), "launch");
    check(cudaEventSynchronize(stop), "cudaEventSynchronize");
    float milliseconds = 0;
    check(cudaEventElapsedTime(&milliseconds, start, stop), "cudaEventElapsedTime");
    if (i >= warmups) {
      times.push_back(1000.0 * milliseconds);
    }
  }
  std::sort(times.begin(), times.end());
  return Times{times[times.size() / 2], times.front(), times.back()};
}

// One line of JSON; bytes 0: no bandwidth.
static void report(const char* name, const Times& t, double bytes, double copyRate, double goalMicroseconds) {
  std::printf("{\"name\": \"%s\", \"median_us\": %.2f, \"least_us\": %.2f, \"greatest_us\": %.2f", name, t.median,
              t.least, t.greatest);
  if (bytes > 0) {
    const double rate = bytes / t.median / 1e3;  // GB/s
    std::printf(", \"gb_per_s\": %.1f, \"of_copy\": %.3f", rate, copyRate > 0 ? rate / copyRate : 1.0);
  }
  if (goalMicroseconds > 0) {
    std::printf(", \"goal_us\": %.0f, \"met\": %s", goalMicroseconds, t.median < goalMicroseconds ? "true" : "false");
  }
  std::printf("}\n");
}

static void perturb(const char* name,
                    void (*kernel)(const float*, unsigned char*, unsigned char*, const Segment*, const int*, long long,
                                   const Job*, const int*, unsigned long long, float),
                    int kind, long long blocks, double copyRate) {
  const long long d = blocks * BLOCK_ELEMENTS;
  const int bytes = kind == SEGMENT_BF16 ? 2 : 4;
  float* const w = allocate<float>(d);
  unsigned char* const plus = allocate<unsigned char>(d * bytes);
  unsigned char* const minus = allocate<unsigned char>(d * bytes);
  const Segment* const segments = uploaded(std::vector<Segment>{{0, d, 0, kind, 1, 1, {0, 0, 0}}});
  const int* const owners = allocate<int>(blocks);
  const unsigned grid = static_cast<unsigned>((blocks + 63) / 64);
  report(name, measure([&] {
           kernel<<<grid, 256>>>(w, plus, minus, segments, owners, blocks, nullptr, nullptr, 12345, 1e-3f);
         }),
         static_cast<double>(d) * (4 + 2 * bytes), copyRate, 0);
}

int main() {
  const long long blocks = 87310;  // ResNet18: 11,173,962 parameters
  const long long d = blocks * BLOCK_ELEMENTS;
  flusher = allocate<unsigned char>(FLUSH_BYTES);
  float* const from = allocate<float>(d);
  float* const to = allocate<float>(d);
  const double copied = 2.0 * 4.0 * static_cast<double>(d);
  const Times copy = measure(
      [&] { check(cudaMemcpyAsync(to, from, d * sizeof(float), cudaMemcpyDeviceToDevice), "cudaMemcpyAsync"); });
  const double copyRate = copied / copy.median / 1e3;
  report("copy", copy, copied, 0, 0);
  perturb("perturbRademacher fp32", perturbRademacher, 0, blocks, copyRate);
  perturb("perturbRademacher bf16", perturbRademacher, SEGMENT_BF16, blocks, copyRate);
  perturb("perturbGaussian fp32", perturbGaussian, 0, blocks, copyRate);
  perturb("perturbGaussian bf16", perturbGaussian, SEGMENT_BF16, blocks, copyRate);
  const int terms = 150;
  std::vector<unsigned long long> seeds;
  std::vector<float> coefficients;
  for (int k = 0; k < terms; k++) {
    seeds.push_back(0x9E3779B97F4A7C15ull * (k + 1));
    coefficients.push_back(1e-4f * static_cast<float>(k - 70));
  }
  const Segment* const segments = uploaded(std::vector<Segment>{{0, d, 0, 0, 1, 1, {0, 0, 0}}});
  const int* const owners = allocate<int>(blocks);
  const unsigned long long* const seedList = uploaded(seeds);
  const float* const coefficientList = uploaded(coefficients);
  report("accumulateRademacher, 150 terms", measure([&] {
           accumulateRademacher<<<static_cast<unsigned>((blocks + 63) / 64), 256>>>(
               to, to, 1.0f, segments, owners, blocks, seedList, coefficientList, terms, nullptr, nullptr);
         }),
         0, 0, 250);
  report("accumulateGaussian, 150 terms", measure([&] {
           accumulateGaussian<<<static_cast<unsigned>((blocks + 7) / 8), 256>>>(
               to, to, 1.0f, segments, owners, blocks, seedList, coefficientList, terms, nullptr, nullptr);
         }),
         0, 0, 0);
  return 0;
}
