#include "lsm/table_files.h"

#include <algorithm>
#include <charconv>

namespace ceto {

namespace {

constexpr std::string_view kShareMark = "Shard-";
constexpr std::string_view kRewrittenMark = "Rewritten-";
constexpr std::string_view kMarkEnd = ".txt";

std::string mark_name(std::string_view kind, const ShardShare& share) {
  return std::string(kind) + std::to_string(share.shard) + "-of-" + std::to_string(share.count) +
         std::string(kMarkEnd);
}

bool take_number(std::string_view& text, uint32_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return true;
}

bool take_text(std::string_view& text, std::string_view expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(expected.size());
  return true;
}

bool parse_mark(std::string_view component, std::string_view kind, ShardShare& share) {
  return take_text(component, kind) && take_number(component, share.shard) &&
         take_text(component, "-of-") && take_number(component, share.count) &&
         component == kMarkEnd && share.shard < share.count;
}

bool is_mark(std::string_view component) {
  ShardShare share;
  return parse_mark(component, kShareMark, share) || parse_mark(component, kRewrittenMark, share);
}

}  // namespace

std::string table_directory_ending(const TableId& id) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string ending = "-";
  for (const uint8_t byte : id) {
    ending += kHex[byte >> 4];
    ending += kHex[byte & 15];
  }
  return ending;
}

std::string table_directory(const std::string& data_directory, const TableSchema& schema) {
  return data_directory + '/' + schema.keyspace + '/' + schema.name +
         table_directory_ending(schema.id);
}

std::string share_mark(const ShardShare& share) { return mark_name(kShareMark, share); }
std::string rewritten_mark(const ShardShare& share) { return mark_name(kRewrittenMark, share); }

Status write_mark(Io& io, const SSTableDescriptor& set, const std::string& mark) {
  return io.write_file(set.path(mark), "", false);
}

Result<TableFiles> list_table_files(Io& io, const std::string& directory) {
  TableFiles found;
  const auto there = io.exists(directory);
  if (!there) return there.error();
  if (!there.value()) return found;
  const auto names = io.list(directory);
  if (!names) return names.error();
  for (const std::string& name : names.value()) {
    // Its first two letters are a version's.
    if (name.find("_txn_") == 2 && (name.ends_with(".log") || name.ends_with(".log.tmp"))) {
      found.transaction_logs.push_back(name);
      continue;
    }
    const auto file = parse_sstable_file_name(name);
    if (!file || !supported_sstable_version(file->version)) {
      if (is_sstable_data(name)) return unsupported_sstable(directory + '/' + name);
      continue;
    }
    FileSet& set = found.sets[file->generation];
    if (!set.version.empty() && (set.version != file->version || set.uuid != file->uuid)) {
      return Error{ErrorCode::kServerError, directory + '/' + name +
                                                " has the number of a set of version " +
                                                set.version + " beside it; one must be renamed"};
    }
    set.version = file->version;
    set.uuid = file->uuid;
    set.generation = file->generation;
    set.file_names.push_back(name);
    if (file->temporary) continue;
    ShardShare share;
    if (file->component == "TOC.txt") {
      set.complete = true;
    } else if (parse_mark(file->component, kShareMark, share)) {
      set.from_elsewhere = false;
      set.share = share;
    } else if (parse_mark(file->component, kRewrittenMark, share)) {
      set.rewritten.push_back(share);
    }
  }
  return found;
}

bool is_rewritten(const FileSet& set, uint32_t count) {
  const auto has = [&](const ShardShare& share) {
    return std::find(set.rewritten.begin(), set.rewritten.end(), share) != set.rewritten.end();
  };
  if (!set.from_elsewhere && set.share.count == count) return has(set.share);
  for (uint32_t shard = 0; shard < count; ++shard) {
    if (!has({shard, count})) return false;
  }
  return true;
}

Status remove_set(Io& io, const std::string& directory, const FileSet& set) {
  // 0: TOC.txt, 1: the others, 2: marks.
  const auto turn_of = [](const std::string& name) {
    const auto file = parse_sstable_file_name(name);
    if (!file) return 1;
    return file->component == "TOC.txt" && !file->temporary ? 0 : is_mark(file->component) ? 2 : 1;
  };
  Status first;
  for (int turn = 0; turn < 3 && first; ++turn) {
    for (const std::string& name : set.file_names) {
      if (turn_of(name) != turn) continue;
      const Status removed = io.unlink(directory + '/' + name);
      if (removed) continue;
      // Another shard may have been faster.
      const auto there = io.exists(directory + '/' + name);
      if (first && (!there || there.value())) first = removed.error();
    }
  }
  return first;
}

Status remove_sets(Io& io, const std::string& directory, const std::vector<uint64_t>& generations) {
  // Marks, and what else a failure left.
  auto files = list_table_files(io, directory);
  if (!files) return std::move(files.error());
  Status first;
  for (const uint64_t generation : generations) {
    Status removed = remove_set(io, directory, files.value().sets[generation]);
    if (first && !removed) first = std::move(removed);
  }
  if (!first) return first;
  return io.sync_directory(directory);
}

}  // namespace ceto
