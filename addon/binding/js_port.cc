#include "binding/js_port.h"

#include <memory>
#include <string>
#include <vector>

namespace ceto {

namespace {

// Messages handed over in one call of the handler: a bound on how long one turn of the JavaScript
// loop stays here. What is left wakes again.
constexpr size_t kMessagesPerCall = 256;

struct State {
  explicit State(Port& p) : port(p) {}
  Port& port;
  Napi::ThreadSafeFunction wake;
  Napi::FunctionReference handler;
  bool attached = true;
  std::vector<std::string> batch;
};

Napi::Value to_buffer(Napi::Env env, const std::string& message) {
  return Napi::Buffer<uint8_t>::Copy(env, reinterpret_cast<const uint8_t*>(message.data()),
                                     message.size());
}

void deliver(Napi::Env env, State& state) {
  state.port.clear_wake();
  bool more = false;
  for (uint32_t shard = 0; shard < state.port.shards() && state.attached; ++shard) {
    state.batch.clear();
    state.port.receive(shard, kMessagesPerCall, state.batch);
    if (state.batch.empty()) continue;
    more |= state.batch.size() == kMessagesPerCall;
    Napi::Array messages = Napi::Array::New(env, state.batch.size());
    for (uint32_t i = 0; i < state.batch.size(); ++i) messages[i] = to_buffer(env, state.batch[i]);
    state.handler.Call({Napi::Number::New(env, shard), messages});
    // The handler's exception goes to JavaScript's uncaught handler; the messages are delivered.
    if (env.IsExceptionPending()) return;
  }
  if (more && state.attached) state.wake.NonBlockingCall();
}

void detach(State& state) {
  if (!state.attached) return;
  state.attached = false;
  state.port.detach();
  state.wake.Release();
}

}  // namespace

Napi::Object JsPort::make(Napi::Env env, Port& port, Napi::Function handler) {
  auto state = std::make_shared<State>(port);
  state->handler = Napi::Persistent(handler);
  State* raw = state.get();
  state->wake = Napi::ThreadSafeFunction::New(
      env,
      Napi::Function::New(env,
                          [raw](const Napi::CallbackInfo& info) {
                            deliver(info.Env(), *raw);
                            return info.Env().Undefined();
                          }),
      "ceto.port", 0, 1, [state](Napi::Env) { state->handler.Reset(); });
  port.attach([raw] { raw->wake.NonBlockingCall(); });

  Napi::Object object = Napi::Object::New(env);
  object.Set("send",
             Napi::Function::New(env, [state](const Napi::CallbackInfo& info) -> Napi::Value {
               Napi::Env call_env = info.Env();
               if (info.Length() != 2 || !info[0].IsNumber() || !info[1].IsTypedArray() ||
                   info[0].As<Napi::Number>().Uint32Value() >= state->port.shards()) {
                 Napi::TypeError::New(call_env, "send takes a shard and bytes")
                     .ThrowAsJavaScriptException();
                 return call_env.Undefined();
               }
               const auto bytes = info[1].As<Napi::Uint8Array>();
               std::string message(reinterpret_cast<const char*>(bytes.Data()), bytes.ByteLength());
               const bool sent =
                   state->port.send(info[0].As<Napi::Number>().Uint32Value(), std::move(message));
               return Napi::Boolean::New(call_env, sent);
             }));
  object.Set("detach",
             Napi::Function::New(env, [state](const Napi::CallbackInfo& info) -> Napi::Value {
               detach(*state);
               return info.Env().Undefined();
             }));
  return object;
}

}  // namespace ceto
