"""saccade view: runs as they go, told of, overtaken and given up, and the end of the program."""
import contextlib
import http.client
import json
import signal
import socket
import subprocess
import threading
import time

from program import PROGRAM
from view_server import serving
from viewing import server, street  # noqa: F401 - pytest's fixtures


@contextlib.contextmanager
def listening(server, viewer):
    """The lines of a viewer's events, whole and as they come: a machine that is busy says them late."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(f"GET /api/events?viewer={viewer} HTTP/1.1\r\nHost: localhost:{server.port}\r\n\r\n".encode())
        with connection.makefile("rb") as lines:
            assert any(b"text/event-stream" in line for line in iter(lines.readline, b"\r\n"))
            yield lines


def test_opening_an_image_is_a_run_like_others():
    with serving("--threads", "1") as server, listening(server, "one") as lines:
        _, metadata = server.run("i0", viewer="one")
        assert metadata["run"]["ms"] > 10  # what the person waited for
        assert server.run("i0", viewer="one")[1]["run"]["ms"] < metadata["run"]["ms"] / 2
        assert any(b"Encoder layer 1 of 3" in line for line in lines)
    with serving("--threads", "1") as server, listening(server, "one") as lines:
        ends = []
        first = threading.Thread(target=lambda: ends.append(server.ask("POST", "/api/image/i1/intervene", b'{"viewer": "one"}')[0]))
        first.start()
        assert any(b"Encoder layer 1 of 3" in line for line in lines)
        assert server.ask("DELETE", "/api/run?viewer=one")[0] in (200, 204)
        first.join()
        assert ends == [409] and server.json("/api/status")["open_images"] == 0


def test_a_newer_request_of_a_viewer_stops_the_older(server, street):
    """Encoder runs take long enough to be overtaken; the newest always answers."""
    ends = {}

    def ask(n):
        body = json.dumps({"interventions": [f"enc.0.self.head{n % 8}=off"], "viewer": "one"})
        ends[n] = server.ask("POST", f"/api/image/{street}/intervene", body)[0]

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
        time.sleep(0.02)
    for thread in threads:
        thread.join()
    assert ends[5] == 200 and set(ends.values()) <= {200, 409} and 409 in ends.values()


def test_events_tell_of_long_runs(server, street):
    with listening(server, "listener") as lines:
        for n in range(8):
            server.run(street, [f"enc.0.self.head{n}=off"], viewer="listener")
        assert any(b"event: progress" in line for line in lines)
        assert any(b"coder layer" in line for line in lines)


def test_it_ends_in_good_order():
    for sent in (signal.SIGINT, signal.SIGTERM):
        process = subprocess.Popen([str(PROGRAM), "view", "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert process.stdout.readline().startswith("http://127.0.0.1:")
        process.send_signal(sent)
        assert process.wait(timeout=10) == 0
        assert "Ctrl+C" in process.stderr.read()


def test_who_listens_is_told_of_the_end_and_a_run_may_end_late():
    with serving("--threads", "1") as server, listening(server, "one") as lines:
        asking = threading.Thread(target=lambda: asked_anyway(server, "i2"))
        asking.start()
        time.sleep(0.1)
        server.process.send_signal(signal.SIGINT)
        said = lines.read()
        assert b"event: stopping" in said and said.endswith(b"0\r\n\r\n")
        asking.join()
        assert server.process.wait(timeout=20) == 0


def asked_anyway(server, image):
    """A run that the end of the server may cut off."""
    with contextlib.suppress(ConnectionError, http.client.HTTPException):
        server.ask("POST", f"/api/image/{image}/intervene", b"{}")
