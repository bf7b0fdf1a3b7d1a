// Reads NativeNodeConfig (storage/native.ts) into NodeConfig. JavaScript thread.
#pragma once

#include <napi.h>

#include "shard/config.h"

namespace ceto {

// False, with a JavaScript exception that names the field, when one is missing or of another type.
bool read_node_config(const Napi::Object& from, NodeConfig& to);

}  // namespace ceto
