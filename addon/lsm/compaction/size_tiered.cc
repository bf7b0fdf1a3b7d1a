#include "lsm/compaction/size_tiered.h"

#include <algorithm>
#include <numeric>

namespace ceto {

namespace {

struct Bucket {
  double average = 0;
  std::vector<size_t> members;
};

bool belongs(const Bucket& bucket, uint64_t size, const SizeTieredOptions& options) {
  const double bytes = static_cast<double>(size);
  if (bytes > bucket.average * options.bucket_low && bytes < bucket.average * options.bucket_high) {
    return true;
  }
  const double small = static_cast<double>(options.min_sstable_size);
  return bytes < small && bucket.average < small;
}

}  // namespace

SizeTieredOptions SizeTieredOptions::from(const CompactionOptions& options) {
  SizeTieredOptions out;
  const CommonCompactionOptions common = CommonCompactionOptions::from(options);
  out.min_threshold = common.min_threshold;
  out.max_threshold = common.max_threshold;
  read_option(options, "bucket_low", out.bucket_low);
  read_option(options, "bucket_high", out.bucket_high);
  read_option(options, "min_sstable_size", out.min_sstable_size);
  return out;
}

std::vector<std::vector<size_t>> size_buckets(const std::vector<uint64_t>& sizes,
                                              const SizeTieredOptions& options) {
  std::vector<size_t> ascending(sizes.size());
  std::iota(ascending.begin(), ascending.end(), size_t{0});
  std::stable_sort(ascending.begin(), ascending.end(),
                   [&](size_t a, size_t b) { return sizes[a] < sizes[b]; });
  std::vector<Bucket> buckets;
  for (const size_t index : ascending) {
    const auto home = std::find_if(buckets.begin(), buckets.end(), [&](const Bucket& bucket) {
      return belongs(bucket, sizes[index], options);
    });
    Bucket& bucket = home == buckets.end() ? buckets.emplace_back() : *home;
    const double count = static_cast<double>(bucket.members.size());
    bucket.average = (bucket.average * count + static_cast<double>(sizes[index])) / (count + 1);
    bucket.members.push_back(index);
  }
  std::vector<std::vector<size_t>> out;
  for (Bucket& bucket : buckets) out.push_back(std::move(bucket.members));
  return out;
}

SizeTieredChoice choose_size_tiered(const std::vector<uint64_t>& sizes,
                                    const SizeTieredOptions& options) {
  SizeTieredChoice choice;
  // Buckets are made from the small sizes up: the first that is full enough has the smallest
  // tables.
  for (std::vector<size_t>& bucket : size_buckets(sizes, options)) {
    if (bucket.size() < options.min_threshold) continue;
    choice.pending += (bucket.size() + options.max_threshold - 1) / options.max_threshold;
    if (!choice.inputs.empty()) continue;
    choice.inputs = std::move(bucket);
    if (choice.inputs.size() > options.max_threshold) choice.inputs.resize(options.max_threshold);
  }
  return choice;
}

SizeTieredChoice choose_size_tiered(const CompactionView& view, const std::vector<size_t>& among,
                                    const SizeTieredOptions& options) {
  std::vector<uint64_t> sizes;
  for (const size_t index : among) sizes.push_back(view.sstables[index].data_bytes);
  SizeTieredChoice choice = choose_size_tiered(sizes, options);
  for (size_t& input : choice.inputs) input = among[input];
  return choice;
}

}  // namespace ceto
