#include "shard/request.h"

#include "shard/dispatcher.h"

namespace ceto {

namespace {

// Buffers that grew beyond this for one large page go back to the heap.
constexpr size_t kKeptReplyBytes = 64u << 10;

void clear(std::string& buffer) {
  if (buffer.capacity() > kKeptReplyBytes) {
    std::string().swap(buffer);
  } else {
    buffer.clear();
  }
}

}  // namespace

void Part::reset() {
  execution.reset();
  request = nullptr;
  bound = nullptr;
  kind = Kind::kWhole;
  clear(reply);
  if (!chunk.partitions.empty() || chunk.exhausted || chunk.count != 0) {
    chunk.clear();
    clear(chunk.rows);
    clear(chunk.keys);
  }
  error.reset();
  stats = {};
  durability = {};
}

Part& Request::add_part() {
  if (parts_used == parts.size()) parts.emplace_back();
  Part& part = parts[parts_used++];
  part.request = this;
  return part;
}

void Request::reset() {
  CETO_ASSERT(parts_open == 0);
  for (size_t i = 0; i < parts_used; ++i) parts[i].reset();
  parts_used = 0;
  connection = nullptr;
  body = {};
  plans.clear();
  warnings.clear();
  timeout.cancel();
  answered = false;
  ++lives;
  reruns = 0;
  arena.reset();
}

void Request::expired(void* request) {
  auto& waiting = *static_cast<Request*>(request);
  waiting.dispatcher->time_out(waiting);
}

RequestPool::~RequestPool() {
  while (free_) {
    Request* request = free_;
    free_ = request->next_free;
    delete request;
  }
}

Request* RequestPool::take() {
  if (in_flight_ == kMaxInFlight) return nullptr;
  ++in_flight_;
  if (!free_) return new Request();
  Request* request = free_;
  free_ = request->next_free;
  request->next_free = nullptr;
  return request;
}

void RequestPool::give_back(Request* request) {
  CETO_ASSERT(in_flight_ > 0);
  --in_flight_;
  request->reset();
  request->next_free = free_;
  free_ = request;
}

}  // namespace ceto
