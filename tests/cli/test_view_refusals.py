"""saccade view: who is refused, and what; hostile requests; wrong usage."""
import http.client
import os
import random
import socket
import subprocess

import pytest
from program import PROGRAM, STREET
from view_server import serving
from viewing import server, street  # noqa: F401 - pytest's fixtures


@pytest.mark.parametrize("path", [
    "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc%2fpasswd", "//etc/passwd", "/index.html/../../etc/passwd",
    "/api/image/../../../etc/passwd/photo", "/api/image/%2e%2e%2f%2e%2e%2fetc%2fpasswd/photo", "/api/image/i999/photo",
    "/api/image/i-1/photo", "/api/image/i0x/photo", "/api/sweep/..", "/api/run/..%2f..%2fetc/log", "/api/nothing", "/nothing.js"])
def test_nothing_else_is_read(server, path):
    status, _, reply = server.ask("GET", path)
    assert status == 404 and b"root:" not in reply


def test_a_name_that_is_a_link_to_something_else_is_not_sent(tmp_path):
    (tmp_path / "real.jpg").write_bytes(STREET.read_bytes())
    (tmp_path / "link.jpg").symlink_to("/etc/passwd")
    with serving("--images", tmp_path) as server:
        ids = {image["name"]: image["id"] for image in server.json("/api/images")["images"]}
        for path in ["", "/photo", "/detections"]:
            assert "not a JPEG or PNG" in server.refused(422, "GET", f"/api/image/{ids['link.jpg']}{path}")


def test_other_hosts_and_sites_are_refused(server):
    assert server.ask("GET", "/api/model", host="evil.example")[0] == 403
    assert server.ask("GET", "/api/model", host="localhost:9999")[0] == 200  # ssh -L
    assert server.ask("GET", "/api/model", headers={"Origin": "http://evil.example"})[0] == 403
    assert server.ask("POST", "/api/image", b"", headers={"Origin": "null"})[0] == 403
    assert server.ask("GET", "/api/model", headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"})[0] == 403


def test_by_default_it_listens_on_one_address_of_this_machine(server):
    assert server.address == f"http://127.0.0.1:{server.port}/"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", server.port), timeout=10)


def test_over_the_network_a_token_is_asked_for():
    with serving("--host", "0.0.0.0") as server:
        token = server.address.split("token=")[1]
        assert len(token) == 32
        assert server.ask("GET", "/api/model")[0] == 401
        assert server.ask("GET", "/?token=wrong")[0] == 401
        status, headers, _ = server.ask("GET", f"/?token={token}")
        assert status == 303 and headers["Location"] == "/" and "HttpOnly" in headers["Set-Cookie"]
        assert server.ask("GET", f"/?scale=1.25&token={token}")[1]["Location"] == "/?scale=1.25"
        cookie = headers["Set-Cookie"].split(";")[0]
        assert server.ask("GET", "/api/model", headers={"Cookie": cookie})[0] == 200
        assert server.ask("GET", "/api/model", headers={"Cookie": cookie}, host="gpu:1")[0] == 401  # another viewer's


def test_another_address_of_this_machine_needs_a_token_too():
    with serving("--host", "127.0.0.2") as server:
        token = server.address.split("token=")[1]
        connection = http.client.HTTPConnection("127.0.0.2", server.port, timeout=30)
        connection.request("GET", "/api/model", headers={"Authorization": f"Bearer {token}"})
        assert connection.getresponse().status == 200
        connection.close()


def hostile_requests(random_, count):
    """Requests that no browser sends."""
    words = ["GET", "POST", "PUT", "DELETE", "HEAD", "TRACE", "get", "", "G\0T", "PATCH" * 100]
    paths = ["/", "/api/model", "/api/image", "/api/image/i0/intervene", "/api/image/i0/decoder.bin?x=", "/api/image/i0/token?at=",
             "/../../etc/passwd", "/%", "/\xff", "/api/image/i0/photo", "/api/events?viewer=x", "/api/sweep/", "*", "http://x/", "/" + "a" * 9000,
             "/api/run?viewer=", "/api/image/i0/detections?threshold=1e999&x=dec.3.cross.head5=off"]
    headers = ["Host: localhost", "Host: evil", "Content-Length: 5", "Content-Length: -5", "Content-Length: 99999999999", "Transfer-Encoding: chunked",
               "Transfer-Encoding: gzip", "Connection: close", "Expect: 100-continue", "X: " + "y" * 20000, "no colon", "Origin: null", ": empty",
               "Cookie: saccade_token=x", "Range: bytes=0-1", "Upgrade: h2c"]
    bodies = [b"", b"{}", b"{" * 1000, b'{"interventions":["' + b"a" * 5000 + b'"]}', b"5\r\nabcde\r\n0\r\n\r\n", b"zz\r\n", b"\xff\xd8\xff" + b"\0" * 500, b"\x89PNG\r\n\x1a\n" + b"\xff" * 300]
    for _ in range(count):
        version = random_.choice(["HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "", "XXXX/1.1"])
        path = random_.choice(paths) + random_.choice(["", "%00", "1,1", "\t", "?" + "&" * 50])
        lines = [f"{random_.choice(words)} {path} {version}", *random_.sample(headers, random_.randrange(4)), "", ""]
        request = "\r\n".join(lines).encode("latin-1") + random_.choice(bodies)
        if random_.random() < 0.2:
            request = bytes(random_.randrange(256) if random_.random() < 0.05 else byte for byte in request)
        yield request[:random_.randrange(1, len(request) + 1)] if random_.random() < 0.2 else request


def test_hostile_requests_break_nothing(server, street):
    count = int(os.environ.get("SACCADE_HOSTILE_REQUESTS", "2000"))
    before = server.run(street)[0]
    rest = memory_after_warm_up = None
    for n, request in enumerate(hostile_requests(random.Random(1), count)):
        connection = socket.create_connection(("127.0.0.1", server.port), timeout=10)
        connection.sendall(request)
        if n % 5 == 0:
            connection.settimeout(0.05)
            try:
                connection.recv(1000)
            except (TimeoutError, ConnectionError):
                pass
        connection.close()
        if n == count // 4:
            memory_after_warm_up = server.memory_mb()
    assert server.process.poll() is None
    rest = server.run(street)[0]
    assert rest == before
    assert server.memory_mb() < memory_after_warm_up + 64


@pytest.mark.parametrize("words,said", [
    (["--host", "nowhere"], "--host: 'nowhere' is no address"),
    (["--port", "70000"], "--port"),
    (["--token", "short"], "--token"),
    (["--annotations", "a.json"], "--images"),
    (["--sweep", "/nonexistent"], "--sweep"),
    (["--runs", "/nonexistent"], "--runs"),
    (["--web-root", "/nonexistent"], "--web-root"),
    (["-x", "dec.3.cross.haed5=off"], "did you mean head?"),
    (["-x", "dec.3.cross=patch(street.jpg)"], "the viewer opens no files"),
])
def test_wrong_usage(words, said):
    done = subprocess.run([str(PROGRAM), "view", *words], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and done.stdout == "" and said in done.stderr


def test_a_taken_port_is_told(server):
    done = subprocess.run([str(PROGRAM), "view", "--port", str(server.port)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and f":{server.port}" in done.stderr and "give another" in done.stderr
