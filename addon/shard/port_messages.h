// The message types of docs/formats/shard-messages.md and the list of named numbers. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/byte_io.h"

namespace ceto {

enum class ToShard : uint8_t {
  kOpen = 1,
  kPutTables = 2,
  kDropTable = 3,
  kTruncate = 4,
  kFlush = 5,
  kCompact = 6,
  kRegisterPlan = 7,
  kRunPlan = 8,
  kReply = 9,
  kRerun = 10,
  kEvent = 11,
  kListen = 12,
  kStats = 13,
  kTableStats = 14,
  kStop = 15,
  kRunBatch = 16,
  kConnections = 17,
  kSetSupported = 18,
  kDrain = 19,
  kRetireSegments = 20,
  kWatchDisk = 50,
  kSegmentArchived = 51,
};

// About files, for an operator (shard/maintenance_messages.h).
enum class MaintenanceMessage : uint8_t {
  kVerify = 35,
  kTakeDamage = 36,
  kCompactions = 37,
  kTakeHistory = 38,
  kStopCompactions = 39,
  kSetCompaction = 40,
  kSSTables = 41,
  kScrub = 42,
  kRewrite = 43,
  kCompactFiles = 44,
  kCompactRange = 45,
  kStatistics = 46,
};
constexpr bool is_maintenance(uint8_t type) { return type >= 35 && type <= 46; }

enum class FromShard : uint8_t { kDone = 1, kFailed = 2, kResult = 3, kSlowRequest = 4 };

// u32 n, n × (string name, u64 value)
class NumberList {
 public:
  void add(std::string_view name, uint64_t value) {
    ++count_;
    ByteWriter out(encoded_);
    out.u16_bytes(name);
    out.u64(value);
  }
  std::string encode() const {
    std::string whole;
    ByteWriter out(whole);
    out.u32(count_);
    out.bytes(encoded_);
    return whole;
  }

 private:
  uint32_t count_ = 0;
  std::string encoded_;
};

}  // namespace ceto
