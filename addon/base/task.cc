#include "base/task.h"

#include <new>

namespace ceto {

namespace {

// Frames up to 4 KiB in classes of 64 bytes; a larger one goes to the heap. At most kKeptPerClass
// frames of a class stay on the list, so that one burst does not hold memory for ever.
constexpr size_t kClassBytes = 64;
constexpr size_t kClasses = 64;
constexpr size_t kKeptPerClass = 256;

struct FreeFrame {
  FreeFrame* next;
};

struct FrameLists {
  FreeFrame* head[kClasses] = {};
  size_t kept[kClasses] = {};
  ~FrameLists() {
    for (FreeFrame* frame : head) {
      while (frame) ::operator delete(std::exchange(frame, frame->next));
    }
  }
};

thread_local FrameLists frames;

size_t class_of(size_t size) { return (size + kClassBytes - 1) / kClassBytes; }

}  // namespace

void* allocate_frame(size_t size) {
  const size_t index = class_of(size);
  if (index >= kClasses) return ::operator new(size);
  if (FreeFrame* frame = frames.head[index]) {
    frames.head[index] = frame->next;
    --frames.kept[index];
    return frame;
  }
  return ::operator new(index* kClassBytes);
}

void free_frame(void* frame, size_t size) {
  const size_t index = class_of(size);
  if (index >= kClasses || frames.kept[index] == kKeptPerClass) {
    ::operator delete(frame);
    return;
  }
  frames.head[index] = new (frame) FreeFrame{frames.head[index]};
  ++frames.kept[index];
}

}  // namespace ceto
