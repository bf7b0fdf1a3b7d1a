// Order of varint and decimal values without a size limit. A varint is a two's complement number,
// big-endian; a decimal is an i32 scale and a varint, and stands for varint * 10^-scale. Any
// thread.
#pragma once

#include "base/bytes.h"

namespace ceto {

int compare_varints(Bytes a, Bytes b);   // IntegerType.compareIntegers
int compare_decimals(Bytes a, Bytes b);  // BigDecimal.compareTo: 1.0 and 1.00 are equal

}  // namespace ceto
