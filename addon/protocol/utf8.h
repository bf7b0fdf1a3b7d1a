// Whether bytes are UTF-8 as the standard has it (RFC 3629): what statements, names and options
// must be. Values of text columns are checked by types/type.h, which is as lenient as Cassandra.
// Any thread.
#pragma once

#include "base/bytes.h"

namespace ceto {

bool is_valid_utf8(Bytes text);

// The longest prefix of up to `max_bytes` that does not cut a character.
Bytes utf8_prefix(Bytes text, size_t max_bytes);

}  // namespace ceto
