"""saccade view as a running program, and requests to it."""
import contextlib
import http.client
import json
import os
import signal
import struct
import subprocess

from program import PROGRAM


class Server:
    """A running `saccade view`; `address` is what it printed."""

    def __init__(self, process, address):
        self.process, self.address = process, address
        self.port = int(address.split(":")[2].split("/")[0])

    def ask(self, method, path, body=None, headers=None, host=None):
        """(status, headers, body) of one request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.request(method, path, body, {"Host": host or f"localhost:{self.port}", **(headers or {})})
            reply = connection.getresponse()
            return reply.status, dict(reply.getheaders()), reply.read()
        finally:
            connection.close()

    def json(self, path):
        status, _, body = self.ask("GET", path)
        assert status == 200, body
        return json.loads(body)

    def refused(self, status, method, path, body=None, headers=None):
        """The sentence of a refusal with this status."""
        got, _, text = self.ask(method, path, body, headers)
        assert got == status, (got, text)
        return json.loads(text)["error"]

    def run(self, image, interventions=(), model="a", viewer="", **more):
        body = json.dumps({"model": model, "interventions": list(interventions), "viewer": viewer, **more})
        status, _, reply = self.ask("POST", f"/api/image/{image}/intervene", body)
        assert status == 200, reply
        return tensors_of(reply)

    def memory_mb(self):
        with open(f"/proc/{self.process.pid}/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmRSS")) / 1024


@contextlib.contextmanager
def started(command, env=None):
    """A server that prints its address and runs until it is left."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               env={**os.environ, **(env or {})})
    try:
        address = process.stdout.readline().strip()
        assert address.startswith("http://"), process.stderr.read()
        yield Server(process, address)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


def serving(*words, env=None, port=0):
    """`saccade view` with these options; its page is that of the folder SACCADE_WEB_ROOT, where that is set."""
    folder = os.environ.get("SACCADE_WEB_ROOT")
    page = ["--web-root", folder] if folder else []
    return started([str(PROGRAM), "view", "--port", str(port), "--quiet", *page, *map(str, words)], env)


def tensors_of(reply):
    """A reply's arrays by name, and its metadata: {name: (type, shape, bytes)}, {...}."""
    size = struct.unpack("<Q", reply[:8])[0]
    header = json.loads(reply[8:8 + size])
    metadata = {key: json.loads(value) for key, value in header.pop("__metadata__", {}).items()}
    data = reply[8 + size:]
    return {name: (t["dtype"], t["shape"], data[t["data_offsets"][0]:t["data_offsets"][1]])
            for name, t in header.items()}, metadata
