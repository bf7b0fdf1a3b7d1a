#include "lsm/sstable/data_writer.h"

#include <cmath>
#include <cstdlib>

#include "base/byte_io.h"
#include "lsm/crc32.h"

namespace ceto {

namespace {

// Options that say how Cassandra uses the compressor, not what the compressor does.
bool is_general_option(const std::string& name) {
  return name == "class" || name == "sstable_compression" || name == "enabled" ||
         name == "chunk_length_in_kb" || name == "chunk_length_kb" || name == "chunk_length" ||
         name == "min_compress_ratio" || name == "max_compressed_length" ||
         name == "crc_check_chance";
}

// A chunk that does not shrink by `min_compress_ratio` is stored as it is; 0: always compressed.
uint32_t max_compressed_length(const CompressionParameters& compression) {
  const auto option = compression.options.find("min_compress_ratio");
  if (option == compression.options.end()) return INT32_MAX;
  const double ratio = std::strtod(option->second.c_str(), nullptr);
  if (ratio <= 0) return INT32_MAX;
  const double length = std::ceil(compression.chunk_length / ratio);
  return length >= INT32_MAX ? INT32_MAX : static_cast<uint32_t>(length);
}

}  // namespace

CompressionParameters CompressionParameters::of(const TableSchema& schema) {
  if (schema.compression_chunk_length == 0) return {"", 0, {}};
  return {schema.compression_class, schema.compression_chunk_length, schema.compression_options};
}

CompressionParameters CompressionParameters::fast(const TableSchema& schema) {
  CompressionParameters own = of(schema);
  const std::string simple = own.compressor.substr(own.compressor.rfind('.') + 1);
  const auto kind = own.options.find("lz4_compressor_type");
  const bool high = kind != own.options.end() && kind->second == "high";
  if (simple == "ZstdCompressor" || simple == "DeflateCompressor" || high) {
    return {"LZ4Compressor", 16384, {}};
  }
  return own;
}

DataWriter::DataWriter(Io& io, const CompressionParameters& compression)
    : file_(io),
      chunk_(compression.compressor.empty() ? kPlainChunkBytes : compression.chunk_length) {
  if (compression.compressor.empty()) {
    ByteWriter(checksums_).u32(kPlainChunkBytes);
    return;
  }
  auto made = make_compressor(compression.compressor, compression.options);
  if (!made) {
    failure_ = std::move(made.error());
    return;
  }
  compressor_ = std::move(made).value();
  info_.compressor = compressor_->class_name();
  for (const auto& [name, value] : compression.options) {
    if (!is_general_option(name)) info_.options[name] = value;
  }
  info_.chunk_length = compression.chunk_length;
  info_.max_compressed_length = max_compressed_length(compression);
  compressed_.resize(compressor_->bound(info_.chunk_length));
}

Status DataWriter::create(const std::string& path) {
  if (!failure_.ok()) return failure_.error();
  return file_.create(path);
}

void DataWriter::emit(Bytes bytes, uint32_t crc) {
  digest_ = crc32_joined(digest_, crc, bytes.size());
  file_.append(bytes);
}

void DataWriter::put_full_chunks() {
  chunk_.take_full([this](Bytes chunk) { put(chunk); });
}

void DataWriter::put(Bytes chunk) {
  Bytes stored = chunk;
  if (compressed()) {
    const size_t size = compressor_->compress(stored, compressed_.data());
    if (size == 0) {
      failure_ = Error{ErrorCode::kServerError, "compression of a chunk of " + path() + " failed"};
      return;
    }
    if (size < info_.max_compressed_length) stored = Bytes(compressed_.data(), size);
    info_.offsets.push_back(file_.size_bytes());
  }
  const uint32_t crc = crc32_of(stored);
  emit(stored, crc);
  uint8_t crc_bytes[4];
  store_be(crc_bytes, crc);
  if (compressed()) {
    emit({crc_bytes, 4}, crc32_of({crc_bytes, 4}));
  } else {
    ByteWriter(checksums_).u32(crc);
  }
}

Task<Status> DataWriter::drain() {
  if (!failure_.ok()) co_return failure_.error();
  co_return co_await file_.drain();
}

Task<Status> DataWriter::finish() {
  if (!chunk_.rest().empty()) put(chunk_.rest());
  if (!failure_.ok()) co_return failure_.error();
  info_.data_length = position_;
  co_return co_await file_.finish();
}

}  // namespace ceto
