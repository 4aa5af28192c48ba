"""Inputs of the benchmarks in build/bench/data: made once, then found there."""
import subprocess

import rounds


def synthetic(kind, shape, *size):
    """The folder of the inputs of this kind and size; synthetic_data.py says what lies there."""
    folder = rounds.ROOT / "build" / "bench" / "data" / f"{kind}-{shape}"
    stamp = folder / "made"
    source = rounds.BENCH / "synthetic_data.py"
    # Older than the script that makes them: made again, else two machines would time different inputs.
    if not stamp.exists() or stamp.read_text() != source.read_text():
        rounds.note(f"making the inputs of {kind} {shape} in {folder.relative_to(rounds.ROOT)}")
        done = subprocess.run([rounds.peer_python(), str(source), kind, str(folder), *map(str, size)],
                              stderr=subprocess.PIPE, text=True)
        if done.returncode:
            why = done.stderr.strip().splitlines()[-1]
            rounds.stop(f"inputs of {kind}: {why} (make setup-peers brings what is needed)")
        stamp.write_text(source.read_text())
    return folder
