"""The program where the machine fails it: disks that are full, closed or slow, memory that ends, signals, clocks.

What must survive, always: files that were there before, whole; no half-written file under a name that is read; exit code
1 and one line that names the file. tools/run_faults.py runs these with those of other folders that kill the program.
"""
import os
import resource
import shutil
import signal
import subprocess
import time

import pytest
from program import IMAGES, PROGRAM, ROOT, Result, files_in, run
from rank_processes import result_of
from training import start, train, weights_difference

pytestmark = pytest.mark.fault

PHOTO = IMAGES / "Town01_005820.jpg"
TRUTH = IMAGES / "instances.json"
ENDLESS = ["--epochs", "1000", "--save_steps", "1", "--eval_every", "1000", "--quiet"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The folder of a small run of one epoch."""
    folder = tmp_path_factory.mktemp("trained")
    train("--epochs", 1, "--output_dir", folder, "--quiet")
    return folder


def writers(trained, folder):
    """Commands that write into the folder, each with the file that it writes."""
    return [(folder / name, [*words, "--out", folder / name]) for name, words in {
        "a.png": ["detect", PHOTO, "--weights", trained / "checkpoint.pth", "--threads", "2", "--quiet"],
        "a.svg": ["explain", PHOTO, "--weights", trained / "checkpoint.pth", "--threads", "2", "--quiet"],
        "curve.png": ["plot", trained],
        "a.safetensors": ["weights", "convert", trained / "checkpoint.pth"],
        "a.pth": ["weights", "convert", trained / "checkpoint.pth"]}.items()]


def fill(folder):
    """Fills a disk to its last byte."""
    with open(folder / "filler", "wb", buffering=0) as out:
        try:
            while True:
                out.write(bytes(4096))
        except OSError:
            pass


def test_a_full_disk_is_an_error_and_leaves_what_was_there(trained, small_disk, tell):
    disk = small_disk(512)
    commands = writers(trained, disk)
    for file, _ in commands:
        file.write_text("old")
    fill(disk)
    before = files_in(disk)
    for file, words in commands:
        run(*words, "--overwrite").failed_with(1, file)
        assert file.read_text() == "old" and files_in(disk) == before
    tell("full disk: detect, explain, plot, weights convert", len(commands),
         "exit 1, the file named; old files whole, nothing half-written")


def test_a_disk_that_fills_while_training_keeps_the_last_checkpoint(trained, small_disk, tell):
    size = (trained / "checkpoint.pth").stat().st_size // 1024
    tries = 0
    for kilobytes in (size + 64, 2 * size + 64):
        disk = small_disk(kilobytes)
        process = start(*ENDLESS, "--output_dir", disk / "run")
        if kilobytes > 2 * size:  # two checkpoints fit: full later, by somebody else
            wait_for(lambda: (disk / "run" / "checkpoint.pth").exists(), process)
            fill(disk)
        result = result_of(process)
        assert result.code == 1 and "saccade: error: " in result.err and str(disk) in result.err, result.err
        assert not [name for name in files_in(disk) if ".tmp" in name]
        if (disk / "run" / "checkpoint.pth").exists():
            run("weights", "diff", disk / "run" / "checkpoint.pth", disk / "run" / "checkpoint.pth", code=0)
        tries += 1
    assert (disk / "run" / "checkpoint.pth").exists()
    (disk / "filler").unlink()
    train("--epochs", 1, "--quiet", "--output_dir", disk / "again", "--resume", disk / "run" / "checkpoint.pth", "--steps", 1)
    tell("disk that fills while training", tries, "exit 1, the file named; the last checkpoint is whole, training goes on from it")


def wait_for(done, process, seconds=60):
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end and process.poll() is None
        time.sleep(0.01)


def test_a_folder_that_cannot_be_written_is_named(trained, closed_folder, tmp_path, tell):
    folder = tmp_path / "closed"
    folder.mkdir()
    (folder / "kept.txt").write_text("old")
    closed_folder(folder)
    commands = writers(trained, folder)
    for _, words in commands:
        run(*words).failed_with(1, folder)
    result = train("--epochs", 1, "--output_dir", folder, "--quiet", code=1)
    result.failed_with(1, folder)
    assert files_in(folder) == ["kept.txt"]
    tell("read-only folder: the same and train", len(commands) + 1, "exit 1, the folder named; nothing in it changed")


def faulty(library, fault, count):
    return {**os.environ, "LD_PRELOAD": str(library), "FAULT": fault, "FAULT_COUNT": str(count)}


def run_faulty(words, environment, cwd=None):
    command = [str(PROGRAM), *map(str, words)]
    result = Result(subprocess.run(command, capture_output=True, timeout=120, env=environment, cwd=cwd))
    assert result.code == 0, (words, result.code, result.err)
    return result


FAULTS = {"eintr": "interrupted system calls (every third read, write, fsync)", "short": "reads and writes of at most 1000 bytes",
          "slow": "slow disk (2 ms more for each read, write, fsync)", "clock": "clock that jumps a year back and forth"}


@pytest.mark.parametrize("fault", FAULTS)
def test_calls_that_go_wrong_change_no_byte(fault, trained, faulty_libc, tmp_path, tell):
    """The same work with and without the fault: the same answers and the same files."""
    count = tmp_path / "count"
    wrong = faulty(faulty_libc, fault, count)
    checkpoint = trained / "checkpoint.pth"
    for words in (["detect", PHOTO, "--weights", checkpoint, "--json", "--threads", "2"],
                  ["data", "check", "--images", IMAGES, "--annotations", TRUTH, "--json"]):
        assert run_faulty(words, wrong).out == run(*words, code=0).out
    calm_folder, wrong_folder = tmp_path / "calm", tmp_path / "wrong"  # figures tell how they were made: the same words
    for words in (["plot", trained, "--out", "a.svg"], ["weights", "convert", checkpoint, "--out", "a.safetensors"]):
        calm_folder.mkdir(exist_ok=True)
        wrong_folder.mkdir(exist_ok=True)
        run(*words, cwd=calm_folder, code=0)
        run_faulty(words, wrong, wrong_folder)
        assert (calm_folder / words[-1]).read_bytes() == (wrong_folder / words[-1]).read_bytes()
    process = start("--epochs", 1, "--output_dir", tmp_path / "run", "--quiet", environment=wrong)
    assert result_of(process).code == 0
    assert (tmp_path / "run" / "log.txt").read_text() == (trained / "log.txt").read_text()
    assert weights_difference(checkpoint, tmp_path / "run" / "checkpoint.pth") == 0
    calls = sum(map(int, count.read_text().split()))
    assert calls > 10
    tell(f"{FAULTS[fault]}: detect, data check, plot, weights convert, train", f"5 ({calls} calls)",
         "the same bytes as without")


def test_wall_clocks_are_for_time_stamps_alone():
    """Time-outs, waits and durations are of steady clocks; these two files tell people when something was."""
    allowed = {"saccade/server/study_files.cpp", "saccade/train/event_file.cpp"}
    words = ("system_clock", "file_time_type::clock", "high_resolution_clock", "gettimeofday", "CLOCK_REALTIME",
             "std::time(", "time(nullptr)", "time(NULL)")
    found = {str(path.relative_to(ROOT)) for path in (ROOT / "saccade").rglob("*")
             if path.suffix in (".cpp", ".h", ".cu", ".cuh") and any(word in path.read_text() for word in words)}
    assert found == allowed


def test_a_process_that_is_stopped_and_goes_on_loses_nothing(trained, tmp_path, tell):
    process = start("--epochs", 1, "--output_dir", tmp_path / "run", "--quiet")
    stops = 0
    while process.poll() is None and stops < 200:
        process.send_signal(signal.SIGSTOP)
        time.sleep(0.005)
        process.send_signal(signal.SIGCONT)
        time.sleep(0.02)
        stops += 1
    assert result_of(process).code == 0
    assert weights_difference(trained / "checkpoint.pth", tmp_path / "run" / "checkpoint.pth") == 0
    tell("stopped and continued while training (SIGSTOP, SIGCONT)", stops, "the same weights as without")


def limited(words, megabytes):
    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return Result(subprocess.run([str(PROGRAM), *map(str, words)], capture_output=True, timeout=120, preexec_fn=limit))


def test_too_little_memory_is_an_error(tmp_path, tell):
    """From what just starts the program to what is enough. LibTorch's libraries need 400 MB before main() begins, so
    this is of the commands that do without them."""
    big = tmp_path / "big.json"
    one = '{"id": %d, "image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]}'
    big.write_text('{"images": [{"id": 1, "file_name": "a.jpg", "width": 9, "height": 9}], "categories": [{"id": 1, "name": "a"}], '
                   '"annotations": [' + ",".join(one % i for i in range(300_000)) + "]}")
    ended = {0: 0, 1: 0}
    for words in (["data", "stats", "--images", tmp_path, "--annotations", big], ["data", "convert", big, "--to", "yolo", "--annotations_only", "--out", tmp_path / "out"],
                  ["weights", "convert", ROOT / "assets" / "street_r18.safetensors", "--out", tmp_path / "a.pth", "--overwrite"]):
        for megabytes in (64, 80, 96, 112, 128, 160, 192, 256, 1024):
            result = limited(words, megabytes)
            if result.code == 127:  # the system's loader, before the program
                continue
            assert result.code in ended, (words, megabytes, result.code, result.err[-300:])
            if result.code == 1:
                assert "saccade: error: " in result.err and "memory" in result.err, (words, megabytes, result.err)
            ended[result.code] += 1
            shutil.rmtree(tmp_path / "out", ignore_errors=True)
    assert ended[0] >= 3 and ended[1] >= 1
    tell("memory that ends (`RLIMIT_AS` from 64 MB on): data stats, data convert, weights convert", sum(ended.values()),
         f"{ended[1]} exit 1 and say so, {ended[0]} had enough; none crashed")


def test_output_to_a_slow_reader_is_whole(trained, tell):
    words = ["detect", *sorted(IMAGES.glob("*.jpg")), "--weights", trained / "checkpoint.pth", "--json", "--threads", "2"]
    calm = run(*words, code=0).out
    process = subprocess.Popen([str(PROGRAM), *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    read = b""
    while part := os.read(process.stdout.fileno(), 512):
        read += part
        time.sleep(0.001)
    assert process.wait() == 0 and read.decode() == calm
    tell("slow reader of the output (512 bytes a millisecond)", 1, "all of it came")


def test_a_reader_that_leaves_ends_the_program_without_a_crash(trained, tell):
    words = ["detect", *sorted(IMAGES.glob("*.jpg")), "--weights", trained / "checkpoint.pth", "--json", "--threads", "2"]
    process = subprocess.Popen([str(PROGRAM), *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.close()
    result = process.stderr.read().decode()
    assert process.wait() in (1, -signal.SIGPIPE), result
    tell("reader of the output that leaves", 1, "ends as programs in pipes do")


def test_checkpoints_cut_off_at_any_place_are_refused(trained, tmp_path, tell):
    """Through the program; byte by byte, of smaller files, is in checkpoint_tests."""
    whole = (trained / "checkpoint.pth").read_bytes()
    cut = tmp_path / "cut.pth"
    places = sorted({0, 1, 3, 4, *range(100, len(whole), len(whole) // 12), len(whole) - 23, len(whole) - 22, len(whole) - 1})
    for place in places:
        cut.write_bytes(whole[:place])
        run("detect", PHOTO, "--weights", cut, cwd=tmp_path).failed_with(1, "cut.pth")
        assert files_in(tmp_path) == ["cut.pth"]
    tell("checkpoint cut off: detect", len(places), "exit 1, the file named")
