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
    started_.push_back(pending);
  }
  if (!started_.empty()) signal();
}

size_t SimulatedIo::reap() {
  ++reaps_;
  RequestQueue done(std::move(refused_));
  std::shuffle(started_.begin(), started_.end(), disk_.random_);
  const auto due = std::stable_partition(started_.begin(), started_.end(),
                                         [&](auto& pending) { return pending.due_reap > reaps_; });
  for (auto at = due; at != started_.end(); ++at) {
    at->request->result = perform(*at);
    done.push(*at->request);
  }
  started_.erase(due, started_.end());
  if (!started_.empty()) signal();
  const size_t completed = complete_all(std::move(done));
  return completed + make_call();
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
  if (const int32_t failure = disk_.failure_of(request)) return failure;
  switch (request.kind) {
    case IoRequest::Kind::kRead:
      return read(file, request);
    case IoRequest::Kind::kWrite:
      return write(file, request);
    case IoRequest::Kind::kDataSync:
      disk_.sync_file(file, pending.covers);
      return 0;
  }
  CETO_UNREACHABLE("a kind of request");
}

int32_t SimulatedIo::read(const SimulatedDisk::File& file, const IoRequest& request) {
  if (request.offset >= file.current.size()) return 0;
  const size_t size = std::min<size_t>(request.size, file.current.size() - request.offset);
  std::memcpy(request.buffer, file.current.data() + request.offset, size);
  return static_cast<int32_t>(size);
}

int32_t SimulatedIo::write(SimulatedDisk::File& file, const IoRequest& request) {
  uint64_t size = request.size;
  if (size > kIoAlignment && disk_.chance(disk_.faults_.short_write)) size = align_down(size / 2);
  const uint64_t end = request.offset + size;
  const uint64_t growth = end > file.current.size() ? end - file.current.size() : 0;
  size -= std::min(size, align_up(growth - disk_.room_for(growth)));
  if (size == 0 && request.size > 0) return -ENOSPC;
  disk_.change_content(file, {0, false, request.offset,
                              std::string(static_cast<const char*>(request.buffer), size)});
  return static_cast<int32_t>(size);
}

// What was in flight may have reached the disk, in part: the crash decides. Its owners learn EIO.
void SimulatedIo::power_lost() {
  if (!alive()) return;
  for (const Pending& pending : started_) {
    IoRequest& request = *pending.request;
    const auto at = descriptors_.find(request.fd);
    if (request.kind == IoRequest::Kind::kWrite && at != descriptors_.end() &&
        at->second.writable) {
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

Result<std::string> SimulatedIo::place_for(const std::string& path, const char* verb) {
  const std::string what = std::string(verb) + " " + path;
  if (!alive()) return io_error(EIO, what);
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
  if (!alive()) return io_error(EIO, verb);
  const auto at = descriptors_.find(fd);
  if (at == descriptors_.end() || !at->second.writable) return io_error(EBADF, verb);
  return at->second.file;
}

Status SimulatedIo::allocate(int fd, uint64_t size_bytes) {
  auto file = writable_file(fd, "allocate");
  if (!file) return std::move(file.error());
  const uint64_t size = file.value()->current.size();
  if (size_bytes <= size) return {};
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
  if (!alive()) return io_error(EIO, "stat " + path);
  const std::string normal = simulated_normal(path);
  if (normal.empty()) return FileInfo{0, true, 1};
  const auto file = disk_.find(normal);
  if (!file) return io_error(ENOENT, "stat " + path);
  const auto links = std::ranges::count_if(disk_.current_,
                                           [&](const auto& entry) { return entry.second == file; });
  return FileInfo{file->current.size(), file->is_directory, static_cast<uint64_t>(links)};
}

Result<bool> SimulatedIo::exists(const std::string& path) {
  if (!alive()) return io_error(EIO, "stat " + path);
  const std::string normal = simulated_normal(path);
  return normal.empty() || disk_.find(normal) != nullptr;
}

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
  auto info = stat(path);
  if (!info) return std::move(info.error());
  if (!info.value().is_directory) return io_error(ENOTDIR, "sync directory " + path);
  disk_.sync_names(simulated_normal(path));
  return {};
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
  if (disk_.room_for(content.size()) < content.size()) return io_error(ENOSPC, "write " + path);
  disk_.change_content(*file, {0, false, 0, std::string(content)});
  if (sync) disk_.sync_file(*file, disk_.last_change_);
  return {};
}

}  // namespace ceto
