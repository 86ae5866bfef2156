/* All that ZOWarmUp asks of MPI, compiled against the mpi.h of each library:
 *   mpicc -O2 -shared -fPIC -fvisibility=hidden -o libzowarmup_mpi.so zowarmup_mpi.c
 * No type or constant of MPI leaves this file, so the JNI library is built once, without any MPI, and opens this one
 * by dlopen. Every function that returns int returns MPI's code, 0 for success, or ZW_MISSING. One thread calls. */
#include <mpi.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#define API __attribute__((visibility("default")))
enum { ZW_MISSING = -1 }; /* no code of MPI is negative */
enum { MAX_TAG = 32767 }; /* the least that MPI grants */

static MPI_Comm work;   /* collectives of the run */
static MPI_Comm ending; /* what a rank says that may not take part in those any more */
static int rank, size;
static double patience = 1e9;
static uint32_t calls;
static char missing[1 << 16];
static volatile double waitingSince; /* read by another thread of Java, for a message */

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec * 1e-9;
}

/* A library polls for ever, at the cost of the lanes of other ranks: some turns at full speed, then naps that grow with
 * the wait, to a tenth of it and 2 ms at most. */
static void nap(double waited) {
  double seconds = waited / 10;
  struct timespec pause = {0, seconds < 20e-6 ? 20000 : seconds > 2e-3 ? 2000000 : (long)(seconds * 1e9)};
  nanosleep(&pause, NULL);
}

/* All that wait tell each other that they are here; who says nothing for some seconds more is missing. */
static int callTheRoll(MPI_Request* request, double start) {
  static const double ANSWER_SECONDS = 3;
  int tag = (int)(calls % MAX_TAG), done = 0, here, r, e = 0;
  MPI_Request sent;
  memset(missing, 1, sizeof missing);
  missing[rank] = 0;
  for (r = 0; r < size && !e; r++) {
    if (r != rank) {
      e = MPI_Isend(NULL, 0, MPI_BYTE, r, tag, ending, &sent);
      if (!e) e = MPI_Request_free(&sent);
    }
  }
  for (double asked = now(); !e && now() - asked < ANSWER_SECONDS; nap(now() - start)) {
    e = MPI_Test(request, &done, MPI_STATUS_IGNORE);
    if (e || done) return e; /* the last has come after all */
    MPI_Status status;
    e = MPI_Iprobe(MPI_ANY_SOURCE, tag, ending, &here, &status);
    if (!e && here) {
      e = MPI_Recv(NULL, 0, MPI_BYTE, status.MPI_SOURCE, tag, ending, MPI_STATUS_IGNORE);
      missing[status.MPI_SOURCE] = 0;
    }
  }
  return e ? e : ZW_MISSING;
}

static int waitFor(MPI_Request* request) {
  int done = 0, turn, e = 0;
  double start = 0;
  for (turn = 0; !e && !done; turn++) {
    e = MPI_Test(request, &done, MPI_STATUS_IGNORE);
    if (e || done) break;
    if (turn == 200) waitingSince = start = now();
    if (turn > 200) {
      nap(now() - start);
      if (now() - start > patience) {
        e = callTheRoll(request, start);
        break;
      }
    }
  }
  waitingSince = 0;
  calls++;
  return e;
}

API int zw_mpi_init(double patienceSeconds, int* threads) {
  int done, e, got;
  MPI_Initialized(&done);
  if (!done && (e = MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &got))) return e;
  if ((e = MPI_Query_thread(&got))) return e;
  *threads = got == MPI_THREAD_MULTIPLE || got == MPI_THREAD_SERIALIZED ? 2 : got == MPI_THREAD_FUNNELED ? 1 : 0;
  patience = patienceSeconds;
  /* a failure inside MPI comes back as a code, so that Java can say what it was doing */
  if ((e = MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN))) return e;
  if ((e = MPI_Comm_dup(MPI_COMM_WORLD, &work)) || (e = MPI_Comm_dup(MPI_COMM_WORLD, &ending))) return e;
  if ((e = MPI_Comm_set_errhandler(work, MPI_ERRORS_RETURN))) return e;
  if ((e = MPI_Comm_set_errhandler(ending, MPI_ERRORS_RETURN))) return e;
  if ((e = MPI_Comm_rank(work, &rank))) return e;
  if ((e = MPI_Comm_size(work, &size))) return e;
  return size > (int)sizeof missing ? MPI_ERR_OTHER : 0;
}

API int zw_mpi_rank(void) { return rank; }
API int zw_mpi_size(void) { return size; }

/* Rank among those that share this node's memory, and their number. */
API int zw_mpi_node(int* localRank, int* localSize) {
  MPI_Comm node;
  int e = MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node);
  if (!e) e = MPI_Comm_rank(node, localRank);
  if (!e) e = MPI_Comm_size(node, localSize);
  return e ? e : MPI_Comm_free(&node);
}

static void copyText(char* out, int capacity, const char* text) {
  strncpy(out, text, capacity - 1);
  out[capacity - 1] = 0;
}

API int zw_mpi_version(char* out, int capacity) {
  char text[MPI_MAX_LIBRARY_VERSION_STRING] = "";
  int n, e = MPI_Get_library_version(text, &n);
  copyText(out, capacity, text);
  return e;
}

API int zw_mpi_error(int code, char* out, int capacity) {
  char text[MPI_MAX_ERROR_STRING] = "";
  int n, e = MPI_Error_string(code, text, &n);
  copyText(out, capacity, text);
  return e;
}

API int zw_mpi_gather(const void* in, int bytes, void* out, const int* counts, const int* places) {
  MPI_Request r;
  int e = MPI_Iallgatherv(in, bytes, MPI_BYTE, out, counts, places, MPI_BYTE, work, &r);
  return e ? e : waitFor(&r);
}

/* In units of float: 2^31 of them are 8 GiB. */
API int zw_mpi_scatter(const float* in, const int* counts, const int* places, float* out, int count, int root) {
  MPI_Request r;
  int e = MPI_Iscatterv(in, counts, places, MPI_FLOAT, out, count, MPI_FLOAT, root, work, &r);
  return e ? e : waitFor(&r);
}

API int zw_mpi_join(const float* in, int count, float* out, const int* counts, const int* places) {
  MPI_Request r;
  int e = MPI_Iallgatherv(in, count, MPI_FLOAT, out, counts, places, MPI_FLOAT, work, &r);
  return e ? e : waitFor(&r);
}

/* Whether a rank failed to come to the last call that returned ZW_MISSING. */
API int zw_mpi_is_missing(int r) { return missing[r]; }

/* Seconds that the calling thread has been waiting for others; 0 where it does not wait. */
API double zw_mpi_waiting(void) {
  double since = waitingSince;
  return since == 0 ? 0 : now() - since;
}

/* Every rank that ends says with which words; the values of all where all of them come within the time, else
 * ZW_MISSING. It does not meet the collectives that others may still be in. */
API int zw_mpi_end(int64_t own, int64_t* all, double seconds) {
  MPI_Request r;
  int done = 0, e = MPI_Iallgather(&own, 1, MPI_INT64_T, all, 1, MPI_INT64_T, ending, &r);
  for (double start = now(); !e && !done;) {
    e = MPI_Test(&r, &done, MPI_STATUS_IGNORE);
    if (!e && !done) {
      if (now() - start > seconds) return ZW_MISSING;
      nap(now() - start);
    }
  }
  return e;
}

API int zw_mpi_abort(int code) { return MPI_Abort(MPI_COMM_WORLD, code); }

API int zw_mpi_finalize(void) {
  int done, e = MPI_Finalized(&done);
  return e || done ? e : MPI_Finalize();
}
