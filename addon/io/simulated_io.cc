#include "io/simulated_io.h"

#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "io/simulated_path.h"

namespace ceto {

SimulatedIo::SimulatedIo(SimulatedDisk& disk)
    : disk_(disk),
      power_cycle_(disk.power_cycle_),
      event_fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  CETO_ASSERT(event_fd_);
  CETO_ASSERT(disk.powered_);
  disk_.attached_.push_back(this);
}

SimulatedIo::~SimulatedIo() {
  CETO_ASSERT(in_flight() == 0);
  std::erase(disk_.attached_, this);
}

void SimulatedIo::signal() { eventfd_write(event_fd_.get(), 1); }

// --- requests -----------------------------------------------------------------------------------

void SimulatedIo::submit(IoRequest& request) {
  CETO_ASSERT(request.on_complete != nullptr);
  request.result = alive() ? check_request(request) : -EIO;
  if (request.result == 0) {
    queued_.push_back({&request, disk_.last_change_, 0});
    return;
  }
  refused_.push(request);
  signal();
}

void SimulatedIo::submit(MetadataCall& call) {
  CETO_ASSERT(call.on_complete != nullptr && call.work);
  calls_.push_back(&call);
  signal();
}

// Without power its calls fail by themselves.
size_t SimulatedIo::make_call() {
  if (calls_.empty()) return 0;
  if (disk_.random_() % (disk_.max_delay_reaps_ + 1) != 0) {
    signal();
    return 0;
  }
  MetadataCall& call = *calls_.front();
  calls_.pop_front();
  call.result = call.work();
  call.on_complete(call);
  return 1;
}

void SimulatedIo::flush() {
  while (!queued_.empty() && started_.size() < kMaxInFlight) {
    Pending pending = queued_.front();
    queued_.pop_front();
    pending.due_reap = reaps_ + 1 + disk_.random_() % (disk_.max_delay_reaps_ + 1);
    if (disk_.chance(disk_.faults_.slow)) pending.due_reap += SimulatedFaults::kSlowReaps;
    started_.push_back(pending);
  }
  if (!started_.empty()) signal();
}

size_t SimulatedIo::reap() {
  ++reaps_;
  std::shuffle(started_.begin(), started_.end(), disk_.random_);
  RequestQueue done;
  for (;;) {
    const auto due = std::ranges::find_if(
        started_, [&](const Pending& pending) { return pending.due_reap <= reaps_; });
    // When the power goes now, all that was started is among the refused.
    if (due == started_.end() || !disk_.count_operation()) break;
    const Pending pending = *due;
    started_.erase(due);
    pending.request->result = perform(pending);
    done.push(*pending.request);
  }
  if (!started_.empty()) signal();
  const size_t refused = complete_all(RequestQueue(std::move(refused_)));
  const size_t completed = complete_all(std::move(done));
  return refused + completed + make_call();
}

void SimulatedIo::wait() {
  flush();
  while (in_flight() > 0 && reap() == 0) flush();
}

int32_t SimulatedIo::perform(const Pending& pending) {
  const IoRequest& request = *pending.request;
  const auto at = descriptors_.find(request.fd);
  if (at == descriptors_.end()) return -EBADF;
  SimulatedDisk::File& file = *at->second.file;
  if (request.kind == IoRequest::Kind::kWrite && !at->second.writable) return -EBADF;
  const int32_t failure = disk_.failure_of(request);
  switch (request.kind) {
    case IoRequest::Kind::kRead:
      return failure != 0 ? failure : read(file, request);
    case IoRequest::Kind::kWrite: {
      if (failure == 0) return write(file, request);
      IoRequest part = request;
      part.size = static_cast<uint32_t>(align_down(disk_.random_() % (request.size + 1)));
      if (part.size > 0) write(file, part);
      return failure;
    }
    case IoRequest::Kind::kDataSync:
      if (failure != 0) {
        disk_.fail_sync(file, pending.covers);
      } else {
        disk_.sync_file(file, pending.covers);
      }
      return failure;
  }
  CETO_UNREACHABLE("a kind of request");
}

int32_t SimulatedIo::read(const SimulatedDisk::File& file, const IoRequest& request) {
  if (request.offset >= file.current.size()) return 0;
  const size_t size = std::min<size_t>(request.size, file.current.size() - request.offset);
  std::memcpy(request.buffer, file.current.data() + request.offset, size);
  if (size > 0 && disk_.chance(disk_.faults_.rotten_read)) {
    static_cast<uint8_t*>(request.buffer)[disk_.random_() % size] ^= 1 << disk_.random_() % 8;
  }
  return static_cast<int32_t>(size);
}

int32_t SimulatedIo::write(SimulatedDisk::File& file, const IoRequest& request) {
  uint64_t size = request.size;
  if (size > kIoAlignment && disk_.chance(disk_.faults_.short_write)) size = align_down(size / 2);
  const uint64_t end = request.offset + size;
  const uint64_t growth = end > file.current.size() ? end - file.current.size() : 0;
  if (growth > 0 && disk_.chance(disk_.faults_.no_space)) return -ENOSPC;
  size -= std::min(size, align_up(growth - disk_.room_for(growth)));
  if (size == 0 && request.size > 0) return -ENOSPC;
  std::string bytes(static_cast<const char*>(request.buffer), size);
  if (disk_.chance(disk_.faults_.lost_write)) return static_cast<int32_t>(size);
  if (disk_.chance(disk_.faults_.misdirected_write)) {
    misdirect(file, std::move(bytes));
  } else {
    disk_.change_content(file, {0, false, request.offset, std::move(bytes)});
  }
  return static_cast<int32_t>(size);
}

// To any sector of any file, as far as that file goes.
void SimulatedIo::misdirect(SimulatedDisk::File& file, std::string bytes) {
  const SimulatedDisk::FilePtr other = disk_.random_file();
  SimulatedDisk::File& target = other ? *other : file;
  if (target.current.empty()) return;
  const uint64_t sectors =
      (target.current.size() + SimulatedDisk::kSectorBytes - 1) / SimulatedDisk::kSectorBytes;
  const uint64_t offset = disk_.random_() % sectors * SimulatedDisk::kSectorBytes;
  bytes.resize(std::min<size_t>(bytes.size(), target.current.size() - offset));
  disk_.change_content(target, {0, false, offset, std::move(bytes)});
}

// What was in flight may have reached the disk, in part: a crash decides, for a killed process it
// is whole or nothing. Its owners learn EIO.
void SimulatedIo::power_lost(bool killed) {
  if (!alive()) return;
  for (const Pending& pending : started_) {
    IoRequest& request = *pending.request;
    const auto at = descriptors_.find(request.fd);
    if (request.kind == IoRequest::Kind::kWrite && at != descriptors_.end() &&
        at->second.writable && (!killed || disk_.random_() % 2 == 0)) {
      write(*at->second.file, request);
    }
  }
  started_.insert(started_.end(), queued_.begin(), queued_.end());
  for (const Pending& pending : started_) {
    pending.request->result = -EIO;
    refused_.push(*pending.request);
  }
  started_.clear();
  queued_.clear();
  descriptors_.clear();
  signal();
}

// --- names --------------------------------------------------------------------------------------

Status SimulatedIo::begin(const std::string& what) {
  if (!alive() || !disk_.count_operation()) return io_error(EIO, what);
  if (disk_.fails_now() || disk_.chance(disk_.faults_.name_error)) return io_error(EIO, what);
  return {};
}

Result<std::string> SimulatedIo::place_for(const std::string& path, const char* verb) {
  const std::string what = std::string(verb) + " " + path;
  CETO_TRY(begin(what));
  const std::string normal = simulated_normal(path);
  if (normal.empty()) return io_error(EEXIST, what);
  const std::string parent = simulated_parent(normal);
  if (parent.empty()) return normal;
  const auto directory = disk_.find(parent);
  if (!directory) return io_error(ENOENT, what);
  if (!directory->is_directory) return io_error(ENOTDIR, what);
  return normal;
}

Result<int> SimulatedIo::open(const std::string& path, Open mode) {
  auto place = place_for(path, "open");
  if (!place) return std::move(place.error());
  auto file = disk_.find(place.value());
  if (mode == Open::kCreate) {
    if (file) return io_error(EEXIST, "open " + path);
    file = std::make_shared<SimulatedDisk::File>();
    disk_.change_names({"", place.value(), file});
  }
  if (!file) return io_error(ENOENT, "open " + path);
  if (file->is_directory) return io_error(EISDIR, "open " + path);
  descriptors_[next_fd_] = {file, mode != Open::kRead};
  return next_fd_++;
}

void SimulatedIo::close(int fd) { descriptors_.erase(fd); }

Result<SimulatedDisk::FilePtr> SimulatedIo::writable_file(int fd, const char* verb) {
  CETO_TRY(begin(verb));
  const auto at = descriptors_.find(fd);
  if (at == descriptors_.end() || !at->second.writable) return io_error(EBADF, verb);
  return at->second.file;
}

Status SimulatedIo::allocate(int fd, uint64_t size_bytes) {
  auto file = writable_file(fd, "allocate");
  if (!file) return std::move(file.error());
  const uint64_t size = file.value()->current.size();
  if (size_bytes <= size) return {};
  if (disk_.chance(disk_.faults_.no_space)) return io_error(ENOSPC, "allocate");
  if (disk_.room_for(size_bytes - size) < size_bytes - size) return io_error(ENOSPC, "allocate");
  disk_.change_content(*file.value(), {0, true, size_bytes, {}});
  return {};
}

Status SimulatedIo::truncate(int fd, uint64_t size_bytes) {
  auto file = writable_file(fd, "truncate");
  if (!file) return std::move(file.error());
  disk_.change_content(*file.value(), {0, true, size_bytes, {}});
  return {};
}

Result<FileInfo> SimulatedIo::stat(const std::string& path) {
  CETO_TRY(begin("stat " + path));
  const std::string normal = simulated_normal(path);
  if (normal.empty()) return FileInfo{0, true, 1};
  const auto file = disk_.find(normal);
  if (!file) return io_error(ENOENT, "stat " + path);
  const auto links = std::ranges::count_if(disk_.current_,
                                           [&](const auto& entry) { return entry.second == file; });
  return FileInfo{file->current.size(), file->is_directory, static_cast<uint64_t>(links)};
}

Result<bool> SimulatedIo::exists(const std::string& path) {
  CETO_TRY(begin("stat " + path));
  const std::string normal = simulated_normal(path);
  return normal.empty() || disk_.find(normal) != nullptr;
}

Result<uint64_t> SimulatedIo::free_bytes(const std::string&) { return disk_.room_for(INT64_MAX); }

Status SimulatedIo::rename(const std::string& from, const std::string& to) {
  auto source = place_for(from, "rename");
  if (!source) return std::move(source.error());
  auto target = place_for(to, "rename");
  if (!target) return std::move(target.error());
  const auto file = disk_.find(source.value());
  if (!file) return io_error(ENOENT, "rename " + from);
  if (source.value() == target.value()) return {};
  if (target.value().starts_with(source.value() + "/")) return io_error(EINVAL, "rename " + from);
  if (const auto replaced = disk_.find(target.value())) {
    if (replaced->is_directory && !file->is_directory) return io_error(EISDIR, "rename " + to);
    if (!replaced->is_directory && file->is_directory) return io_error(ENOTDIR, "rename " + to);
    if (disk_.has_children(target.value())) return io_error(ENOTEMPTY, "rename " + to);
  }
  // Kinder than a real disk: what changed inside a directory is safe when the directory moves.
  if (file->is_directory) disk_.sync_names(source.value());
  disk_.change_names({source.value(), target.value(), file});
  return {};
}

Status SimulatedIo::link(const std::string& from, const std::string& to) {
  auto source = place_for(from, "link");
  if (!source) return std::move(source.error());
  auto target = place_for(to, "link");
  if (!target) return std::move(target.error());
  const auto file = disk_.find(source.value());
  if (!file) return io_error(ENOENT, "link " + from);
  if (file->is_directory) return io_error(EPERM, "link " + from);
  if (disk_.find(target.value())) return io_error(EEXIST, "link " + to);
  disk_.change_names({"", target.value(), file});
  return {};
}

Status SimulatedIo::unlink(const std::string& path) {
  auto place = place_for(path, "unlink");
  if (!place) return std::move(place.error());
  const auto file = disk_.find(place.value());
  if (!file) return io_error(ENOENT, "unlink " + path);
  if (disk_.has_children(place.value())) return io_error(ENOTEMPTY, "unlink " + path);
  disk_.change_names({place.value(), "", nullptr});
  return {};
}

Status SimulatedIo::make_directories(const std::string& path) {
  const std::string normal = simulated_normal(path);
  for (size_t at = 0; at < normal.size();) {
    const size_t slash = std::min(normal.find('/', at), normal.size());
    at = slash + 1;
    if (slash == 0) continue;
    auto place = place_for(normal.substr(0, slash), "make directory");
    if (!place) return std::move(place.error());
    if (const auto there = disk_.find(place.value())) {
      if (!there->is_directory) return io_error(ENOTDIR, "make directory " + path);
      continue;
    }
    const auto directory = std::make_shared<SimulatedDisk::File>();
    directory->is_directory = true;
    disk_.change_names({"", place.value(), directory});
    disk_.sync_names(simulated_parent(place.value()));
  }
  return {};
}

Status SimulatedIo::sync_directory(const std::string& path) {
  const std::string normal = simulated_normal(path);
  if (alive()) {
    const auto directory = disk_.find(normal);
    if (!normal.empty() && !directory) return io_error(ENOENT, "sync directory " + path);
    if (directory && !directory->is_directory) return io_error(ENOTDIR, "sync directory " + path);
  }
  Status begun = begin("sync directory " + path);
  if (begun) {
    disk_.sync_names(normal);
  } else if (alive()) {
    disk_.sync_some_names(normal);
  }
  return begun;
}

Result<std::vector<std::string>> SimulatedIo::list(const std::string& path) {
  auto info = stat(path);
  if (!info) return std::move(info.error());
  if (!info.value().is_directory) return io_error(ENOTDIR, "list " + path);
  const std::string directory = simulated_normal(path);
  std::vector<std::string> names;
  for (const auto& [name, file] : disk_.current_) {
    if (simulated_parent(name) == directory) names.push_back(name.substr(name.rfind('/') + 1));
  }
  return names;
}

Result<std::string> SimulatedIo::read_file(const std::string& path) {
  auto place = place_for(path, "read");
  if (!place) return std::move(place.error());
  const auto file = disk_.find(place.value());
  if (!file) return io_error(ENOENT, "read " + path);
  if (file->is_directory) return io_error(EISDIR, "read " + path);
  return file->current;
}

Status SimulatedIo::write_file(const std::string& path, std::string_view content, bool sync) {
  auto place = place_for(path, "write");
  if (!place) return std::move(place.error());
  auto file = disk_.find(place.value());
  if (!file) {
    file = std::make_shared<SimulatedDisk::File>();
    disk_.change_names({"", place.value(), file});
  }
  if (file->is_directory) return io_error(EISDIR, "write " + path);
  disk_.change_content(*file, {0, true, 0, {}});
  // Made, not yet written.
  CETO_TRY(begin("write " + path));
  uint64_t size = disk_.room_for(content.size());
  if (size > 0 && disk_.chance(disk_.faults_.no_space)) size = disk_.random_() % size;
  disk_.change_content(*file, {0, false, 0, std::string(content.substr(0, size))});
  if (size < content.size()) return io_error(ENOSPC, "write " + path);
  if (!sync) return {};
  const Status synced = begin("sync " + path);
  if (!synced && alive()) disk_.fail_sync(*file, disk_.last_change_);
  if (!synced) return synced;
  disk_.sync_file(*file, disk_.last_change_);
  return {};
}

}  // namespace ceto
