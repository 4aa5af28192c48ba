"""How a peer that runs in one process is timed."""
import time


def best_of(call, visit_s):
    """Least (wall, processor) time of the calls that fit into a visit, ms."""
    wall, cpu, spent = float("inf"), float("inf"), 0.0
    while spent < visit_s:
        cpu_start, start = time.process_time(), time.perf_counter()
        call()
        seconds = time.perf_counter() - start
        cpu = min(cpu, time.process_time() - cpu_start)
        wall, spent = min(wall, seconds), spent + seconds
    return wall * 1e3, cpu * 1e3
