// What the node of a PowerCutRun must be like after it has started again.
#include <charconv>

#include "base/byte_io.h"
#include "lsm/commitlog_format.h"
#include "lsm/maintenance.h"
#include "lsm/power_cut_run.h"
#include "lsm/table_files.h"

namespace ceto::lsm_test {

namespace {

// Repeats a step of a reader of the shard until it gives something.
template <class Source, class Call>
Step finish_step(TestNode& node, size_t shard, Source& source, Call call) {
  for (;;) {
    const Step now = call();
    if (now != Step::kWait) return now;
    node.wait(shard, source.wait());
  }
}

int32_t int_of(Bytes bytes) { return static_cast<int32_t>(load_be<uint32_t>(bytes.data())); }

// The operation that wrote a row; 0 when the row is none of ours.
Acknowledged::Value value_of(const Row& row) {
  if (row.cells.size() != 1) return 0;
  const std::string_view text = row.cells[0].value.text();
  Acknowledged::Value value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end == text.data() + text.size() || *end != ':') return 0;
  const std::string padding(text.substr(static_cast<size_t>(end - text.data()) + 1));
  return padding == std::string(padding.size(), static_cast<char>('a' + value % 26)) ? value : 0;
}

}  // namespace

// --- while it lives
// ---------------------------------------------------------------------------------

void PowerCutRun::read_cell() {
  Table& table = tables_[below(kTables)];
  const int32_t key = static_cast<int32_t>(below(kKeys));
  const std::string bytes = int_value(key);
  const Token token = token_of(Bytes(bytes));
  const uint32_t shard = node_.owner(token);
  if (table.truncating[shard]) return;
  ++report_.reads;
  ReadCommand command;
  command.table = table.schema;
  command.now_seconds = clock_.wall_seconds();
  std::map<int32_t, Acknowledged::Value> rows;
  const auto reader = node_.store(shard).read(command, token, Bytes(bytes));
  Step step = finish_step(node_, shard, *reader, [&] { return reader->open(); });
  while (step == Step::kReady) {
    step = finish_step(node_, shard, *reader, [&] { return reader->next(); });
    if (step == Step::kReady) {
      rows[int_of(reader->row().clustering[0])] = value_of(reader->row());
    }
  }
  if (!disk_.has_power()) return;
  if (step == Step::kError) {
    if (!faulty_) complain("a read: " + reader->error().message);
    return;
  }
  for (int32_t row = 0; row < kRows; ++row) {
    const Acknowledged::Value expected = model_.latest({table.number, key, row});
    const Acknowledged::Value found = rows.contains(row) ? rows[row] : 0;
    if (found == expected) continue;
    complain("read of " + table.schema->name + " key " + std::to_string(key) + " row " +
             std::to_string(row) + ": " + std::to_string(found) + " instead of " +
             std::to_string(expected));
  }
}

// A scan that keeps the files it reads for a while, whatever becomes of them.
void PowerCutRun::hold_scan() {
  if (scans_.size() >= 3) scans_.pop_front();
  HeldScan& held = scans_.emplace_back();
  held.shard = below(count_);
  held.command.table = tables_[below(kTables)].schema;
  held.command.now_seconds = clock_.wall_seconds();
  held.scanner = node_.store(held.shard).scan(held.command, held.range);
  const Step step =
      finish_step(node_, held.shard, *held.scanner, [&] { return held.scanner->next_partition(); });
  if (step == Step::kError && !faulty_ && disk_.has_power()) {
    complain("a scan: " + held.scanner->error().message);
  }
}

// --- the start
// --------------------------------------------------------------------------------------

bool PowerCutRun::start_again() {
  constexpr uint64_t kMaxCutsInARow = 4;
  if (!disk_.has_power()) disk_.crash(random_());
  for (uint64_t attempt = 0;; ++attempt) {
    if (one_of(4)) {
      const uint32_t before = count_;
      count_ = 1 + static_cast<uint32_t>(below(3));
      report_.reshards += count_ != before;
    }
    for (Table& table : tables_) table.truncating.assign(count_, false);
    if (attempt < kMaxCutsInARow && one_of(2)) disk_.cut_power_after(1 + below(300));
    const Status opened = node_.open(config_, count_, schemas(), gone_);
    // Sometimes what follows the start is cut as well.
    if (opened && disk_.has_power() && one_of(3)) node_.settle();
    if (opened && disk_.has_power()) {
      disk_.keep_power();
      gone_.clear();
      return true;
    }
    if (disk_.has_power()) {
      complain("a start: " + opened.error().message);
      return false;
    }
    ++report_.cuts_while_starting;
    node_.destroy();
    disk_.crash(random_());
  }
}

void PowerCutRun::check_content() {
  Acknowledged::Content found;
  for (Table& table : tables_) {
    for (uint32_t shard = 0; shard < count_; ++shard) read_shard(table, shard, found);
  }
  if (wrong_.empty()) wrong_ += model_.settle(found);
}

void PowerCutRun::read_shard(Table& table, uint32_t shard, Acknowledged::Content& found) {
  ReadCommand command;
  command.table = table.schema;
  command.now_seconds = clock_.wall_seconds();
  const TokenRange range;
  const auto scanner = node_.store(shard).scan(command, range);
  for (;;) {
    Step step = finish_step(node_, shard, *scanner, [&] { return scanner->next_partition(); });
    if (step == Step::kEnd) return;
    if (step == Step::kError) return complain(scanner->error().message);
    const int32_t key = int_of(scanner->key());
    if (node_.owner(scanner->token()) != shard) complain("a key on a shard that is not its own");
    PartitionReader& rows = scanner->rows();
    for (;;) {
      step = finish_step(node_, shard, rows, [&] { return rows.next(); });
      if (step == Step::kEnd) break;
      if (step == Step::kError) return complain(rows.error().message);
      const Acknowledged::Value value = value_of(rows.row());
      if (value == 0) complain("a row that nobody wrote");
      const int32_t row = int_of(rows.row().clustering[0]);
      if (!found.emplace(Acknowledged::Cell{table.number, key, row}, value).second) {
        complain("a row twice in a scan");
      }
    }
  }
}

// --- the files
// --------------------------------------------------------------------------------------

// Once all work is done the disk holds what the node knows of and nothing else.
void PowerCutRun::check_files() {
  const Status flushed = node_.on_all([](Store& store) { return store.flush_all(); });
  if (!flushed) return complain("a flush: " + flushed.error().message);
  node_.settle();
  std::map<std::string, std::vector<std::string>> names;  // by directory
  for (const std::string& path : disk_.files()) {
    const size_t slash = path.rfind('/');
    names[path.substr(0, slash)].push_back(path.substr(slash + 1));
  }
  for (uint32_t shard = 0; shard < count_; ++shard) {
    // Active, prepared, two spare, one whose last write is awaited; and the truncations.
    constexpr size_t kMaxLogFiles = 6;
    const std::string directory = shard_log_directory("/commitlog", shard);
    if (names[directory].size() > kMaxLogFiles) complain("too many files in " + directory);
    names.erase(directory);
  }
  for (const Table& table : tables_) {
    const std::string directory = table_directory("/data", *table.schema);
    check_table_files(table, names[directory]);
    names.erase(directory);
  }
  for (const auto& [directory, left] : names) {
    for (const std::string& name : left) complain("left over: " + directory + "/" + name);
  }
}

void PowerCutRun::check_table_files(const Table& table, const std::vector<std::string>& names) {
  std::map<uint64_t, std::vector<std::string>> sets;
  for (const std::string& name : names) {
    const auto file = parse_sstable_file_name(name);
    if (!file || file->temporary) {
      complain("left over: " + table.schema->name + "/" + name);
    } else {
      sets[file->generation].push_back(file->component);
    }
  }
  size_t known = 0;
  for (uint32_t shard = 0; shard < count_; ++shard) {
    known += node_.store(shard).table_stats(table.schema->id).sstables;
  }
  if (sets.size() != known) {
    complain(table.schema->name + ": " + std::to_string(sets.size()) + " sets of files, " +
             std::to_string(known) + " in use");
  }
  for (const auto& [generation, components] : sets) {
    std::string text;
    for (const std::string& component : components) text += " " + component;
    if (std::find(components.begin(), components.end(), "TOC.txt") == components.end()) {
      complain(table.schema->name + ": set " + std::to_string(generation) +
               " is incomplete:" + text);
    }
  }
}

// A bit of any SSTable rots: the start or a read says so and names the file, or nothing reads it.
void PowerCutRun::flip_a_bit() {
  const Status closed = node_.close();
  if (!closed) return complain("an orderly stop: " + closed.error().message);
  std::vector<std::string> candidates;
  for (const Table& table : tables_) {
    const std::string directory = table_directory("/data", *table.schema) + "/";
    for (const std::string& path : disk_.files()) {
      const bool inside = path.starts_with(directory);
      if (inside && disk_.safe_content(path).value_or("").size() > 0) candidates.push_back(path);
    }
  }
  std::string told;
  const uint8_t mask = static_cast<uint8_t>(1u << below(8));
  if (!candidates.empty()) {
    ++report_.flips;
    const std::string& path = candidates[below(candidates.size())];
    const uint64_t offset = below(disk_.safe_content(path)->size());
    disk_.corrupt(path, offset, mask);
    const Status opened = node_.open(config_, count_, schemas(), gone_);
    if (opened) {
      // Parts that it goes on without: then all must be there.
      std::string without;
      for (size_t shard = 0; shard < count_; ++shard) {
        for (const DamageLine& line : node_.store(shard).maintenance()->take_damage()) {
          without += line.text + '\n';
        }
      }
      check_content();
      told = std::exchange(wrong_, "");
      if (told.empty()) told = without;
      node_.destroy();
    } else {
      told = opened.error().message;
    }
    // A set that counted no more goes at the start, unread.
    const std::vector<std::string> left = disk_.files();
    if (std::find(left.begin(), left.end(), path) != left.end()) {
      if (told.find(path) == std::string::npos) {
        complain("byte " + std::to_string(offset) + " of " + path + " flipped and: " + told);
      }
      disk_.corrupt(path, offset, mask);
    }
  }
  const Status opened = node_.open(config_, count_, schemas(), gone_);
  if (!opened) return complain("a start: " + opened.error().message);
  check_content();
}

}  // namespace ceto::lsm_test
