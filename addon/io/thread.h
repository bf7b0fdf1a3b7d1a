// What a thread asks of the scheduler: its core, its name, its class. Any thread.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.h"

namespace ceto {

// The cores that this process may use, ascending (containers and taskset narrow them).
std::vector<int> allowed_cpus();

// Binds the calling thread to one core, so that a shard's data stays in that core's caches.
Status pin_to_cpu(int cpu);

// Names the calling thread for top and gdb; the kernel keeps 15 characters.
void set_thread_name(const std::string& name);

// The kernel's id of the calling thread, as set_thread_nice takes it.
pid_t current_thread_id();

// The thread's share of a contended core: each step of nice is a quarter less. Raising it needs no
// privilege. For workers and collectors of garbage beside a reactor.
Status set_thread_nice(pid_t thread_id, int nice);

// Lets the calling thread's timeouts fire within a microsecond or two, not the default fifty.
void set_fine_timeouts();

}  // namespace ceto
