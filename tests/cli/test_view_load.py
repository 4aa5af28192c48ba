"""saccade view under load: many clients at once, for as long as SACCADE_LOAD_SECONDS says (make test-slow: a minute)."""
import os
import random
import threading
import time

from view_server import serving

CLIENTS = 50


def test_many_clients_at_once_are_all_answered():
    seconds = float(os.environ.get("SACCADE_LOAD_SECONDS", "5"))
    budget_mb = 300
    with serving("--threads", "2", "--memory", budget_mb) as server:
        images = [image["id"] for image in server.json("/api/images")["images"]]
        for image in images:  # each is opened once: the program itself is as large as it gets
            server.run(image)
        before = server.memory_mb()
        end = time.monotonic() + seconds
        answers, faults = [], []

        def client(number):
            draw = random.Random(number)
            while time.monotonic() < end:
                image = draw.choice(images[:3])
                what = draw.random()
                try:
                    if what < 0.3:
                        status = server.ask("GET", draw.choice(["/", "/api/model", "/api/images", f"/api/image/{image}/photo"]))[0]
                    elif what < 0.9:
                        texts = [f"dec.{draw.randrange(6)}.cross.head{draw.randrange(8)}=off"]
                        server.run(image, texts, viewer=f"v{number}")
                        status = 200
                    else:
                        status = server.ask("GET", f"/api/image/{image}/detections?threshold=0.5&x=enc.1.self.head{draw.randrange(8)}%3Doff")[0]
                    answers.append(status)
                except Exception as fault:  # told below, with all others
                    faults.append(repr(fault))

        threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not faults, faults[:3]
        assert set(answers) == {200} and len(answers) > CLIENTS
        status = server.json("/api/status")
        assert status["memory_mb"] <= budget_mb
        assert server.memory_mb() < before + budget_mb
        print(f"{len(answers)} answers in {seconds:.0f} s, {before:.0f} MB before, {server.memory_mb():.0f} MB after")
