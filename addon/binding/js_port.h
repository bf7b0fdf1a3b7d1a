// JsPort: a Port as a JavaScript object { send, detach }, and the call of its handler when messages
// wait. Made and used on one JavaScript thread; the wake comes from shard threads.
#pragma once

#include <napi.h>

#include "shard/port.h"

namespace ceto {

class JsPort {
 public:
  // `handler(shard, Uint8Array[])` runs on this JavaScript thread until detach().
  static Napi::Object make(Napi::Env env, Port& port, Napi::Function handler);
};

}  // namespace ceto
