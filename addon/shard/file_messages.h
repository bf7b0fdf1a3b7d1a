// FileMessages: a shard's answers to the messages about files, 60 to 69 of
// docs/formats/shard-messages.md. Shard thread only; part of the PortServer, which outlives it.
#pragma once

#include <cstdint>
#include <functional>

#include "base/byte_io.h"
#include "lsm/file_operations.h"

namespace ceto {

enum class FileMessage : uint8_t {
  kSnapshot = 60,
  kSetsInUse = 61,
  kReserveGenerations = 62,
  kPrepareImport = 63,
  kFinishImport = 64,
  kIncrementalBackups = 65,
};

class FileMessages {
 public:
  // DONE with this body, or FAILED.
  using Answer =
      std::function<void(uint32_t port, uint32_t correlation, const Result<std::string>& body)>;

  FileMessages(FileOperations& files, Answer answer) : files_(files), answer_(std::move(answer)) {}

  static constexpr bool handles(uint8_t type) { return type >= 60 && type <= 69; }
  void handle(uint32_t port, uint32_t correlation, uint8_t type, ByteReader& in);

 private:
  Task<void> snapshot(uint32_t port, uint32_t correlation, TableId id, std::string directory,
                      bool skip_flush);
  Task<void> prepare_import(uint32_t port, uint32_t correlation, TableId id,
                            std::vector<uint64_t> generations, bool read_all);

  FileOperations& files_;
  const Answer answer_;
};

}  // namespace ceto
