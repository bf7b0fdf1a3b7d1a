#include "lsm/set_links.h"

#include <algorithm>

namespace ceto {

namespace {

constexpr std::string_view kToc = "TOC.txt";

// Another shard may have made the same link.
Status link_if_missing(Io& io, const std::string& from, const std::string& to) {
  const Status linked = io.link(from, to);
  if (linked) return linked;
  const auto there = io.exists(to);
  return there && there.value() ? Status{} : linked;
}

}  // namespace

Status link_own_set(Io& io, const SSTableDescriptor& set, const ShardShare& share,
                    const std::string& target) {
  const auto toc = io.read_file(set.path(kToc));
  if (!toc) return toc.error();
  SSTableDescriptor copy = set;
  copy.directory = target;
  CETO_TRY(link_if_missing(io, set.path(share_mark(share)), copy.path(share_mark(share))));
  for (std::string_view left = toc.value(); !left.empty();) {
    const size_t end = std::min(left.find('\n'), left.size());
    const std::string_view component = left.substr(0, end);
    left.remove_prefix(std::min(end + 1, left.size()));
    if (component.empty() || component == kToc) continue;
    CETO_TRY(link_if_missing(io, set.path(component), copy.path(component)));
  }
  // Last, as everywhere: a set with it is complete.
  return link_if_missing(io, set.path(kToc), copy.path(kToc));
}

Status link_shared_set(Io& io, const std::string& directory, const FileSet& set, uint32_t count,
                       const std::string& target) {
  std::vector<std::string> left_out;
  for (const ShardShare& share : set.rewritten) {
    if (share.count == count) left_out.push_back(rewritten_mark(share));
  }
  std::string toc;
  for (const std::string& name : set.file_names) {
    const auto file = parse_sstable_file_name(name);
    CETO_ASSERT(file.has_value());
    if (file->temporary ||
        std::find(left_out.begin(), left_out.end(), file->component) != left_out.end()) {
      continue;
    }
    if (file->component == kToc) {
      toc = name;
      continue;
    }
    CETO_TRY(link_if_missing(io, directory + '/' + name, target + '/' + name));
  }
  if (toc.empty()) return Status{};
  return link_if_missing(io, directory + '/' + toc, target + '/' + toc);
}

}  // namespace ceto
