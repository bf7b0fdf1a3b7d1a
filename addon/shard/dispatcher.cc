#include "shard/dispatcher.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "plan/batch_guard.h"
#include "protocol/reply.h"
#include "shard/client_server.h"
#include "shard/consistency.h"
#include "shard/peers.h"
#include "shard/port_server.h"

namespace ceto {

namespace {

Error protocol_error(std::string message) {
  return {ErrorCode::kProtocolError, std::move(message)};
}

// Ceto's own codes are not for clients: the words are.
Error as_client_sees(const Error& error) {
  if (static_cast<uint32_t>(error.code) < 0xF000) return error;
  return {ErrorCode::kServerError, error.message};
}

bool starts_with_number(std::string_view& text) {
  size_t digits = 0;
  while (digits < text.size() && std::isdigit(static_cast<unsigned char>(text[digits]))) ++digits;
  text.remove_prefix(digits);
  return digits > 0;
}

// CQL_VERSION is asked for, reads as MAJOR.MINOR and more, and is 3 or later.
Status check_cql_version(const StartupMessage& message) {
  const auto option = message.option("CQL_VERSION");
  if (!option) return protocol_error("Missing value CQL_VERSION in STARTUP message");
  const std::string version = option->str();
  std::string_view rest = version;
  const bool reads = starts_with_number(rest) && rest.starts_with('.') &&
                     (rest.remove_prefix(1), starts_with_number(rest)) &&
                     (rest.empty() || rest.starts_with('.') || rest.starts_with('-'));
  if (!reads) return protocol_error("Invalid version value: " + version);
  const std::string_view major = std::string_view(version).substr(0, version.find('.'));
  if (major.size() == 1 && major < "3") {
    return protocol_error("CQL version " + version +
                          " is not supported by the binary protocol (supported version are >= "
                          "3.0.0)");
  }
  return {};
}

// The reader behind the custom payload that a frame may begin with; Ceto has no use for any.
Status skip_payload(uint8_t frame_flags, ByteReader& body, Arena& arena) {
  if (!(frame_flags & kFlagCustomPayload)) return {};
  std::span<const PayloadEntry> entries;
  return decode_custom_payload(body, arena, entries);
}

std::string_view write_type(const BoundStatement& bound) {
  const bool unlogged = bound.is_batch() && bound.batch_type() == BatchInfo::Type::kUnlogged;
  return bound.conditional() ? "CAS"
         : bound.counter()   ? "COUNTER"
         : unlogged          ? "UNLOGGED_BATCH"
         : bound.is_batch()  ? "BATCH"
                             : "SIMPLE";
}

uint16_t write_consistency(const BoundStatement& bound) {
  const QueryOptions& options = bound.options();
  return bound.conditional() ? options.serial_consistency : options.consistency;
}

// As a coordinator says it whose one replica has not answered.
Error timeout_error(const BoundStatement& bound) {
  const QueryOptions& options = bound.options();
  if (bound.is_read()) return read_timeout_error(options.consistency, 0, 1, false);
  return write_timeout_error(write_consistency(bound), 0, 1, write_type(bound),
                             options.protocol_version);
}

// As a coordinator says it whose one replica has failed; why, stands in the node's log.
Error failure_error(const BoundStatement& bound, Bytes address) {
  const QueryOptions& options = bound.options();
  if (bound.is_read()) {
    return read_failure_error(options.consistency, 1, address, options.protocol_version);
  }
  return write_failure_error(write_consistency(bound), 1, address, write_type(bound),
                             options.protocol_version);
}

bool of_disk(const Error& error) {
  return error.code == ErrorCode::kIo || error.code == ErrorCode::kDiskFull ||
         error.code == ErrorCode::kCorrupt;
}

// org.apache.cassandra.cql3.statements.SelectStatement
void warn_of_aggregation(const Select& select, std::vector<std::string>& warnings) {
  const PartitionRestriction& partition = select.partition;
  if (!partition.by_key) {
    if (partition.lower.given || partition.upper.given || select.reads_key) return;
    warnings.push_back("Aggregation query used without partition key");
    return;
  }
  for (const KeyComponent& component : partition.components) {
    if (component.op == KeyComponent::Op::kEq) continue;
    warnings.push_back("Aggregation query used on multiple partition keys (IN restriction)");
    return;
  }
}

}  // namespace

Dispatcher::Dispatcher(Wiring& wiring, uint32_t shard, PlanCache& plans, PlanServices& services,
                       RequestPool& requests, PeerLinks& peers, Reactor& reactor)
    : wiring_(wiring),
      shard_(shard),
      plans_(plans),
      services_(services),
      requests_(requests),
      peers_(peers),
      reactor_(reactor),
      coordinator_(*this, services, reactor.background(WorkGroup::kScan), shard,
                   wiring.config.shards) {}

void Dispatcher::reply_error(Connection& connection, const FrameHeader& header,
                             const Error& error) {
  std::string body;
  ByteWriter out(body);
  encode_error(out, as_client_sees(error));
  connection.reply(header.version, header.stream, Opcode::kError, 0, body);
}

// --- messages ------------------------------------------------------------------------

void Dispatcher::on_message(Connection& connection, const FrameHeader& header, Bytes body) {
  const bool ready = connection.state == Connection::State::kReady;
  switch (header.opcode) {
    case Opcode::kOptions:
      connection.reply(header.version, header.stream, Opcode::kSupported, 0,
                       Bytes(clients_->supported_body()));
      return;
    case Opcode::kStartup:
      if (ready) {
        reply_error(
            connection, header,
            protocol_error("Unexpected message STARTUP, the connection is already initialized"));
        return;
      }
      startup(connection, header, body);
      return;
    case Opcode::kRegister:
    case Opcode::kQuery:
    case Opcode::kPrepare:
    case Opcode::kExecute:
    case Opcode::kBatch:
      break;
    default:
      // AUTH_RESPONSE: nobody was asked who he is.
      if (!ready) break;
      reply_error(connection, header,
                  protocol_error("Unexpected message " + std::string(opcode_name(header.opcode))));
      return;
  }
  if (!ready) {
    reply_error(connection, header,
                protocol_error("Unexpected message " + std::string(opcode_name(header.opcode)) +
                               ", expecting STARTUP or OPTIONS"));
    return;
  }
  if (header.opcode == Opcode::kRegister) {
    register_events(connection, header, body);
  } else {
    data_message(connection, header, body);
  }
}

void Dispatcher::startup(Connection& connection, const FrameHeader& header, Bytes body) {
  Arena arena(512);
  StartupMessage message;
  if (Status status = decode_startup(ByteReader(body), arena, message); !status) {
    reply_error(connection, header, status.error());
    return;
  }
  if (Status status = check_cql_version(message); !status) {
    reply_error(connection, header, status.error());
    return;
  }
  Compression compression = Compression::kNone;
  if (const auto wanted = message.option("COMPRESSION")) {
    std::string name = wanted->str();
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (name == "lz4") {
      compression = Compression::kLz4;
    } else if (name == "snappy" && header.version < 5) {
      compression = Compression::kSnappy;
    } else if (name == "snappy") {
      reply_error(connection, header,
                  protocol_error("Snappy compression is not supported in protocol V5"));
      return;
    } else if (name != "none" || header.version < 5) {
      reply_error(connection, header, protocol_error("Unknown compression algorithm: " + name));
      return;
    }
  }
  if (const auto name = message.option("DRIVER_NAME")) connection.driver_name = name->str();
  if (const auto version = message.option("DRIVER_VERSION")) {
    connection.driver_version = version->str();
  }
  connection.state = Connection::State::kReady;
  connection.agree(header.version, compression);
  connection.reply(header.version, header.stream, Opcode::kReady, 0, {});
}

void Dispatcher::register_events(Connection& connection, const FrameHeader& header, Bytes body) {
  RegisterMessage message;
  if (Status status = decode_register(ByteReader(body), message); !status) {
    reply_error(connection, header, status.error());
    return;
  }
  connection.event_mask |= message.events;
  connection.reply(header.version, header.stream, Opcode::kReady, 0, {});
}

void Dispatcher::data_message(Connection& connection, const FrameHeader& header, Bytes body) {
  Request* request = requests_.take();
  if (!request) {
    reply_error(connection, header,
                {ErrorCode::kOverloaded, "Too many requests are open on this node"});
    return;
  }
  connection.request_started();
  request->origin = Origin::kClient;
  request->connection = &connection;
  request->stream = header.stream;
  request->opcode = static_cast<uint8_t>(header.opcode);
  request->version = header.version;
  request->frame_flags = header.flags;
  // The one copy of the request: everything bound is a view on it.
  request->body = request->arena.copy(body);
  start(*request);
}

void Dispatcher::start(Request& request) {
  // The worker keeps the record of a traced request: the usual one pays this branch.
  if (request.frame_flags & kFlagTracing) {
    to_slow_lane(request, SlowReason::kTraced);
    return;
  }
  ByteReader body(request.body);
  if (Status status = skip_payload(request.frame_flags, body, request.arena); !status) {
    fail(request, status.error());
    return;
  }
  switch (static_cast<Opcode>(request.opcode)) {
    case Opcode::kQuery:
      start_query(request, body);
      return;
    case Opcode::kExecute:
      start_execute(request, body);
      return;
    case Opcode::kBatch:
      start_batch(request, body);
      return;
    case Opcode::kPrepare:
      to_slow_lane(request, SlowReason::kNoPlan);
      return;
    default:
      CETO_UNREACHABLE("opcode of a data message");
  }
}

// --- statements
// ------------------------------------------------------------------------------------------

QueryOptions Dispatcher::options_of(const Request& request,
                                    const QueryParameters& parameters) const {
  QueryOptions options;
  options.protocol_version = request.version;
  options.consistency = parameters.consistency;
  options.serial_consistency = parameters.serial_consistency;
  options.page_size = parameters.page_size;
  options.paging_state = parameters.paging_state;
  options.default_timestamp_micros = parameters.timestamp;
  if (parameters.now_in_seconds) options.now_in_seconds = *parameters.now_in_seconds;
  options.skip_metadata = parameters.skip_metadata();
  return options;
}

const PlanPtr* Dispatcher::find_text_plan(const Request& request, Bytes text,
                                          const QueryParameters& parameters) {
  text_key_.clear();
  if (parameters.keyspace) {
    text_key_.append(parameters.keyspace->text());
  } else {
    text_key_.append(request.connection->keyspace);
  }
  text_key_.push_back('\0');
  text_key_.append(text.text());
  return plans_.find_text(text_key_);
}

void Dispatcher::start_query(Request& request, ByteReader body) {
  QueryMessage message;
  if (Status status = decode_query(body, request.version, request.arena, message); !status) {
    fail(request, status.error());
    return;
  }
  const PlanPtr* plan = find_text_plan(request, message.text, message.parameters);
  if (!plan || (*plan)->slow_lane()) {
    to_slow_lane(request, plan ? SlowReason::kSlowPlan : SlowReason::kNoPlan);
    return;
  }
  request.plans.push_back(*plan);
  QueryOptions options = options_of(request, message.parameters);
  options.prepared = false;
  run(request, **plan, message.parameters, options);
}

void Dispatcher::start_execute(Request& request, ByteReader body) {
  ExecuteMessage message;
  if (Status status = decode_execute(body, request.version, request.arena, message); !status) {
    fail(request, status.error());
    return;
  }
  const PlanPtr* plan = nullptr;
  if (message.id.size() == sizeof(PlanId)) {
    PlanId id;
    std::copy(message.id.begin(), message.id.end(), id.begin());
    plan = plans_.find(id);
  }
  if (!plan || (*plan)->slow_lane()) {
    to_slow_lane(request, plan ? SlowReason::kSlowPlan : SlowReason::kNoPlan);
    return;
  }
  request.plans.push_back(*plan);
  QueryOptions options = options_of(request, message.parameters);
  if (message.result_metadata_id.size() == 16) {
    options.result_metadata_id = message.result_metadata_id.data();
  }
  run(request, **plan, message.parameters, options);
}

void Dispatcher::run(Request& request, const Plan& plan, const QueryParameters& parameters,
                     const QueryOptions& options) {
  std::span<const Value> values = parameters.values;
  if (!parameters.names.empty()) {
    const auto named = request.arena.make_array<NamedValue>(values.size());
    for (size_t i = 0; i < values.size(); ++i) {
      named[i] = {parameters.names[i].text(), values[i]};
    }
    values = order_named_values(plan, named, request.arena);
  }
  auto bound = bind_statement(plan, values, options, services_, request.arena);
  if (!bound) {
    fail(request, bound.error());
    return;
  }
  ++fast_requests_;
  execute(request, *bound.value());
}

void Dispatcher::start_batch(Request& request, ByteReader body) {
  BatchMessage message;
  if (Status status = decode_batch(body, request.version, request.arena, message); !status) {
    fail(request, status.error());
    return;
  }
  const auto entries = request.arena.make_array<BatchEntry>(message.statements.size());
  for (size_t i = 0; i < entries.size(); ++i) {
    const BatchStatement& statement = message.statements[i];
    const PlanPtr* plan = nullptr;
    if (!statement.prepared) {
      plan = find_text_plan(request, statement.text_or_id, message.parameters);
    } else if (statement.text_or_id.size() == sizeof(PlanId)) {
      PlanId id;
      std::copy(statement.text_or_id.begin(), statement.text_or_id.end(), id.begin());
      plan = plans_.find(id);
    }
    if (!plan || (*plan)->slow_lane() || (*plan)->kind() != Plan::Kind::kModification) {
      request.plans.clear();
      to_slow_lane(request, SlowReason::kNoPlan);
      return;
    }
    request.plans.push_back(*plan);
    entries[i] = {plan->get(), statement.values};
  }
  auto bound = bind_batch(static_cast<BatchInfo::Type>(message.type), entries,
                          options_of(request, message.parameters), services_, request.arena);
  if (!bound) {
    fail(request, bound.error());
    return;
  }
  ++fast_requests_;
  execute(request, *bound.value());
}

void Dispatcher::execute(Request& request, const BoundStatement& bound) {
  if (Status status = check_consistency(bound); !status) {
    fail(request, status.error());
    return;
  }
  // Main's own requests have no client to warn, refuse or tell of a timeout.
  const bool of_client = request.origin == Origin::kClient || request.port != kMainPort;
  if (of_client && bound.is_batch()) {
    const NodeConfig& config = wiring_.config;
    const BatchLimits limits{config.batch_size_warn_bytes, config.batch_size_fail_bytes};
    if (Status status = check_batch(bound, limits, services_, request.warnings); !status) {
      fail(request, status.error());
      return;
    }
  }
  if (of_client && bound.is_read() && bound.select().statement->count) {
    warn_of_aggregation(*bound.select().statement, request.warnings);
  }
  const uint32_t lives = request.lives;
  coordinator_.start(request, bound);
  // Answered at once: the object may serve another request by now.
  if (request.lives != lives || !of_client) return;
  request.dispatcher = this;
  reactor_.arm(request.timeout, timeout_micros(bound));
}

int64_t Dispatcher::timeout_micros(const BoundStatement& bound) const {
  const NodeConfig& config = wiring_.config;
  if (bound.is_read()) {
    return bound.is_scan() ? config.range_timeout_micros : config.read_timeout_micros;
  }
  return bound.counter() ? config.counter_write_timeout_micros : config.write_timeout_micros;
}

void Dispatcher::time_out(Request& request) {
  CETO_ASSERT(!request.answered);
  ++timeouts_;
  answer_error(request, timeout_error(*request.parts[0].bound));
  request.answered = true;
}

// --- the slow lane
// -----------------------------------------------------------------------------------------

void Dispatcher::to_slow_lane(Request& request, SlowReason reason) {
  if (slow_.size() >= kMaxSlowRequests || request.reruns > kMaxReruns) {
    fail(request, {ErrorCode::kOverloaded, "Too many statements wait to be planned"});
    return;
  }
  ++slow_requests_;
  const uint64_t id = next_slow_id_++;
  slow_.emplace(id, &request);
  std::string message;
  message.reserve(request.body.size() + 64);
  ByteWriter out(message);
  out.u8(static_cast<uint8_t>(FromShard::kSlowRequest));
  out.u32(0);
  out.u64(id);
  out.u8(request.opcode);
  out.u8(request.version);
  out.u8(request.frame_flags);
  out.u16_bytes(request.connection->keyspace);
  out.u8(static_cast<uint8_t>(reason));
  if (reason == SlowReason::kTraced) out.u16_bytes(request.connection->peer().host());
  out.bytes(request.body);
  wiring_.ports[wiring_.worker_port(shard_)]->shard_send(shard_, std::move(message));
}

void Dispatcher::slow_reply(ByteReader& in) {
  const uint64_t id = in.u64();
  const auto opcode = static_cast<Opcode>(in.u8());
  const uint8_t frame_flags = in.u8();
  bool unchanged = false;
  const Bytes keyspace = in.i32_bytes(&unchanged);
  const auto found = slow_.find(id);
  CETO_ASSERT(found != slow_.end());
  Request& request = *found->second;
  slow_.erase(found);
  Connection& connection = *request.connection;
  if (!unchanged) connection.keyspace = keyspace.str();
  if (opcode == Opcode::kError) ++errors_;
  connection.reply(request.version, request.stream, opcode, frame_flags, in.rest());
  finish(request);
}

void Dispatcher::slow_rerun(uint64_t request_id) {
  const auto found = slow_.find(request_id);
  CETO_ASSERT(found != slow_.end());
  Request& request = *found->second;
  slow_.erase(found);
  ++request.reruns;
  start(request);
}

// --- plans that JavaScript runs
// -----------------------------------------------------------------------------

Request* Dispatcher::take_for_port(uint32_t port, uint32_t correlation) {
  Request* const request = requests_.take();
  if (!request) {
    ports_->send_failure(port, correlation, {ErrorCode::kOverloaded, "too many requests"});
    return nullptr;
  }
  request->origin = Origin::kPort;
  request->port = port;
  request->correlation = correlation;
  return request;
}

void Dispatcher::run_plan(uint32_t port, uint32_t correlation, ByteReader& in) {
  Request* const request = take_for_port(port, correlation);
  if (!request) return;
  const Bytes plan_bytes = in.i32_bytes();
  request->version = in.u8();
  auto plan =
      decode_plan(plan_bytes, [this](const TableId& id) { return services_.store().table(id); });
  if (!plan) {
    fail(*request, plan.error());
    return;
  }
  request->plans.push_back(std::move(plan).value());
  request->body = request->arena.copy(in.rest());
  ByteReader body(request->body);
  QueryParameters parameters;
  if (Status status = decode_query_parameters(body, request->version, request->arena, parameters);
      !status) {
    fail(*request, status.error());
    return;
  }
  QueryOptions options = options_of(*request, parameters);
  options.computed_values = true;
  run(*request, *request->plans.back(), parameters, options);
}

void Dispatcher::run_batch(uint32_t port, uint32_t correlation, ByteReader& in) {
  Request* const request = take_for_port(port, correlation);
  if (!request) return;
  request->body = request->arena.copy(in.rest());
  ByteReader body(request->body);
  const auto entries = request->arena.make_array<BatchEntry>(body.u16());
  for (BatchEntry& entry : entries) {
    auto plan = decode_plan(body.i32_bytes(),
                            [this](const TableId& id) { return services_.store().table(id); });
    if (!plan) {
      fail(*request, plan.error());
      return;
    }
    if (plan.value()->kind() != Plan::Kind::kModification) {
      fail(*request, invalid_request("a batch of what is no modification"));
      return;
    }
    const auto values = request->arena.make_array<Value>(body.u16());
    for (Value& value : values) {
      const int32_t size = body.i32();
      value = size == -1   ? Value::null()
              : size == -2 ? Value::unset()
                           : Value(body.bytes(static_cast<size_t>(size)));
    }
    request->plans.push_back(std::move(plan).value());
    entry = {request->plans.back().get(), values};
  }
  const uint8_t type = body.u8();
  if (type > static_cast<uint8_t>(BatchType::kCounter)) {
    fail(*request, invalid_request("a batch of an unknown type"));
    return;
  }
  request->version = body.u8();
  QueryParameters parameters;
  if (Status status = decode_query_parameters(body, request->version, request->arena, parameters);
      !status) {
    fail(*request, status.error());
    return;
  }
  QueryOptions options = options_of(*request, parameters);
  options.computed_values = true;
  auto bound =
      bind_batch(static_cast<BatchInfo::Type>(type), entries, options, services_, request->arena);
  if (!bound) {
    fail(*request, bound.error());
    return;
  }
  execute(*request, *bound.value());
}

// --- answers
// --------------------------------------------------------------------------------------------------

void Dispatcher::send_part(Part& part) {
  ++remote_parts_;
  PeerMessage message;
  message.kind = PeerMessage::Kind::kExecute;
  message.part = &part;
  peers_.send(part.shard, message);
}

void Dispatcher::return_part(Part& part) {
  PeerMessage message;
  message.kind = PeerMessage::Kind::kExecuted;
  message.part = &part;
  peers_.send(part.owner_shard, message);
}

void Dispatcher::complete(Request& request, const std::string& result_body) {
  if (request.answered) {
    finish(request);
    return;
  }
  uint8_t flags = 0;
  Bytes body(result_body);
  std::string with_warnings;
  if (!request.warnings.empty()) {
    ByteWriter out(with_warnings);
    ReplyPrefix prefix;
    prefix.warnings = request.warnings;
    flags = encode_prefix(out, request.version, prefix);
    out.bytes(body);
    body = Bytes(with_warnings);
  }
  if (request.origin == Origin::kPort) {
    ports_->send_result(request.port, request.correlation, static_cast<uint8_t>(Opcode::kResult),
                        flags, body);
  } else {
    request.connection->reply(request.version, request.stream, Opcode::kResult, flags, body);
  }
  finish(request);
}

void Dispatcher::fail(Request& request, const Error& error) {
  if (!request.answered) {
    const bool disk = of_disk(error) && request.parts_used > 0;
    answer_error(
        request,
        disk ? failure_error(*request.parts[0].bound, services_.config().node_address) : error);
  }
  finish(request);
}

void Dispatcher::answer_error(Request& request, const Error& error) {
  ++errors_;
  std::string body;
  ByteWriter out(body);
  encode_error(out, as_client_sees(error));
  if (request.origin == Origin::kPort) {
    ports_->send_result(request.port, request.correlation, static_cast<uint8_t>(Opcode::kError), 0,
                        body);
  } else {
    request.connection->reply(request.version, request.stream, Opcode::kError, 0, body);
  }
}

void Dispatcher::finish(Request& request) {
  if (Connection* connection = request.connection) {
    connection->request_ended();
    if (connection->closed() && connection->requests_open() == 0) clients_->release(*connection);
  }
  requests_.give_back(&request);
}

Task<void> Dispatcher::drain(Reactor& reactor) {
  for (int64_t waited = 0; requests_.in_flight() > 0 && waited < kDrainMicros;
       waited += kDrainStepMicros) {
    co_await reactor.sleep(kDrainStepMicros);
  }
}

void Dispatcher::add_numbers(NumberList& numbers) const {
  numbers.add("fast_lane_requests_total", fast_requests_);
  numbers.add("slow_lane_requests_total", slow_requests_);
  numbers.add("remote_parts_total", remote_parts_);
  numbers.add("request_errors_total", errors_);
  numbers.add("request_timeouts_total", timeouts_);
  numbers.add("requests_in_flight", requests_.in_flight());
}

}  // namespace ceto
