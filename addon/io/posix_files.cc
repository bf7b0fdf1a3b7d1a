#include "io/posix_files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "io/unique_fd.h"

namespace ceto {

namespace {

// Repeats a call that a signal interrupted.
template <class Call>
auto retry(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

Status status_of(int result, const char* verb, const std::string& what) {
  if (result < 0) return io_error(errno, std::string(verb) + " " + what);
  return {};
}

std::string parent_of(const std::string& path) {
  const size_t slash = path.find_last_of('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

Result<int> PosixFiles::open(const std::string& path, Open mode) {
  int flags = O_CLOEXEC;
  switch (mode) {
    case Open::kRead:
      flags |= O_RDONLY;
      break;
    case Open::kReadWrite:
      flags |= O_RDWR;
      break;
    case Open::kCreate:
      flags |= O_RDWR | O_CREAT | O_EXCL;
      break;
  }
  int fd = retry([&] { return ::open(path.c_str(), flags | O_DIRECT, 0644); });
  if (fd < 0 && errno == EINVAL) {
    // The file system has no direct I/O. Some create the file before they say so, hence no O_EXCL
    // the second time: had the file existed before, the first answer would have been EEXIST.
    fd = retry([&] { return ::open(path.c_str(), flags & ~O_EXCL, 0644); });
  }
  if (fd < 0) return io_error(errno, "open " + path);
  return fd;
}

void PosixFiles::close(int fd) {
  // On Linux the descriptor is gone whatever close returns; data was synced where it matters.
  ::close(fd);
}

Status PosixFiles::allocate(int fd, uint64_t size_bytes) {
  const auto size = static_cast<off_t>(size_bytes);
  if (retry([&] { return ::fallocate(fd, 0, 0, size); }) == 0) return {};
  if (errno != EOPNOTSUPP) return io_error(errno, "allocate");
  // No allocation ahead on this file system: at least move the end, never back.
  struct stat now {};
  if (::fstat(fd, &now) < 0) return io_error(errno, "allocate");
  if (now.st_size >= size) return {};
  return truncate(fd, size_bytes);
}

Status PosixFiles::truncate(int fd, uint64_t size_bytes) {
  return status_of(retry([&] { return ::ftruncate(fd, static_cast<off_t>(size_bytes)); }),
                   "truncate", "to " + std::to_string(size_bytes) + " bytes");
}

Result<FileInfo> PosixFiles::stat(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) < 0) return io_error(errno, "stat " + path);
  return FileInfo{static_cast<uint64_t>(info.st_size), S_ISDIR(info.st_mode), info.st_nlink};
}

Result<bool> PosixFiles::exists(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  return io_error(errno, "stat " + path);
}

Result<uint64_t> PosixFiles::free_bytes(const std::string& path) {
  struct statvfs info {};
  if (retry([&] { return ::statvfs(path.c_str(), &info); }) < 0) {
    return io_error(errno, "statvfs " + path);
  }
  const uint64_t blocks = std::min<uint64_t>(info.f_bavail, INT64_MAX / info.f_frsize);
  return blocks * info.f_frsize;
}

Status PosixFiles::rename(const std::string& from, const std::string& to) {
  return status_of(::rename(from.c_str(), to.c_str()), "rename", from + " to " + to);
}

Status PosixFiles::link(const std::string& from, const std::string& to) {
  return status_of(::link(from.c_str(), to.c_str()), "link", from + " to " + to);
}

Status PosixFiles::unlink(const std::string& path) {
  return status_of(std::remove(path.c_str()), "unlink", path);
}

Status PosixFiles::make_directories(const std::string& path) {
  for (size_t at = 0; at < path.size();) {
    size_t slash = path.find('/', at);
    if (slash == std::string::npos) slash = path.size();
    at = slash + 1;
    const std::string prefix = path.substr(0, slash);
    if (prefix.empty()) continue;
    if (::mkdir(prefix.c_str(), 0755) == 0) {
      CETO_TRY(sync_directory(parent_of(prefix)));
    } else if (errno != EEXIST) {
      return io_error(errno, "make directory " + prefix);
    }
  }
  auto made = stat(path);
  if (!made) return std::move(made.error());
  if (!made.value().is_directory) return io_error(ENOTDIR, "make directory " + path);
  return {};
}

Status PosixFiles::sync_directory(const std::string& path) {
  UniqueFd fd(retry([&] { return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); }));
  if (!fd) return io_error(errno, "open directory " + path);
  return status_of(retry([&] { return ::fsync(fd.get()); }), "sync directory", path);
}

Result<std::vector<std::string>> PosixFiles::list(const std::string& path) {
  DIR* directory = ::opendir(path.c_str());
  if (!directory) return io_error(errno, "list " + path);
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(directory)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
    errno = 0;
  }
  const int failure = errno;
  ::closedir(directory);
  if (failure != 0) return io_error(failure, "list " + path);
  return names;
}

Result<std::string> PosixFiles::read_file(const std::string& path) {
  UniqueFd fd(retry([&] { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC); }));
  if (!fd) return io_error(errno, "open " + path);
  struct stat info {};
  if (::fstat(fd.get(), &info) < 0) return io_error(errno, "stat " + path);
  if (static_cast<uint64_t>(info.st_size) > kMaxSmallFileBytes) {
    return io_error(EFBIG, "read " + path);
  }
  std::string content(static_cast<size_t>(info.st_size), '\0');
  size_t done = 0;
  while (done < content.size()) {
    const ssize_t n =
        retry([&] { return ::read(fd.get(), content.data() + done, content.size() - done); });
    if (n < 0) return io_error(errno, "read " + path);
    if (n == 0) break;
    done += static_cast<size_t>(n);
  }
  content.resize(done);
  return content;
}

Status PosixFiles::write_file(const std::string& path, std::string_view content, bool sync) {
  UniqueFd fd(
      retry([&] { return ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644); }));
  if (!fd) return io_error(errno, "open " + path);
  while (!content.empty()) {
    const ssize_t n = retry([&] { return ::write(fd.get(), content.data(), content.size()); });
    if (n < 0) return io_error(errno, "write " + path);
    content.remove_prefix(static_cast<size_t>(n));
  }
  if (!sync) return {};
  return status_of(retry([&] { return ::fdatasync(fd.get()); }), "sync", path);
}

}  // namespace ceto
