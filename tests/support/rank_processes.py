"""Several processes of one run of the program, started as torchrun or Slurm starts them."""
import os
import socket
import subprocess

from program import PROGRAM, Result


def free_ports(count):
    """Ports of this machine where nobody listens now: different ones."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def torchrun_variables(size):
    """The variables of each rank."""
    [port] = free_ports(1)
    return [{"RANK": rank, "WORLD_SIZE": size, "LOCAL_RANK": rank, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
            for rank in range(size)]


def slurm_variables(size):
    [port] = free_ports(1)
    return [{"SLURM_PROCID": rank, "SLURM_NTASKS": size, "SLURM_LOCALID": rank, "SLURM_NODELIST": "n[1-2]",
             "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port} for rank in range(size)]


def start_ranks(variables_of, *words):
    """One running process of the program for each entry of variables_of."""
    return [subprocess.Popen([str(PROGRAM), *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                             env=os.environ | {name: str(value) for name, value in variables.items()}) for variables in variables_of]


def result_of(process, timeout=120):
    """What a process printed and how it ended; waits for its end."""
    out, err = process.communicate(timeout=timeout)
    return Result(subprocess.CompletedProcess(process.args, process.returncode, out, err))


def run_ranks(variables_of, *words, timeout=180):
    """The result of each rank, rank 0 first."""
    return [result_of(process, timeout) for process in start_ranks(variables_of, *words)]
