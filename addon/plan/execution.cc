#include "plan/execution.h"

#include "base/byte_io.h"
#include "plan/conditional_execution.h"
#include "plan/modification_execution.h"
#include "plan/select_execution.h"

namespace ceto {

std::unique_ptr<Execution> make_execution(PlanServices& services, const BoundStatement& bound,
                                          std::string* reply) {
  if (bound.is_read()) {
    CETO_ASSERT(reply != nullptr);
    return std::unique_ptr<Execution>(new SelectExecution(services, bound, reply, nullptr));
  }
  if (bound.conditional()) {
    return std::unique_ptr<Execution>(new ConditionalExecution(services, bound, reply));
  }
  return std::unique_ptr<Execution>(new ModificationExecution(services, bound, reply));
}

std::unique_ptr<Execution> make_chunk_execution(PlanServices& services, const BoundStatement& bound,
                                                RowChunk& chunk) {
  CETO_ASSERT(bound.is_read());
  return std::unique_ptr<Execution>(new SelectExecution(services, bound, nullptr, &chunk));
}

void append_void_result(std::string& reply) {
  constexpr int32_t kVoid = 1;
  ByteWriter(reply).i32(kVoid);
}

}  // namespace ceto
