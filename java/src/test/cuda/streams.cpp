// Streams, events, capture and graphs of the emulator.
#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <set>

#include "emulator.h"

namespace emulator {

namespace {

struct Event;

struct Stream;

struct Graph {
  std::vector<Work> work;
};

// What a stream has captured between two waits of its capture: works of one epoch on different streams have no order.
struct Captured {
  int epoch;
  Stream* stream;
  Work work;
};

struct Stream {
  int device;
  std::deque<Work> queue;
  double us = 0;  // passed on it
  bool capturing = false;
  bool invalidated = false;
  Stream* origin = nullptr;        // where the capture that it belongs to began
  std::vector<Captured> captured;  // of the origin: all that its capture holds
  std::vector<Stream*> joined;     // of the origin: other streams that belong to its capture
  int epoch = 0;                   // of the origin
  size_t pieces = 0;               // that this stream has added to the capture
  size_t awaited = 0;              // of them, those that another stream has waited for
};

struct Event {
  Stream* stream = nullptr;  // where it was last recorded
  uint64_t recorded = 0;     // how often
  uint64_t reached = 0;      // how often the stream has come past
  Stream* origin = nullptr;  // of the capture that it was recorded in, if any
  size_t pieces = 0;         // that its stream had added to the capture by then
  double when = 0;           // us of its stream then
};

struct Capture {
  std::map<Stream*, int> modes;  // streams that capture, of this thread
};

thread_local Capture capture;
int globalCaptures = 0;  // captures in global mode, of any thread
int sticky = SUCCESS;    // a failure of queued work stays: the context is lost
std::vector<Stream*>& streams() {
  static auto* it = new std::vector<Stream*>();
  return *it;
}

Stream* streamOf(void* handle) { return isAlive("stream", handle) ? static_cast<Stream*>(handle) : nullptr; }

int check(const Stream* stream, const Work& work) {
  for (const void* pointer : work.pointers) {
    const int code = requireOn(pointer, stream->device, work.name.c_str());
    if (code != SUCCESS) {
      return code;
    }
  }
  return SUCCESS;
}

int runOne(Stream* stream) {
  Work work = std::move(stream->queue.front());
  stream->queue.pop_front();
  if (sticky != SUCCESS) {
    return sticky;
  }
  int code = check(stream, work);
  if (code == SUCCESS) {
    stream->us += work.us;
    code = work.run();
  }
  if (code == SUCCESS) {
    code = verifyGuards();
  }
  sticky = code;
  if (code != SUCCESS) {
    fail(code, "queued work failed: %s", work.name.c_str());
  }
  return code;
}

int drain(Stream* stream) {
  while (!stream->queue.empty()) {
    const int code = runOne(stream);
    if (code != SUCCESS) {
      return code;
    }
  }
  return sticky;
}

int drainTo(Event* event, uint64_t record) {
  while (event->reached < record && event->stream != nullptr && !event->stream->queue.empty()) {
    const int code = runOne(event->stream);
    if (code != SUCCESS) {
      return code;
    }
  }
  return sticky;
}

}  // namespace

int enqueue(void* handle, Work work) {
  Lock lock;
  if (currentDevice() < 0) {
    return fail(INVALID_CONTEXT, "%s: this thread set no device", work.name.c_str());
  }
  Stream* stream = streamOf(handle);
  if (stream == nullptr) {
    return fail(INVALID_HANDLE, "%s: no such stream (the null stream is not used: it waits for all others)",
                work.name.c_str());
  }
  if (stream->device != currentDevice()) {
    return fail(INVALID_HANDLE, "%s: a stream of device %d on a thread that set device %d", work.name.c_str(),
                stream->device, currentDevice());
  }
  if (sticky != SUCCESS) {
    return sticky;
  }
  const int code = check(stream, work);
  if (code != SUCCESS) {
    return code;
  }
  if (stream->capturing) {
    stream->origin->captured.push_back(Captured{stream->origin->epoch, stream, std::move(work)});
    stream->pieces++;
  } else {
    stream->queue.push_back(std::move(work));
  }
  return SUCCESS;
}

bool isCapturing(void* handle) {
  Lock lock;
  Stream* stream = streamOf(handle);
  return stream != nullptr && stream->capturing;
}

int requireNoCapture(const char* call) {
  Lock lock;
  if (currentDevice() < 0) {
    return fail(INVALID_CONTEXT, "%s: this thread set no device", call);
  }
  if (!capture.modes.empty() || globalCaptures > 0) {
    for (auto& [stream, mode] : capture.modes) {
      stream->invalidated = true;
    }
    return fail(CAPTURE_UNSUPPORTED, "%s is not permitted while a stream is being captured", call);
  }
  return SUCCESS;
}

int requireWarm(void* handle, const std::string& call) {
  Lock lock;
  static auto* warm = new std::set<std::string>();
  if (!isCapturing(handle)) {
    warm->insert(call);
    return SUCCESS;
  }
  return warm->count(call) > 0 ? SUCCESS
                               : fail(CAPTURE_UNSUPPORTED, "the first call of %s happens in a capture", call.c_str());
}

int createStream(void** out, unsigned flags) {
  Lock lock;
  const int code = requireNoCapture("cudaStreamCreateWithFlags");
  if (code != SUCCESS) {
    return code;
  }
  if (flags != 1) {
    return fail(INVALID_VALUE, "a stream that waits for the null stream: lanes would not overlap");
  }
  auto* stream = new Stream();
  stream->device = currentDevice();
  streams().push_back(stream);
  created("stream", stream);
  *out = stream;
  return SUCCESS;
}

int destroyStream(void* handle) {
  Lock lock;
  Stream* stream = streamOf(handle);
  if (stream == nullptr) {
    return fail(INVALID_HANDLE, "no such stream");
  }
  if (stream->capturing || !stream->queue.empty()) {
    return fail(INVALID_VALUE, "a stream is destroyed with %zu pieces of work queued", stream->queue.size());
  }
  destroyed("stream", handle);  // never freed: a stale handle is told, not followed
  return SUCCESS;
}

int synchronizeStream(void* handle) {
  Lock lock;
  const int code = requireNoCapture("cudaStreamSynchronize");
  if (code != SUCCESS) {
    return code;
  }
  Stream* stream = streamOf(handle);
  return stream == nullptr ? fail(INVALID_HANDLE, "synchronize: no such stream") : drain(stream);
}

int synchronizeDevice() {
  Lock lock;
  const int code = requireNoCapture("cudaDeviceSynchronize");
  if (code != SUCCESS) {
    return code;
  }
  for (Stream* stream : streams()) {
    if (stream->device == currentDevice()) {
      drain(stream);
    }
  }
  return sticky;
}

// What is still queued must not touch memory that is given back.
int pendingUse(uintptr_t begin, uintptr_t end, std::string* who) {
  for (Stream* stream : streams()) {
    for (const Work& work : stream->queue) {
      for (const void* pointer : work.pointers) {
        const auto address = reinterpret_cast<uintptr_t>(pointer);
        if (address >= begin && address < end) {
          *who = work.name;
          return 1;
        }
      }
    }
  }
  return 0;
}

int createEvent(void** out) {
  Lock lock;
  auto* event = new Event();
  created("event", event);
  *out = event;
  return SUCCESS;
}

int destroyEvent(void* handle) {
  Lock lock;
  return destroyed("event", handle) ? SUCCESS : fail(INVALID_HANDLE, "no such event");
}

int recordEvent(void* handle, void* streamHandle) {
  Lock lock;
  Stream* stream = streamOf(streamHandle);
  if (!isAlive("event", handle) || stream == nullptr) {
    return fail(INVALID_HANDLE, "cudaEventRecord: no such event or stream");
  }
  auto* event = static_cast<Event*>(handle);
  event->stream = stream;
  event->origin = stream->capturing ? stream->origin : nullptr;
  event->pieces = stream->pieces;
  if (stream->capturing) {
    return SUCCESS;
  }
  const uint64_t record = ++event->recorded;
  return enqueue(streamHandle, Work{"cudaEventRecord", {}, [event, stream, record] {
                                      event->reached = record;
                                      event->when = stream->us;
                                      return static_cast<int>(SUCCESS);
                                    }});
}

int waitEvent(void* streamHandle, void* handle) {
  Lock lock;
  if (!isAlive("event", handle)) {
    return fail(INVALID_HANDLE, "cudaStreamWaitEvent: no such event");
  }
  auto* event = static_cast<Event*>(handle);
  Stream* stream = streamOf(streamHandle);
  if (event->origin != nullptr) {
    Stream* origin = event->origin;
    if (stream == nullptr || !origin->capturing || (stream->capturing && stream->origin != origin)) {
      return fail(CAPTURE_UNSUPPORTED, "a wait for an event of another capture, or of one that has ended");
    }
    if (!stream->capturing) {
      stream->capturing = true;
      stream->origin = origin;
      stream->pieces = stream->awaited = 0;
      origin->joined.push_back(stream);
    }
    event->stream->awaited = std::max(event->stream->awaited, event->pieces);
    origin->epoch++;
    return SUCCESS;
  }
  if (isCapturing(streamHandle)) {
    return fail(CAPTURE_UNSUPPORTED, "a capture waits for an event that was recorded outside of it");
  }
  const uint64_t record = event->recorded;
  return enqueue(streamHandle, Work{"cudaStreamWaitEvent", {}, [event, stream, record] {
                                      const int code = drainTo(event, record);
                                      stream->us = std::max(stream->us, event->when);
                                      return code;
                                    }});
}

int synchronizeEvent(void* handle) {
  Lock lock;
  const int code = requireNoCapture("cudaEventSynchronize");
  if (code != SUCCESS) {
    return code;
  }
  if (!isAlive("event", handle)) {
    return fail(INVALID_HANDLE, "cudaEventSynchronize: no such event");
  }
  auto* event = static_cast<Event*>(handle);
  return drainTo(event, event->recorded);
}

int elapsed(float* milliseconds, void* from, void* to) {
  Lock lock;
  if (!isAlive("event", from) || !isAlive("event", to)) {
    return fail(INVALID_HANDLE, "cudaEventElapsedTime: no such event");
  }
  const auto* first = static_cast<Event*>(from);
  const auto* last = static_cast<Event*>(to);
  if (first->recorded == 0 || last->recorded == 0 || first->reached != first->recorded ||
      last->reached != last->recorded) {
    return fail(600, "cudaEventElapsedTime: an event that was not recorded, or not waited for");
  }
  *milliseconds = static_cast<float>((last->when - first->when) / 1000);
  return SUCCESS;
}

namespace {

// In another order than the host's where the capture leaves the choice: of the streams of an epoch in turn.
std::vector<Work> interleaved(std::vector<Captured> all) {
  std::vector<Work> work;
  for (size_t begin = 0; begin < all.size();) {
    std::vector<std::pair<Stream*, std::deque<Work>>> queues;
    size_t end = begin;
    for (; end < all.size() && all[end].epoch == all[begin].epoch; end++) {
      auto queue = std::find_if(queues.begin(), queues.end(), [&](auto& q) { return q.first == all[end].stream; });
      if (queue == queues.end()) {
        queue = queues.insert(queue, {all[end].stream, {}});
      }
      queue->second.push_back(std::move(all[end].work));
    }
    for (size_t left = end - begin; left > 0;) {
      for (auto& [stream, queue] : queues) {
        if (!queue.empty()) {
          work.push_back(std::move(queue.front()));
          queue.pop_front();
          left--;
        }
      }
    }
    begin = end;
  }
  return work;
}

}  // namespace

int beginCapture(void* handle, int mode) {
  Lock lock;
  Stream* stream = streamOf(handle);
  if (stream == nullptr || stream->capturing) {
    return fail(INVALID_HANDLE, "cudaStreamBeginCapture: no such stream, or it captures already");
  }
  stream->capturing = true;
  stream->invalidated = false;
  stream->origin = stream;
  stream->captured.clear();
  stream->joined.clear();
  stream->epoch = 0;
  stream->pieces = stream->awaited = 0;
  capture.modes[stream] = mode;
  globalCaptures += mode == 0 ? 1 : 0;
  return SUCCESS;
}

int endCapture(void* handle, void** out) {
  Lock lock;
  *out = nullptr;
  Stream* stream = streamOf(handle);
  if (stream == nullptr || !stream->capturing) {
    return fail(INVALID_HANDLE, "cudaStreamEndCapture: the stream does not capture");
  }
  auto mine = capture.modes.find(stream);
  if (mine == capture.modes.end()) {
    return fail(INVALID_VALUE, "a capture must end on the thread that started it");
  }
  globalCaptures -= mine->second == 0 ? 1 : 0;
  capture.modes.erase(mine);
  stream->capturing = false;
  bool unjoined = false;
  for (Stream* other : stream->joined) {
    unjoined |= other->awaited < other->pieces;
    other->capturing = false;
    other->origin = nullptr;
  }
  if (unjoined) {
    return fail(904, "a capture ends before a stream that joined it was waited for");
  }
  if (stream->invalidated) {
    return fail(CAPTURE_INVALIDATED, "the capture was invalidated by a call that is not permitted");
  }
  auto* graph = new Graph{interleaved(std::move(stream->captured))};
  stream->captured.clear();
  created("graph", graph);
  *out = graph;
  return SUCCESS;
}

int graphNodes(void* handle, size_t* count) {
  Lock lock;
  if (!isAlive("graph", handle)) {
    return fail(INVALID_HANDLE, "cudaGraphGetNodes: no such graph");
  }
  *count = static_cast<Graph*>(handle)->work.size();
  return SUCCESS;
}

int destroyGraph(void* handle) {
  Lock lock;
  return destroyed("graph", handle) ? SUCCESS : fail(INVALID_HANDLE, "no such graph");
}

int instantiate(void** exec, void* handle) {
  Lock lock;
  if (!isAlive("graph", handle)) {
    return fail(INVALID_HANDLE, "cudaGraphInstantiate: no such graph");
  }
  auto* copy = new Graph(*static_cast<Graph*>(handle));
  created("graph exec", copy);
  *exec = copy;
  return SUCCESS;
}

int launchGraph(void* handle, void* stream) {
  Lock lock;
  if (!isAlive("graph exec", handle)) {
    return fail(INVALID_HANDLE, "cudaGraphLaunch: no such graph");
  }
  if (isCapturing(stream)) {
    return fail(CAPTURE_UNSUPPORTED, "this emulator launches no graph within a capture");
  }
  for (const Work& work : static_cast<Graph*>(handle)->work) {
    const int code = enqueue(stream, work);
    if (code != SUCCESS) {
      return code;
    }
  }
  return SUCCESS;
}

int destroyExec(void* handle) {
  Lock lock;
  return destroyed("graph exec", handle) ? SUCCESS : fail(INVALID_HANDLE, "no such executable graph");
}

}  // namespace emulator
