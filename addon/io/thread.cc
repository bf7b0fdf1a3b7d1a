#include "io/thread.h"

#include <pthread.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace ceto {

std::vector<int> allowed_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<int> cpus;
  if (::sched_getaffinity(0, sizeof(set), &set) != 0) return cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
  }
  return cpus;
}

Status pin_to_cpu(int cpu) {
  if (cpu < 0 || cpu >= CPU_SETSIZE) return io_error(EINVAL, "pin to CPU " + std::to_string(cpu));
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  if (::sched_setaffinity(0, sizeof(set), &set) == 0) return {};
  return io_error(errno, "pin to CPU " + std::to_string(cpu));
}

void set_thread_name(const std::string& name) {
  ::pthread_setname_np(::pthread_self(), name.substr(0, 15).c_str());
}

pid_t current_thread_id() { return static_cast<pid_t>(::syscall(SYS_gettid)); }

Status set_thread_nice(pid_t thread_id, int nice) {
  if (::setpriority(PRIO_PROCESS, static_cast<id_t>(thread_id), nice) == 0) return {};
  return io_error(errno,
                  "nice " + std::to_string(nice) + " for thread " + std::to_string(thread_id));
}

void set_fine_timeouts() { ::prctl(PR_SET_TIMERSLACK, 1'000 /* ns */, 0, 0, 0); }

}  // namespace ceto
