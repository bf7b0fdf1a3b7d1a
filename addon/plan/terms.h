// Evaluation of a plan's computed terms when it is bound: literals, functions, token(). Results lie
// in the request's arena. Shard thread of the coordinator.
#pragma once

#include <span>

#include "base/arena.h"
#include "base/result.h"
#include "plan/bound_statement.h"

namespace ceto {

// Evaluates all of `environment.plan`'s computed terms, in order, into `environment.computed`.
Status compute_terms(Environment& environment, PlanServices& services, int64_t now_micros,
                     Arena& arena);

}  // namespace ceto
