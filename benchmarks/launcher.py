"""A process that starts another one, waits for it, and tells its exit code, seconds and peak of memory.

Linux hands the peak of a parent down to its child, so the parent has to be as small as this script, run with
``-I -S``.
"""

import os
import sys
import time

start = time.perf_counter()
actions = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_RDWR, 0) for stream in (0, 1, 2)]
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=actions)
_, status, spent = os.wait4(child, 0)
wall = time.perf_counter() - start
print(os.waitstatus_to_exitcode(status), wall, spent.ru_utime + spent.ru_stime, spent.ru_maxrss / 1024)
