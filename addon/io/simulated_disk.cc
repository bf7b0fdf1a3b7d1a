// What lies on the simulated disk, what is safe of it, and what a crash leaves.
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>

#include "io/simulated_io.h"
#include "io/simulated_path.h"

namespace ceto {

bool SimulatedDisk::NameChange::touches(const std::string& directory) const {
  return (!from.empty() && simulated_parent(from) == directory) ||
         (!to.empty() && simulated_parent(to) == directory);
}

void SimulatedDisk::apply(std::string& content, const Change& change) {
  if (change.is_resize) {
    content.resize(change.offset);
    return;
  }
  const size_t end = change.offset + change.bytes.size();
  if (content.size() < end) content.resize(end);
  std::memcpy(content.data() + change.offset, change.bytes.data(), change.bytes.size());
}

void SimulatedDisk::apply(Names& names, const NameChange& change) {
  if (!change.from.empty() && (change.to.empty() || change.file->is_directory)) {
    // A renamed directory takes along what is inside; one that is made anew under the name of a
    // directory that is gone is another.
    const std::string inside = change.from + "/";
    Names moved;
    for (auto at = names.lower_bound(inside); at != names.end() && at->first.starts_with(inside);) {
      if (!change.to.empty()) {
        moved.emplace(change.to + "/" + at->first.substr(inside.size()), at->second);
      }
      at = names.erase(at);
    }
    names.merge(moved);
  }
  if (!change.from.empty()) names.erase(change.from);
  if (!change.to.empty()) names[change.to] = change.file;
}

void SimulatedDisk::change_content(File& file, Change change) {
  change.number = ++last_change_;
  apply(file.current, change);
  file.unsynced.push_back(std::move(change));
}

void SimulatedDisk::change_names(NameChange change) {
  apply(current_, change);
  unsynced_names_.push_back(std::move(change));
}

void SimulatedDisk::sync_file(File& file, uint64_t up_to) {
  auto at = file.unsynced.begin();
  for (; at != file.unsynced.end() && at->number <= up_to; ++at) apply(file.durable, *at);
  file.unsynced.erase(file.unsynced.begin(), at);
}

// What the failed sync was to save: some of it is lost for good, should the power go.
void SimulatedDisk::fail_sync(File& file, uint64_t up_to) {
  std::erase_if(file.unsynced,
                [&](const Change& change) { return change.number <= up_to && random_() % 2 == 0; });
}

// Makes safe what touches the directory, and what that depends on: a rename between two directories
// is not torn apart, and of each directory the changes become safe in their order.
void SimulatedDisk::sync_names(const std::string& directory) {
  std::set<std::string> synced{directory};
  std::vector<bool> safe(unsynced_names_.size());
  for (size_t i = unsynced_names_.size(); i-- > 0;) {
    const NameChange& change = unsynced_names_[i];
    safe[i] = std::ranges::any_of(synced, [&](auto& name) { return change.touches(name); });
    if (!safe[i]) continue;
    if (!change.from.empty()) synced.insert(simulated_parent(change.from));
    if (!change.to.empty()) synced.insert(simulated_parent(change.to));
  }
  std::vector<NameChange> left;
  for (size_t i = 0; i < safe.size(); ++i) {
    if (safe[i]) {
      apply(durable_, unsynced_names_[i]);
    } else {
      left.push_back(std::move(unsynced_names_[i]));
    }
  }
  unsynced_names_ = std::move(left);
}

// Up to a random change of names; the rest stays as it was.
void SimulatedDisk::sync_some_names(const std::string& directory) {
  const size_t kept = random_() % (unsynced_names_.size() + 1);
  std::vector<NameChange> later(unsynced_names_.begin() + static_cast<std::ptrdiff_t>(kept),
                                unsynced_names_.end());
  unsynced_names_.resize(kept);
  sync_names(directory);
  std::ranges::move(later, std::back_inserter(unsynced_names_));
}

SimulatedDisk::FilePtr SimulatedDisk::find(const std::string& path) const {
  const auto at = current_.find(path);
  return at == current_.end() ? nullptr : at->second;
}

bool SimulatedDisk::has_children(const std::string& path) const {
  const auto at = current_.lower_bound(path + "/");
  return at != current_.end() && at->first.starts_with(path + "/");
}

uint64_t SimulatedDisk::used_bytes() const {
  std::set<const File*> seen;  // a file with two names counts once
  uint64_t used = 0;
  for (const auto& [name, file] : current_) {
    if (seen.insert(file.get()).second) used += file->current.size();
  }
  return used;
}

uint64_t SimulatedDisk::room_for(uint64_t wanted) const {
  if (capacity_bytes_ == UINT64_MAX || wanted == 0) return wanted;
  const uint64_t used = used_bytes();
  return used >= capacity_bytes_ ? 0 : std::min(wanted, capacity_bytes_ - used);
}

void SimulatedDisk::corrupt(const std::string& path, uint64_t offset, uint8_t mask) {
  const FilePtr file = find(simulated_normal(path));
  CETO_ASSERT(file != nullptr);
  CETO_ASSERT(offset < file->current.size());
  file->current[offset] = static_cast<char>(file->current[offset] ^ mask);
  if (offset < file->durable.size()) file->durable[offset] = file->current[offset];
}

std::vector<std::string> SimulatedDisk::files() const {
  std::vector<std::string> out;
  for (const auto& [name, file] : current_) {
    if (!file->is_directory) out.push_back(name);
  }
  return out;
}

std::optional<std::string> SimulatedDisk::safe_content(const std::string& path) const {
  const auto at = durable_.find(simulated_normal(path));
  if (at == durable_.end() || at->second->is_directory) return std::nullopt;
  return at->second->durable;
}

SimulatedDisk::FilePtr SimulatedDisk::random_file() {
  std::vector<FilePtr> all;
  for (const auto& [name, file] : current_) {
    if (!file->is_directory && !file->current.empty()) all.push_back(file);
  }
  return all.empty() ? nullptr : all[random_() % all.size()];
}

bool SimulatedDisk::chance(double probability) {
  return probability > 0 && std::uniform_real_distribution<>(0, 1)(random_) < probability;
}

int32_t SimulatedDisk::failure_of(const IoRequest& request) {
  if (fails_now()) return -EIO;
  auto& planned = planned_failure_[static_cast<size_t>(request.kind)];
  if (planned) return -*std::exchange(planned, std::nullopt);
  double probability = 0;
  switch (request.kind) {
    case IoRequest::Kind::kRead:
      probability = faults_.read_error;
      break;
    case IoRequest::Kind::kWrite:
      probability = faults_.write_error;
      break;
    case IoRequest::Kind::kDataSync:
      probability = faults_.sync_error;
      break;
  }
  return chance(probability) ? -EIO : 0;
}

std::string SimulatedDisk::survivor(const File& file, std::mt19937_64& random) const {
  enum Fate { kWhole, kLost, kFirstSectors, kAnySectors };
  std::string content = file.durable;
  for (const Change& change : file.unsynced) {
    const auto fate = static_cast<Fate>(random() % 4);
    if (fate == kLost) continue;
    if (fate == kWhole || change.is_resize) {
      apply(content, change);
      continue;
    }
    const size_t sectors = (change.bytes.size() + kSectorBytes - 1) / kSectorBytes;
    const size_t kept = random() % (sectors + 1);
    for (size_t sector = 0; sector < sectors; ++sector) {
      if (fate == kFirstSectors ? sector >= kept : random() % 2 == 0) continue;
      const size_t from = sector * kSectorBytes;
      apply(content, {0, false, change.offset + from, change.bytes.substr(from, kSectorBytes)});
    }
  }
  return content;
}

void SimulatedDisk::crash_names(std::mt19937_64& random) {
  std::set<std::string> cut;  // directories that lose everything from here on
  for (const NameChange& change : unsynced_names_) {
    std::set<std::string> touched;
    if (!change.from.empty()) touched.insert(simulated_parent(change.from));
    if (!change.to.empty()) touched.insert(simulated_parent(change.to));
    const bool lost = std::ranges::any_of(touched, [&](auto& name) { return cut.contains(name); });
    if (lost || random() % 4 == 0) {
      cut.merge(touched);
    } else {
      apply(durable_, change);
    }
  }
  unsynced_names_.clear();
  // What lies in a directory that did not survive is lost with it.
  for (auto at = durable_.begin(); at != durable_.end();) {
    const std::string parent = simulated_parent(at->first);
    const bool orphan = !parent.empty() && !durable_.contains(parent);
    at = orphan ? durable_.erase(at) : std::next(at);
  }
}

void SimulatedDisk::cut_power_after(uint64_t operations) {
  CETO_ASSERT(operations > 0);
  cut_after_ = operations;
}

void SimulatedDisk::fail_operations(uint64_t operations, uint64_t count) {
  CETO_ASSERT(operations > 0);
  fail_first_ = operations_ + operations;
  fail_end_ = fail_first_ + count;
}

uint64_t SimulatedDisk::keep_working() {
  const uint64_t next = operations_ + 1;
  const uint64_t failed = std::min(next, fail_end_) - std::min(next, fail_first_);
  fail_first_ = fail_end_ = 0;
  return failed;
}

bool SimulatedDisk::count_operation() {
  ++operations_;
  if (powered_ && cut_after_ && --*cut_after_ == 0) lose_power();
  return powered_;
}

void SimulatedDisk::lose_power() {
  if (!powered_) return;
  for (SimulatedIo* io : attached_) io->power_lost(false);
  powered_ = false;
  cut_after_.reset();
}

void SimulatedDisk::kill() {
  CETO_ASSERT(powered_);
  for (SimulatedIo* io : attached_) io->power_lost(true);
  ++power_cycle_;
  cut_after_.reset();
}

void SimulatedDisk::crash(uint64_t seed) {
  std::mt19937_64 random(seed);
  lose_power();
  ++power_cycle_;
  powered_ = true;
  crash_names(random);
  std::set<const File*> settled;
  for (auto& [name, file] : durable_) {
    if (file->is_directory || !settled.insert(file.get()).second) continue;
    file->durable = survivor(*file, random);
    file->current = file->durable;
    file->unsynced.clear();
  }
  current_ = durable_;
}

}  // namespace ceto
