"""Visits of a detector's benchmarks: a program of ours and a script of peers that take the same sizes."""
import rounds

SIZES = ("--height", "--width", "--batch", "--threads", "--precision", "--device")


def best_visits(bench, shape, args, peers, visited):
    """(our best visit, {peer: its best}); `shape` is (height, width, batch, precision), `peers` their names, `visited` makes a visit of a
    process. Ours is build/bench/BENCH_bench, the peers' bench/BENCH_peers.py."""
    height, width, batch, precision = shape
    words = [str(word) for word in (height, width, batch, args.threads, precision, args.device)]
    ours = [rounds.our_program(f"bench/{bench}_bench", "tools/build.sh bench"),
            *(word for pair in zip(SIZES, words) for word in pair)]
    theirs = [rounds.peer_python(), str(rounds.BENCH / f"{bench}_peers.py")]
    commands = {"ours": ours, **{peer: [*theirs, peer, *words] for peer in peers}}
    best = rounds.by_turns(
        {name: lambda cpus, command=command: visited(rounds.run_measured(command, cpus, args.threads))
         for name, command in commands.items()}, args.rounds, args.threads)
    return best.pop("ours"), best
