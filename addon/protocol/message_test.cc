#include "protocol/message.h"

#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "protocol/reply.h"

namespace ceto {
namespace {

void long_string(ByteWriter& out, std::string_view text) { out.i32_bytes(Bytes(text)); }
void short_string(ByteWriter& out, std::string_view text) { out.u16_bytes(Bytes(text)); }

void write_flags(ByteWriter& out, uint8_t version, uint32_t flags) {
  if (version >= 5) {
    out.u32(flags);
  } else {
    out.u8(static_cast<uint8_t>(flags));
  }
}

// All that QUERY and EXECUTE can say after the statement.
void write_full_parameters(ByteWriter& out, uint8_t version, bool named) {
  out.u16(6);
  uint32_t flags = 0x3F | (named ? 0x40 : 0);
  if (version >= 5) flags |= 0x180;
  write_flags(out, version, flags);
  out.u16(3);
  if (named) short_string(out, "a");
  out.i32_bytes(Bytes(std::string_view("one")));
  if (named) short_string(out, "b");
  out.i32(-1);
  if (named) short_string(out, "c");
  out.i32(version >= 4 ? -2 : 0);
  out.i32(500);
  out.i32_bytes(Bytes(std::string_view("state")));
  out.u16(9);
  out.i64(1234567);
  if (version >= 5) {
    short_string(out, "ks");
    out.i32(1700000000);
  }
}

std::string query_body(uint8_t version, bool named) {
  std::string body;
  ByteWriter out(body);
  long_string(out, "SELECT * FROM t WHERE k = ?");
  write_full_parameters(out, version, named);
  return body;
}

std::string execute_body(uint8_t version) {
  std::string body;
  ByteWriter out(body);
  short_string(out, "0123456789abcdef");
  if (version >= 5) short_string(out, "fedcba9876543210");
  write_full_parameters(out, version, false);
  return body;
}

std::string batch_body(uint8_t version) {
  std::string body;
  ByteWriter out(body);
  out.u8(1);
  out.u16(2);
  out.u8(0);
  long_string(out, "INSERT INTO t (k) VALUES (?)");
  out.u16(1);
  out.i32_bytes(Bytes(std::string_view("v")));
  out.u8(1);
  short_string(out, "0123456789abcdef");
  out.u16(0);
  out.u16(1);
  write_flags(out, version, 0x30);
  out.u16(8);
  out.i64(42);
  return body;
}

void expect_full_parameters(const QueryParameters& p, uint8_t version) {
  EXPECT_EQ(p.consistency, 6);
  EXPECT_TRUE(p.skip_metadata());
  ASSERT_EQ(p.values.size(), 3u);
  EXPECT_EQ(p.values[0].bytes().str(), "one");
  EXPECT_TRUE(p.values[1].is_null());
  EXPECT_EQ(p.values[2].is_unset(), version >= 4);
  EXPECT_EQ(p.page_size, 500);
  EXPECT_EQ(p.paging_state.bytes().str(), "state");
  EXPECT_EQ(p.serial_consistency, 9);
  EXPECT_EQ(p.timestamp, 1234567);
  if (version >= 5) {
    EXPECT_EQ(p.keyspace->str(), "ks");
    EXPECT_EQ(p.now_in_seconds, 1700000000);
  }
}

TEST(Query, a_page_size_of_0_is_refused) {
  for (const int32_t page_size : {-1, 0, 1}) {
    std::string parameters;
    ByteWriter out(parameters);
    out.u16(1);
    write_flags(out, 4, 0x04);
    out.i32(page_size);
    std::string query, execute;
    ByteWriter query_out(query), execute_out(execute);
    long_string(query_out, "SELECT * FROM t");
    query_out.bytes(parameters);
    short_string(execute_out, "0123456789abcdef");
    execute_out.bytes(parameters);
    Arena arena;
    QueryMessage query_message;
    ExecuteMessage execute_message;
    for (const Status& status : {decode_query(ByteReader(query), 4, arena, query_message),
                                 decode_execute(ByteReader(execute), 4, arena, execute_message)}) {
      EXPECT_EQ(status.ok(), page_size != 0);
      if (status.ok()) continue;
      EXPECT_EQ(status.error().code, ErrorCode::kProtocolError);
      EXPECT_EQ(status.error().message, "The page size cannot be 0");
    }
  }
}

TEST(Query, all_parameters_of_all_versions_decode) {
  for (const uint8_t version : {3, 4, 5}) {
    for (const bool named : {false, true}) {
      Arena arena;
      QueryMessage message;
      const std::string body = query_body(version, named);
      const Status status = decode_query(ByteReader(Bytes(body)), version, arena, message);
      ASSERT_TRUE(status) << status.error().message;
      EXPECT_EQ(message.text.str(), "SELECT * FROM t WHERE k = ?");
      expect_full_parameters(message.parameters, version);
      ASSERT_EQ(message.parameters.names.size(), named ? 3u : 0u);
      if (named) {
        EXPECT_EQ(message.parameters.names[2].str(), "c");
      }
    }
  }
}

TEST(Execute, ids_and_parameters_decode) {
  for (const uint8_t version : {3, 4, 5}) {
    Arena arena;
    ExecuteMessage message;
    const std::string body = execute_body(version);
    ASSERT_TRUE(decode_execute(ByteReader(Bytes(body)), version, arena, message));
    EXPECT_EQ(message.id.str(), "0123456789abcdef");
    EXPECT_EQ(message.result_metadata_id.str(), version >= 5 ? "fedcba9876543210" : "");
    expect_full_parameters(message.parameters, version);
    EXPECT_EQ(message.parameters.values[0].bytes().data(),
              reinterpret_cast<const uint8_t*>(body.data()) + body.find("one"));  // not copied
  }
}

TEST(Batch, statements_and_options_decode) {
  for (const uint8_t version : {3, 4, 5}) {
    Arena arena;
    BatchMessage message;
    const std::string body = batch_body(version);
    ASSERT_TRUE(decode_batch(ByteReader(Bytes(body)), version, arena, message));
    EXPECT_EQ(message.type, BatchType::kUnlogged);
    ASSERT_EQ(message.statements.size(), 2u);
    EXPECT_FALSE(message.statements[0].prepared);
    EXPECT_EQ(message.statements[0].values[0].bytes().str(), "v");
    EXPECT_TRUE(message.statements[1].prepared);
    EXPECT_EQ(message.statements[1].text_or_id.str(), "0123456789abcdef");
    EXPECT_EQ(message.parameters.timestamp, 42);
  }
}

TEST(Prepare, keyspace_of_version_5_decodes) {
  std::string body;
  ByteWriter out(body);
  long_string(out, "SELECT 1");
  PrepareMessage v4;
  ASSERT_TRUE(decode_prepare(ByteReader(Bytes(body)), 4, v4));
  EXPECT_FALSE(v4.keyspace);
  out.u32(1);
  short_string(out, "ks");
  PrepareMessage v5;
  ASSERT_TRUE(decode_prepare(ByteReader(Bytes(body)), 5, v5));
  EXPECT_EQ(v5.text.str(), "SELECT 1");
  EXPECT_EQ(v5.keyspace->str(), "ks");
}

TEST(Startup, options_are_found_by_name) {
  std::string body;
  ByteWriter out(body);
  out.u16(2);
  short_string(out, "CQL_VERSION");
  short_string(out, "3.0.0");
  short_string(out, "COMPRESSION");
  short_string(out, "lz4");
  Arena arena;
  StartupMessage message;
  ASSERT_TRUE(decode_startup(ByteReader(Bytes(body)), arena, message));
  EXPECT_EQ(message.option("COMPRESSION")->str(), "lz4");
  EXPECT_FALSE(message.option("DRIVER_NAME"));
}

TEST(Register, events_in_either_case_make_a_mask) {
  std::string body;
  ByteWriter out(body);
  out.u16(2);
  short_string(out, "schema_change");
  short_string(out, "STATUS_CHANGE");
  RegisterMessage message;
  ASSERT_TRUE(decode_register(ByteReader(Bytes(body)), message));
  EXPECT_EQ(message.events, kSchemaChange | kStatusChange);
}

// Texts that Cassandra 5.0.6 gave for the same bytes.
TEST(Messages, errors_have_cassandras_words) {
  using Decode = std::function<Status(Bytes, Arena&)>;
  const Decode query = [](Bytes b, Arena& a) {
    QueryMessage m;
    return decode_query(ByteReader(b), 4, a, m);
  };
  const Decode batch = [](Bytes b, Arena& a) {
    BatchMessage m;
    return decode_batch(ByteReader(b), 4, a, m);
  };
  const Decode execute = [](Bytes b, Arena& a) {
    ExecuteMessage m;
    return decode_execute(ByteReader(b), 4, a, m);
  };
  const Decode startup = [](Bytes b, Arena& a) {
    StartupMessage m;
    return decode_startup(ByteReader(b), a, m);
  };
  const Decode events = [](Bytes b, Arena&) {
    RegisterMessage m;
    return decode_register(ByteReader(b), m);
  };
  using namespace std::string_literals;
  const struct {
    Decode decode;
    std::string body;
    const char* message;
  } cases[] = {
      {query,
       "\0\0\0\x63"
       "abc"s,
       "Not enough bytes to read an UTF8 serialized string preceded by its 4 bytes length"},
      {query,
       "\xff\xff\xff\xff"
       "abc"s,
       "Not enough bytes to read an UTF8 serialized string preceded by its 4 bytes length"},
      {query, "\0\0\0\1x\0\x63\0"s, "Unknown code 99 for a consistency level"},
      {query, "\0\0\0\1x\0\1\1\0\1\xff\xff\xff\xfd"s, "Invalid ByteBuf length -3"},
      {query, "\0\0\0\1x\0\1\x20\x80\0\0\0\0\0\0\0"s,
       "Out of bound timestamp, must be in [-9223372036854775807, 9223372036854775807] (got "
       "-9223372036854775808)"},
      {query, "\0\0\0\1x\0\1\x80"s,
       "Not enough bytes to read an UTF8 serialized string preceded by its 2 bytes length"},
      {batch, "\x09\0\0\0\1\0"s, "Invalid BATCH message type 9"},
      {batch, "\0\0\1\7\0\1\0\0\0"s,
       "Invalid query kind in BATCH messages. Must be 0 or 1 but got 7"},
      {execute,
       "\0\x10"
       "abc"s,
       "Not enough bytes to read a byte array preceded by its 2 bytes length"},
      {startup,
       "\0\1\0\x20"
       "abc"s,
       "Not enough bytes to read an UTF8 serialized string preceded by its 2 bytes length"},
      {startup, "\0\1\0\2\xff\xfe\0\1x"s,
       "Cannot decode string as UTF8: 'fffe'; java.nio.charset.MalformedInputException: Input "
       "length = 1"},
      {events, "\0\1\0\4NOPE"s, "Invalid value 'NOPE' for Type"},
  };
  for (const auto& c : cases) {
    Arena arena;
    const Status status = c.decode(Bytes(c.body), arena);
    ASSERT_FALSE(status) << c.message;
    EXPECT_EQ(status.error().code, ErrorCode::kProtocolError);
    EXPECT_EQ(status.error().message, c.message);
  }
}

// Every decoder on a body; whether it likes it is not asked.
void decode_with_all(Bytes body, uint8_t version) {
  Arena arena(512);
  QueryMessage query;
  (void)decode_query(ByteReader(body), version, arena, query);
  PrepareMessage prepare;
  (void)decode_prepare(ByteReader(body), version, prepare);
  ExecuteMessage execute;
  (void)decode_execute(ByteReader(body), version, arena, execute);
  BatchMessage batch;
  (void)decode_batch(ByteReader(body), version, arena, batch);
  StartupMessage startup;
  (void)decode_startup(ByteReader(body), arena, startup);
  RegisterMessage events;
  (void)decode_register(ByteReader(body), events);
  AuthResponseMessage auth;
  (void)decode_auth_response(ByteReader(body), auth);
  ByteReader reader(body);
  std::span<const PayloadEntry> payload;
  (void)decode_custom_payload(reader, arena, payload);
}

TEST(Messages, truncated_at_every_offset_are_refused) {
  for (const uint8_t version : {3, 4, 5}) {
    const std::string query = query_body(version, true);
    const std::string execute = execute_body(version);
    const std::string batch = batch_body(version);
    for (size_t size = 0; size < query.size(); ++size) {
      Arena arena;
      QueryMessage message;
      EXPECT_FALSE(decode_query(ByteReader(Bytes(query).sub(0, size)), version, arena, message));
    }
    for (size_t size = 0; size < execute.size(); ++size) {
      Arena arena;
      ExecuteMessage message;
      const ByteReader cut(Bytes(execute).sub(0, size));
      EXPECT_FALSE(decode_execute(cut, version, arena, message));
    }
    for (size_t size = 0; size < batch.size(); ++size) {
      Arena arena;
      BatchMessage message;
      EXPECT_FALSE(decode_batch(ByteReader(Bytes(batch).sub(0, size)), version, arena, message));
    }
  }
}

TEST(Messages, random_bytes_and_flipped_bits_do_no_harm) {
  const uint64_t seed = 41;
  std::mt19937_64 random(seed);
  for (int round = 0; round < 20'000; ++round) {
    const uint8_t version = static_cast<uint8_t>(3 + random() % 3);
    std::string body;
    switch (random() % 4) {
      case 0:
        body = query_body(version, random() % 2 == 0);
        break;
      case 1:
        body = execute_body(version);
        break;
      case 2:
        body = batch_body(version);
        break;
      default:
        body.resize(random() % 80);
        for (char& c : body) c = static_cast<char>(random() % 2 == 0 ? random() : random() % 4);
    }
    for (uint64_t flips = random() % 4; flips != 0 && !body.empty(); --flips) {
      body[random() % body.size()] ^= static_cast<char>(1 << random() % 8);
    }
    body.resize(random() % 4 == 0 ? random() % (body.size() + 1) : body.size());
    // On the heap and of the exact size, so that a sanitizer sees a read behind its end.
    const std::vector<uint8_t> exact(body.begin(), body.end());
    decode_with_all(Bytes(exact.data(), exact.size()), version);
  }
}

TEST(Reply, prefixes_come_in_the_protocols_order_and_only_where_known) {
  const uint8_t id[16] = {1, 2, 3};
  const std::vector<std::string> warnings = {"careful"};
  const std::vector<std::pair<std::string, std::string>> payload = {{"k", "v"}};
  const ReplyPrefix prefix{id, warnings, payload};
  std::string v4;
  ByteWriter out(v4);
  EXPECT_EQ(encode_prefix(out, 4, prefix), 0x02 | 0x08 | 0x04);
  EXPECT_EQ(v4.size(), 16u + 2 + 2 + 7 + 2 + 2 + 1 + 4 + 1);
  EXPECT_EQ(v4.substr(20, 7), "careful");
  std::string v3;
  ByteWriter out3(v3);
  EXPECT_EQ(encode_prefix(out3, 3, prefix), 0x02);
  EXPECT_EQ(v3.size(), 16u);
}

TEST(Reply, errors_carry_code_text_and_extra_fields) {
  std::string body;
  ByteWriter out(body);
  encode_error(out, unavailable_error(6, 2, 1));
  ByteReader in{Bytes(body)};
  EXPECT_EQ(in.u32(), 0x1000u);
  EXPECT_EQ(in.u16_bytes().str(), "Cannot achieve consistency level LOCAL_QUORUM");
  EXPECT_EQ(in.u16(), 6);
  EXPECT_EQ(in.i32(), 2);
  EXPECT_EQ(in.i32(), 1);
  EXPECT_TRUE(in.at_end());
  body.clear();
  encode_error(out, corrupt("disk"));
  EXPECT_EQ(ByteReader{Bytes(body)}.u32(), 0u);  // internal codes do not leave the node
}

TEST(Reply, a_message_too_long_for_a_string_is_cut_between_characters) {
  std::string body;
  ByteWriter out(body);
  std::string text(65'534, 'x');
  text += "\xC3\xA9\xC3\xA9";
  encode_error(out, invalid_request(text));
  ByteReader in{Bytes(body)};
  in.u32();
  EXPECT_EQ(in.u16_bytes().size(), 65'534u);
  EXPECT_TRUE(in.at_end());
}

TEST(Reply, schema_changes_of_functions_are_keyspace_updates_for_version_3) {
  const std::vector<std::string> types = {"int"};
  const SchemaChange change{"CREATED", SchemaTarget::kFunction, "ks", "f", types};
  std::string v3;
  ByteWriter out3(v3);
  encode_schema_change_event(out3, 3, change);
  EXPECT_EQ(v3, std::string("\0\x0dSCHEMA_CHANGE\0\7UPDATED\0\x08KEYSPACE\0\2ks", 38));
  std::string v4;
  ByteWriter out4(v4);
  encode_schema_change_result(out4, 4, change);
  EXPECT_EQ(v4, std::string("\0\0\0\5\0\7CREATED\0\x08"
                            "FUNCTION\0\2ks\0\1f\0\1\0\3int",
                            37));
}

}  // namespace
}  // namespace ceto
