// Paths of the simulated disk: without "." and "//" and a slash at the end; the root is the empty
// path and always there. Any thread.
#pragma once

#include <filesystem>
#include <string>

namespace ceto {

inline std::string simulated_normal(const std::string& path) {
  std::string normal = std::filesystem::path(path).lexically_normal().string();
  if (normal == ".") return "";
  while (!normal.empty() && normal.back() == '/') normal.pop_back();
  return normal;
}

// Of a normal path that is not the root.
inline std::string simulated_parent(const std::string& path) {
  const size_t slash = path.find_last_of('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

}  // namespace ceto
