#include "shard/file_messages.h"

#include <algorithm>

namespace ceto {

namespace {

TableId read_table_id(ByteReader& in) {
  TableId id{};
  const Bytes bytes = in.bytes(id.size());
  if (!in.failed()) std::copy(bytes.begin(), bytes.end(), id.begin());
  return id;
}

Result<std::string> encode_sets(const Result<std::vector<SetInUse>>& sets) {
  if (!sets) return sets.error();
  std::string body;
  ByteWriter out(body);
  out.u32(static_cast<uint32_t>(sets.value().size()));
  for (const SetInUse& set : sets.value()) {
    out.u64(set.generation);
    out.u8(set.shared ? 1 : 0);
  }
  return body;
}

Result<std::string> encode(const Status& status) {
  if (!status) return status.error();
  return std::string();
}

}  // namespace

void FileMessages::handle(uint32_t port, uint32_t correlation, uint8_t type, ByteReader& in) {
  const auto answer = [&](const Result<std::string>& body) { answer_(port, correlation, body); };
  switch (static_cast<FileMessage>(type)) {
    case FileMessage::kSnapshot: {
      const TableId id = read_table_id(in);
      const bool skip_flush = in.u8() != 0;
      std::string directory = in.u16_bytes().str();
      if (in.failed() || directory.empty()) break;
      spawn(snapshot(port, correlation, id, std::move(directory), skip_flush));
      return;
    }
    case FileMessage::kSetsInUse:
      answer(encode_sets(files_.sets_in_use(read_table_id(in))));
      return;
    case FileMessage::kReserveGenerations: {
      const TableId id = read_table_id(in);
      const auto first = files_.reserve_generations(id, in.u32());
      if (!first) return answer(first.error());
      std::string body;
      ByteWriter(body).u64(first.value());
      answer(body);
      return;
    }
    case FileMessage::kPrepareImport: {
      const TableId id = read_table_id(in);
      const bool read_all = in.u8() != 0;
      std::vector<uint64_t> generations;
      for (uint32_t left = in.u32(); left > 0 && !in.failed(); --left) {
        generations.push_back(in.u64());
      }
      if (in.failed()) break;
      spawn(prepare_import(port, correlation, id, std::move(generations), read_all));
      return;
    }
    case FileMessage::kFinishImport: {
      const TableId id = read_table_id(in);
      answer(encode(files_.finish_import(id, in.u8() != 0)));
      return;
    }
    case FileMessage::kIncrementalBackups:
      files_.set_incremental_backups(in.u8() != 0);
      answer(std::string());
      return;
  }
  answer(invalid_request("a message about files that does not read"));
}

Task<void> FileMessages::snapshot(uint32_t port, uint32_t correlation, TableId id,
                                  std::string directory, bool skip_flush) {
  const auto taken = co_await files_.snapshot(id, std::move(directory), skip_flush);
  answer_(port, correlation, encode_sets(taken));
}

Task<void> FileMessages::prepare_import(uint32_t port, uint32_t correlation, TableId id,
                                        std::vector<uint64_t> generations, bool read_all) {
  const Status opened = co_await files_.prepare_import(id, std::move(generations), read_all);
  answer_(port, correlation, encode(opened));
}

}  // namespace ceto
