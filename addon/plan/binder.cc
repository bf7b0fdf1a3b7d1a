// Binding: values checked, terms computed, keys and ranges found, times decided. What can fail for
// the client's sake fails here, before any shard has done anything.
#include <algorithm>

#include "base/byte_io.h"
#include "plan/arena_vector.h"
#include "plan/batch_cas.h"
#include "plan/bound_statement.h"
#include "plan/operation_checks.h"
#include "plan/plan_services.h"
#include "plan/restrictions.h"
#include "plan/terms.h"
#include "types/collection_codec.h"

namespace ceto {

namespace {

constexpr int32_t kMaxTtl = 20 * 365 * 24 * 60 * 60;  // Cassandra's Attributes.MAX_TTL

Status check_count(const Plan& plan, size_t given, const QueryOptions& options) {
  const size_t markers = plan.marker_count();
  if (options.computed_values ? given >= markers : given == markers) return {};
  if (!options.prepared) return invalid_request("Invalid amount of bind variables");
  return invalid_request("there were " + std::to_string(markers) + " markers(?) in CQL but " +
                         std::to_string(given) + " bound variables");
}

Status validate_in_list(const Type& type, Bytes list) {
  CollectionReader elements(type, list);
  for (Bytes element; elements.next(element);) {
    if (element.data()) CETO_TRY(validate(*type.parameters[0], element));
  }
  return list.empty() || elements.failed() || elements.remaining() > 0 ? validate(type, list)
                                                                       : Status();
}

Status check_values(const Plan& plan, std::span<const Value> values, const QueryOptions& options) {
  CETO_TRY(check_count(plan, values.size(), options));
  if (values.size() < plan.values_needed()) {
    return Error{ErrorCode::kServerError, "the plan needs values that were not computed"};
  }
  for (size_t i = 0; i < plan.marker_count(); ++i) {
    if (!values[i].has_bytes() || plan.is_in_list(i)) continue;
    if (Status valid = validate(plan.marker_type(i), values[i].bytes()); !valid.ok()) return valid;
  }
  for (const ValueCheck& check : plan.extra_checks()) {
    const Value& value = values[check.index];
    if (!value.has_bytes()) continue;
    CETO_TRY(check.in_list ? validate_in_list(*check.type, value.bytes())
                           : validate(*check.type, value.bytes()));
  }
  return {};
}

// LIMIT and PER PARTITION LIMIT; unset is none.
Result<uint64_t> bind_limit(const std::optional<Operand>& limit, const Environment& environment) {
  if (!limit) return UINT64_MAX;
  const Value value = environment.value(*limit);
  if (value.is_unset()) return UINT64_MAX;
  if (value.bytes().size() != 4) return invalid_request("Invalid null value of limit");
  const int32_t rows = load_be<int32_t>(value.bytes().data());
  if (rows <= 0) return invalid_request("LIMIT must be strictly positive");
  return static_cast<uint64_t>(rows);
}

Result<int64_t> bind_timestamp(const std::optional<Operand>& timestamp,
                               const Environment& environment, int64_t otherwise) {
  if (!timestamp) return otherwise;
  const Value value = environment.value(*timestamp);
  if (value.is_unset()) return otherwise;
  if (value.bytes().size() != 8) return invalid_request("Invalid null value of timestamp");
  const int64_t micros = load_be<int64_t>(value.bytes().data());
  if (micros == INT64_MIN) {
    return invalid_request(
        "Out of bound timestamp, must be in [-9223372036854775807, 9223372036854775807]");
  }
  return micros;
}

Result<uint32_t> bind_ttl(const Modification& statement, const Environment& environment) {
  const uint32_t otherwise = static_cast<uint32_t>(std::max(0, statement.table->default_ttl));
  if (!statement.ttl) return otherwise;
  const Value value = environment.value(*statement.ttl);
  if (value.is_unset()) return otherwise;
  if (value.bytes().size() != 4) return kNoTtl;
  const int32_t seconds = load_be<int32_t>(value.bytes().data());
  if (seconds < 0) {
    return invalid_request("A TTL must be greater or equal to 0, but was " +
                           std::to_string(seconds));
  }
  if (seconds > kMaxTtl) {
    return invalid_request("ttl is too large. requested (" + std::to_string(seconds) +
                           ") maximum (" + std::to_string(kMaxTtl) + ")");
  }
  return static_cast<uint32_t>(seconds);
}

// The last second that `nb` files can hold as an expiration.
constexpr int64_t kMaxExpiration = INT32_MAX - 1;

Status check_expiration(const TableSchema& table, uint32_t ttl, int64_t now_seconds) {
  if (now_seconds + int64_t{ttl} <= kMaxExpiration) return {};
  return invalid_request(
      "Request on table " + table.keyspace + "." + table.name + " with ttl of " +
      std::to_string(ttl) +
      " seconds exceeds maximum supported expiration date of 2038-01-19T03:14:06+00:00. In order to"
      " avoid this use a lower TTL, change the expiration date overflow policy or upgrade to a "
      "version where this limitation is fixed. See CASSANDRA-14092 and CASSANDRA-14227 for more "
      "details.");
}

}  // namespace

class Binder {
 public:
  Binder(const QueryOptions& options, PlanServices& services, Arena& arena)
      : services_(services),
        arena_(arena),
        bound_(*new (arena.allocate(sizeof(BoundStatement), alignof(BoundStatement)))
                   BoundStatement) {
    bound_.options_ = options;
    now_micros_ = services.clock().wall_micros();
    bound_.now_seconds_ = options.now_in_seconds.value_or(now_micros_ / 1'000'000);
  }

  Result<const BoundStatement*> one(const Plan& plan, std::span<const Value> values) {
    Result<const Environment*> environment = make_environment(plan, values);
    if (!environment.ok()) return std::move(environment.error());
    bound_.kind_ = plan.kind();
    bound_.conditional_ = plan.conditional();
    bound_.counter_ = plan.counter();
    const Environment& env = *environment.value();
    switch (plan.kind()) {
      case Plan::Kind::kSelect:
        CETO_TRY(select(plan.select(), env));
        return &bound_;
      case Plan::Kind::kModification: {
        const Modification& statement = plan.modifications().front();
        const auto made = arena_.make_array<BoundModification>(1);
        CETO_TRY(default_timestamp(std::nullopt, env));
        CETO_TRY(modification(statement, env, made[0]));
        bound_.modifications_ = made;
        bound_.targets_ = made[0].targets;
        if (statement.cas) bound_.cas_ = &*statement.cas;
        break;
      }
      case Plan::Kind::kBatch:
        CETO_TRY(compiled_batch(plan, env));
        break;
    }
    CETO_TRY(check_conditional(bound_));
    return &bound_;
  }

  Result<const BoundStatement*> several(BatchInfo::Type type, std::span<const BatchEntry> entries) {
    bound_.kind_ = Plan::Kind::kBatch;
    bound_.batch_ = true;
    bound_.batch_type_ = type;
    const auto made = arena_.make_array<BoundModification>(entries.size());
    Environment none;
    CETO_TRY(default_timestamp(std::nullopt, none));
    for (size_t i = 0; i < entries.size(); ++i) {
      const Plan& plan = *entries[i].plan;
      CETO_ASSERT(plan.kind() == Plan::Kind::kModification);
      CETO_TRY(check_batch_entry(type, plan));
      Result<const Environment*> environment = make_environment(plan, entries[i].values);
      if (!environment.ok()) return std::move(environment.error());
      CETO_TRY(modification(plan.modifications().front(), *environment.value(), made[i]));
      bound_.conditional_ |= plan.conditional();
      bound_.counter_ |= plan.counter();
    }
    bound_.modifications_ = made;
    merge_targets();
    CETO_TRY(check_conditional(bound_));
    if (bound_.conditional_) bound_.cas_ = make_batch_cas(made, bound_.options_, arena_);
    return &bound_;
  }

 private:
  Result<const Environment*> make_environment(const Plan& plan, std::span<const Value> values) {
    CETO_TRY(check_values(plan, values, bound_.options_));
    Environment* made = arena_.make<Environment>();
    made->plan = &plan;
    made->values = values;
    if (!plan.computed().empty()) CETO_TRY(compute_terms(*made, services_, now_micros_, arena_));
    return made;
  }

  Status select(const Select& statement, const Environment& environment) {
    BoundSelect& made = bound_.select_;
    const TableSchema& table = *statement.table;
    made.statement = &statement;
    made.environment = &environment;
    CETO_TRY(check_filters(statement.filters, environment));
    Result<ClusteringRanges> ranges = bind_slices(table, statement.clustering, environment, arena_);
    if (!ranges.ok()) return std::move(ranges.error());
    made.slices = ranges.value().slices;
    made.no_rows = !ranges.value().everything && made.slices.empty();
    if (statement.partition.by_key) {
      Result<std::span<const Target>> targets =
          bind_partition_keys(table, statement.partition, environment, arena_);
      if (!targets.ok()) return std::move(targets.error());
      bound_.targets_ = targets.value();
    } else {
      bool empty = false;
      Result<TokenRange> range = bind_token_range(statement.partition, environment, empty);
      if (!range.ok()) return std::move(range.error());
      bound_.range_ = range.value();
      bound_.scan_ = !empty;
    }
    return select_limits(statement, environment);
  }

  Status select_limits(const Select& statement, const Environment& environment) {
    BoundSelect& made = bound_.select_;
    Result<uint64_t> limit = bind_limit(statement.limit, environment);
    if (!limit.ok()) return std::move(limit.error());
    Result<uint64_t> per_partition = bind_limit(statement.per_partition_limit, environment);
    if (!per_partition.ok()) return std::move(per_partition.error());
    made.limit = limit.value();
    made.per_partition_limit = statement.distinct ? 1 : per_partition.value();
    const QueryOptions& options = bound_.options_;
    if (statement.count) {
      made.limit = made.per_partition_limit = UINT64_MAX;  // they bound the one row that is made
      return {};
    }
    if (options.page_size > 0) {
      if (!statement.ordering.empty() && bound_.targets_.size() > 1) {
        return invalid_request(
            "Cannot page queries with both ORDER BY and a IN restriction on the partition key; you "
            "must either remove the ORDER BY or the IN and sort client side, or disable paging for "
            "this query");
      }
      made.page_rows = static_cast<uint64_t>(options.page_size);
    }
    if (!options.paging_state.has_bytes()) return {};
    Result<PagingPosition> position =
        decode_paging_state(*statement.table, options.paging_state.bytes(), arena_);
    if (!position.ok()) return std::move(position.error());
    made.resume = position.value();
    made.limit = std::min(made.limit, made.resume.remaining);
    return {};
  }

  Status default_timestamp(const std::optional<Operand>& batch, const Environment& environment) {
    const std::optional<int64_t>& given = bound_.options_.default_timestamp_micros;
    Result<int64_t> timestamp =
        bind_timestamp(batch, environment, given ? *given : services_.next_timestamp_micros());
    if (!timestamp.ok()) return std::move(timestamp.error());
    timestamp_ = timestamp.value();
    return {};
  }

  Status modification(const Modification& statement, const Environment& environment,
                      BoundModification& made) {
    const TableSchema& table = *statement.table;
    made.statement = &statement;
    made.environment = &environment;
    made.timestamp = timestamp_;
    if (statement.timestamp) {
      Result<int64_t> timestamp = bind_timestamp(statement.timestamp, environment, timestamp_);
      if (!timestamp.ok()) return std::move(timestamp.error());
      made.timestamp = timestamp.value();
    }
    if (statement.ttl || table.default_ttl > 0) {
      Result<uint32_t> ttl = bind_ttl(statement, environment);
      if (!ttl.ok()) return std::move(ttl.error());
      made.ttl = ttl.value();
      if (made.ttl != kNoTtl) CETO_TRY(check_expiration(table, made.ttl, bound_.now_seconds_));
    }
    Result<std::span<const Target>> targets =
        bind_partition_keys(table, statement.partition, environment, arena_);
    if (!targets.ok()) return std::move(targets.error());
    made.targets = targets.value();
    if (statement.full_rows) {
      Result<std::span<const Clustering>> rows =
          bind_rows(table, statement.clustering, environment, arena_);
      if (!rows.ok()) return std::move(rows.error());
      made.rows = rows.value();
    } else if (!statement.only_static) {
      CETO_TRY(delete_ranges(statement, environment, made));
    }
    CETO_TRY(check_operations(statement, environment));
    return check_conditions(statement, environment);
  }

  Status delete_ranges(const Modification& statement, const Environment& environment,
                       BoundModification& made) {
    Result<ClusteringRanges> ranges =
        bind_slices(*statement.table, statement.clustering, environment, arena_);
    if (!ranges.ok()) return std::move(ranges.error());
    made.slices = ranges.value().slices;
    made.whole_partition = ranges.value().everything;
    return {};
  }

  Status compiled_batch(const Plan& plan, const Environment& environment) {
    bound_.batch_ = true;
    bound_.batch_type_ = plan.batch().type;
    const std::vector<Modification>& statements = plan.modifications();
    const auto made = arena_.make_array<BoundModification>(statements.size());
    CETO_TRY(default_timestamp(plan.batch().timestamp, environment));
    for (size_t i = 0; i < statements.size(); ++i) {
      CETO_TRY(modification(statements[i], environment, made[i]));
    }
    bound_.modifications_ = made;
    if (plan.batch().cas) bound_.cas_ = &*plan.batch().cas;
    merge_targets();
    return {};
  }

  void merge_targets() {
    size_t count = 0;
    for (const BoundModification& m : bound_.modifications_) count += m.targets.size();
    const auto all = arena_.make_array<Target>(count);
    size_t at = 0;
    for (const BoundModification& m : bound_.modifications_) {
      for (const Target& target : m.targets) all[at++] = target;
    }
    std::sort(all.begin(), all.end(), [](const Target& a, const Target& b) {
      return a.token != b.token ? a.token < b.token : compare(a.key, b.key) < 0;
    });
    const auto end = std::unique(all.begin(), all.end(),
                                 [](const Target& a, const Target& b) { return a.key == b.key; });
    bound_.targets_ = {all.begin(), end};
  }

  PlanServices& services_;
  Arena& arena_;
  BoundStatement& bound_;
  int64_t now_micros_ = 0;
  int64_t timestamp_ = 0;
};

Result<const BoundStatement*> bind_statement(const Plan& plan, std::span<const Value> values,
                                             const QueryOptions& options, PlanServices& services,
                                             Arena& arena) {
  return Binder(options, services, arena).one(plan, values);
}

Result<const BoundStatement*> bind_batch(BatchInfo::Type type, std::span<const BatchEntry> entries,
                                         const QueryOptions& options, PlanServices& services,
                                         Arena& arena) {
  return Binder(options, services, arena).several(type, entries);
}

std::span<const Value> order_named_values(const Plan& plan, std::span<const NamedValue> named,
                                          Arena& arena) {
  ArenaVector<Value> ordered(arena, plan.marker_count());
  for (size_t i = 0; i < plan.marker_count(); ++i) {
    for (const NamedValue& candidate : named) {
      if (candidate.name != plan.marker_name(i)) continue;
      ordered.push_back(candidate.value);
      break;
    }
  }
  return ordered.span();
}

}  // namespace ceto
