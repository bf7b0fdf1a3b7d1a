// The addon's exports (storage/native.ts): a thin skin over Node and Port. Nothing is decided here.
// Main thread and workers load it; the Node is the one thing that they share.
#include <napi.h>

#include <memory>
#include <string>
#include <vector>

#include "binding/config_from_js.h"
#include "binding/js_port.h"
#include "io/thread.h"
#include "shard/node.h"

namespace ceto {
namespace {

// Set once by the main thread before the workers start, which orders it before their loads.
std::unique_ptr<Node>& the_node() {
  // Never destroyed: a process that exits without STOP must not wait for threads that go on.
  static auto* node = new std::unique_ptr<Node>();
  return *node;
}

Napi::Value create_node(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (the_node()) {
    Napi::Error::New(env, "the node was created already").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  NodeConfig config;
  if (info.Length() != 1 || !info[0].IsObject() ||
      !read_node_config(info[0].As<Napi::Object>(), config)) {
    if (!env.IsExceptionPending()) {
      Napi::TypeError::New(env, "createNode takes a configuration").ThrowAsJavaScriptException();
    }
    return env.Undefined();
  }
  auto node = Node::start(config);
  if (!node) {
    Napi::Error::New(env, node.error().message).ThrowAsJavaScriptException();
    return env.Undefined();
  }
  the_node() = std::move(node).value();
  return env.Undefined();
}

Napi::Value attach(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!the_node() || info.Length() != 2 || !info[0].IsNumber() || !info[1].IsFunction() ||
      info[0].As<Napi::Number>().Uint32Value() >= the_node()->ports()) {
    Napi::TypeError::New(env, "attach takes a free port of the node and a function")
        .ThrowAsJavaScriptException();
    return env.Undefined();
  }
  Port& port = the_node()->port(info[0].As<Napi::Number>().Uint32Value());
  return JsPort::make(env, port, info[1].As<Napi::Function>());
}

Napi::Value join_node(const Napi::CallbackInfo& info) {
  if (the_node()) the_node()->join();
  return info.Env().Undefined();
}

Napi::Value shard_count(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), the_node() ? the_node()->shards() : 0);
}

Napi::Value set_thread_nice(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() != 1 || !info[0].IsNumber()) {
    Napi::TypeError::New(env, "setThreadNice takes a nice value").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  const Status set =
      ceto::set_thread_nice(current_thread_id(), info[0].As<Napi::Number>().Int32Value());
  if (!set) Napi::Error::New(env, set.error().message).ThrowAsJavaScriptException();
  return env.Undefined();
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  exports.Set("createNode", Napi::Function::New(env, create_node));
  exports.Set("attach", Napi::Function::New(env, attach));
  exports.Set("joinNode", Napi::Function::New(env, join_node));
  exports.Set("shardCount", Napi::Function::New(env, shard_count));
  exports.Set("setThreadNice", Napi::Function::New(env, set_thread_nice));
  return exports;
}

NODE_API_MODULE(ceto, init)

}  // namespace
}  // namespace ceto
