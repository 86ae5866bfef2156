// Opens a library of MPI and the shim that was compiled against its mpi.h (zowarmup_mpi.c), and calls it. No mpi.h
// here, and no MPI at link time.
#ifndef ZOWARMUP_MPI_LOADER_H
#define ZOWARMUP_MPI_LOADER_H

#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>

#include <string>

namespace zowarmup_mpi {

#define ZOWARMUP_MPI_FUNCTIONS(F)                                                                           \
  F(init, int, (double patience, int* threads), (patience, threads))                                        \
  F(rank, int, (), ())                                                                                      \
  F(size, int, (), ())                                                                                      \
  F(node, int, (int* localRank, int* localSize), (localRank, localSize))                                    \
  F(version, int, (char* out, int capacity), (out, capacity))                                               \
  F(error, int, (int code, char* out, int capacity), (code, out, capacity))                                 \
  F(gather, int, (const void* in, int bytes, void* out, const int* counts, const int* places),              \
    (in, bytes, out, counts, places))                                                                       \
  F(scatter, int, (const float* in, const int* counts, const int* places, float* out, int count, int root), \
    (in, counts, places, out, count, root))                                                                 \
  F(join, int, (const float* in, int count, float* out, const int* counts, const int* places),              \
    (in, count, out, counts, places))                                                                       \
  F(is_missing, int, (int rank), (rank))                                                                    \
  F(waiting, double, (), ())                                                                                \
  F(end, int, (int64_t own, int64_t * all, double seconds), (own, all, seconds))                            \
  F(abort, int, (int code), (code))                                                                         \
  F(finalize, int, (), ())

#define ZOWARMUP_MPI_DEFINE(name, result, parameters, arguments) \
  inline result(*shim_##name) parameters = nullptr;              \
  inline result name parameters { return shim_##name arguments; }
ZOWARMUP_MPI_FUNCTIONS(ZOWARMUP_MPI_DEFINE)
#undef ZOWARMUP_MPI_DEFINE

inline std::string failure;

inline const char* why() { return failure.c_str(); }

// UCX and PSM put handlers of SIGSEGV over the JVM's, which needs its own for null checks and safepoints; they read
// these when they are loaded, so before the first library of MPI is.
inline void leaveSignalsToJava() {
  setenv("UCX_ERROR_SIGNALS", "", 0);
  setenv("IPATH_NO_BACKTRACE", "1", 0);
  setenv("HFI_NO_BACKTRACE", "1", 0);
}

// What a library of MPI is binary compatible with: 1 Open MPI, 2 MPICH, 3 the standard ABI of MPI 5, 0 where it cannot
// be opened or is something else. A shim of another kind would load, and crash.
inline int kindOf(const char* library) {
  leaveSignalsToJava();
  void* mpi = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  if (mpi == nullptr) {
    failure = dlerror();
    return 0;
  }
  if (dlsym(mpi, "MPI_Init_thread") == nullptr) {
    failure = std::string(library) + " has no MPI_Init_thread";
    return 0;
  }
  if (dlsym(mpi, "ompi_mpi_comm_world") != nullptr) {
    return 1;
  }
  return dlsym(mpi, "MPI_Abi_get_version") != nullptr && std::string(library).find("mpi_abi") != std::string::npos ? 3
                                                                                                                   : 2;
}

// Opens the library for all to see, since the shim names none, then the shim.
inline bool open(const char* libraryOrNull, const char* shim) {
  leaveSignalsToJava();
  if (libraryOrNull != nullptr && dlopen(libraryOrNull, RTLD_NOW | RTLD_GLOBAL) == nullptr) {
    failure = dlerror();
    return false;
  }
  void* opened = dlopen(shim, RTLD_NOW | RTLD_LOCAL);
  if (opened == nullptr) {
    failure = dlerror();
    return false;
  }
#define ZOWARMUP_MPI_FIND(name, result, parameters, arguments)                          \
  shim_##name = reinterpret_cast<result(*) parameters>(dlsym(opened, "zw_mpi_" #name)); \
  if (shim_##name == nullptr) {                                                         \
    failure = std::string(shim) + " lacks zw_mpi_" #name "; it is of another version";  \
    return false;                                                                       \
  }
  ZOWARMUP_MPI_FUNCTIONS(ZOWARMUP_MPI_FIND)
#undef ZOWARMUP_MPI_FIND
  return true;
}

}  // namespace zowarmup_mpi

#endif  // ZOWARMUP_MPI_LOADER_H
