#include "lsm/sstable/compressor.h"

#include <lz4.h>
#include <lz4hc.h>
#include <snappy.h>
#include <zlib.h>
#include <zstd.h>

#include <cstdlib>
#include <cstring>

namespace ceto {

namespace {

const char* chars(const uint8_t* bytes) { return reinterpret_cast<const char*>(bytes); }
char* chars(uint8_t* bytes) { return reinterpret_cast<char*>(bytes); }

// The block after its uncompressed size as a little-endian u32.
class Lz4Compressor final : public Compressor {
 public:
  explicit Lz4Compressor(int high_level) : high_level_(high_level) {}
  std::string_view class_name() const override { return "LZ4Compressor"; }
  size_t bound(size_t size) const override {
    return kPrefix + static_cast<size_t>(LZ4_compressBound(static_cast<int>(size)));
  }
  size_t compress(Bytes from, uint8_t* to) override {
    const auto size = static_cast<uint32_t>(from.size());
    std::memcpy(to, &size, kPrefix);
    const int room = LZ4_compressBound(static_cast<int>(size));
    const int written = high_level_ > 0
                            ? LZ4_compress_HC(chars(from.data()), chars(to + kPrefix),
                                              static_cast<int>(size), room, high_level_)
                            : LZ4_compress_default(chars(from.data()), chars(to + kPrefix),
                                                   static_cast<int>(size), room);
    return written <= 0 ? 0 : kPrefix + static_cast<size_t>(written);
  }
  size_t decompress(Bytes from, uint8_t* to, size_t room) override {
    if (from.size() < kPrefix) return kFailed;
    uint32_t size = 0;
    std::memcpy(&size, from.data(), kPrefix);
    if (size > room) return kFailed;
    const int done =
        LZ4_decompress_safe(chars(from.data() + kPrefix), chars(to),
                            static_cast<int>(from.size() - kPrefix), static_cast<int>(size));
    return done == static_cast<int>(size) ? size : kFailed;
  }

 private:
  static constexpr size_t kPrefix = 4;
  int high_level_;  // 0: the fast compressor
};

class SnappyCompressor final : public Compressor {
 public:
  std::string_view class_name() const override { return "SnappyCompressor"; }
  size_t bound(size_t size) const override { return snappy::MaxCompressedLength(size); }
  size_t compress(Bytes from, uint8_t* to) override {
    size_t written = 0;
    snappy::RawCompress(chars(from.data()), from.size(), chars(to), &written);
    return written;
  }
  size_t decompress(Bytes from, uint8_t* to, size_t room) override {
    size_t size = 0;
    if (!snappy::GetUncompressedLength(chars(from.data()), from.size(), &size) || size > room) {
      return kFailed;
    }
    return snappy::RawUncompress(chars(from.data()), from.size(), chars(to)) ? size : kFailed;
  }
};

class DeflateCompressor final : public Compressor {
 public:
  std::string_view class_name() const override { return "DeflateCompressor"; }
  size_t bound(size_t size) const override { return compressBound(size); }
  size_t compress(Bytes from, uint8_t* to) override {
    uLongf written = compressBound(from.size());
    return ::compress(to, &written, from.data(), from.size()) == Z_OK ? written : 0;
  }
  size_t decompress(Bytes from, uint8_t* to, size_t room) override {
    uLongf written = room;
    return uncompress(to, &written, from.data(), from.size()) == Z_OK ? written : kFailed;
  }
};

class ZstdCompressor final : public Compressor {
 public:
  explicit ZstdCompressor(int level)
      : level_(level), out_(ZSTD_createCCtx()), in_(ZSTD_createDCtx()) {
    ZSTD_CCtx_setParameter(out_.get(), ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setParameter(out_.get(), ZSTD_c_checksumFlag, 1);
  }
  std::string_view class_name() const override { return "ZstdCompressor"; }
  size_t bound(size_t size) const override { return ZSTD_compressBound(size); }
  size_t compress(Bytes from, uint8_t* to) override {
    const size_t written =
        ZSTD_compress2(out_.get(), to, ZSTD_compressBound(from.size()), from.data(), from.size());
    return ZSTD_isError(written) ? 0 : written;
  }
  size_t decompress(Bytes from, uint8_t* to, size_t room) override {
    const size_t written = ZSTD_decompressDCtx(in_.get(), to, room, from.data(), from.size());
    return ZSTD_isError(written) ? kFailed : written;
  }

 private:
  struct Free {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };
  int level_;
  std::unique_ptr<ZSTD_CCtx, Free> out_;
  std::unique_ptr<ZSTD_DCtx, Free> in_;
};

class NoopCompressor final : public Compressor {
 public:
  std::string_view class_name() const override { return "NoopCompressor"; }
  size_t bound(size_t size) const override { return size; }
  size_t compress(Bytes from, uint8_t* to) override {
    std::memcpy(to, from.data(), from.size());
    return from.size();
  }
  size_t decompress(Bytes from, uint8_t* to, size_t room) override {
    if (from.size() > room) return kFailed;
    std::memcpy(to, from.data(), from.size());
    return from.size();
  }
};

// The option's value, or `otherwise` when it is missing or no number; the schema has validated it.
int int_option(const std::map<std::string, std::string>& options, const char* name, int otherwise) {
  const auto at = options.find(name);
  if (at == options.end()) return otherwise;
  char* end = nullptr;
  const long value = std::strtol(at->second.c_str(), &end, 10);
  return end == at->second.c_str() ? otherwise : static_cast<int>(value);
}

}  // namespace

Result<std::unique_ptr<Compressor>> make_compressor(
    std::string_view name, const std::map<std::string, std::string>& options) {
  const std::string_view simple = name.substr(name.rfind('.') + 1);
  std::unique_ptr<Compressor> made;
  if (simple == "LZ4Compressor") {
    const auto kind = options.find("lz4_compressor_type");
    const bool high = kind != options.end() && kind->second == "high";
    made = std::make_unique<Lz4Compressor>(
        high ? int_option(options, "lz4_high_compressor_level", LZ4HC_CLEVEL_DEFAULT) : 0);
  } else if (simple == "SnappyCompressor") {
    made = std::make_unique<SnappyCompressor>();
  } else if (simple == "DeflateCompressor") {
    made = std::make_unique<DeflateCompressor>();
  } else if (simple == "ZstdCompressor") {
    made = std::make_unique<ZstdCompressor>(int_option(options, "compression_level", 3));
  } else if (simple == "NoopCompressor") {
    made = std::make_unique<NoopCompressor>();
  } else {
    return Error{ErrorCode::kConfigError,
                 "Could not create Compression for type " + std::string(name)};
  }
  return made;
}

}  // namespace ceto
