// Whether values that were written as one type can be read as another: what a column's type may
// have been when a file was written. Types are looked at as they nest. Any thread. Source:
// AbstractType.isValueCompatibleWith, isCompatibleWith
#pragma once

#include "types/type.h"

namespace ceto {

// `type` reads every value of `previous`. Where `type` has values of a fixed size, so has
// `previous` of the same; the other way round it need not be so: an int reads as a varint.
bool value_compatible(const Type& type, const Type& previous);

// It also sorts them alike, so that they may be clustering values and keys.
bool order_compatible(const Type& type, const Type& previous);

}  // namespace ceto
