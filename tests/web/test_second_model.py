"""A second model on the page of `saccade view`: compared on the same image with the same interventions."""
import re

import pytest
from program import SHIPPED_WEIGHTS, read_safetensors, write_safetensors
from viewer_page import NOTHING_BY_ITSELF, STREET, expect, street_server


def sceptical(path):
    """The demo model with lower scores: 1.5 less on every class's logit of the last layer."""
    tensors, metadata = read_safetensors(SHIPPED_WEIGHTS)
    for name in ("class_embed.5.bias", "transformer.decoder.class_embed.5.bias"):  # one tensor under two names
        tensors[name] = (tensors[name] - 1.5).astype(tensors[name].dtype)
    write_safetensors(path, tensors, metadata)


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    other = tmp_path_factory.mktemp("b") / "sceptic.safetensors"
    sceptical(other)
    with street_server("--weights-b", other) as server:
        yield server.address


def changes_of(viewer):
    return viewer.page.locator("#changes .column-head").all_inner_texts()


def test_two_models_are_compared(viewer):
    viewer.open()
    viewer.page.get_by_role("button", name="B: sceptic").click()
    viewer.page.locator("#changes .change").first.wait_for(timeout=60_000)
    base, key = viewer.address, next(i["id"] for i in viewer.page.request.get(viewer.address + "api/images").json()["images"] if i["name"] == STREET)
    found = {m: viewer.page.request.get(f"{base}api/image/{key}/detections?model={m}&threshold=0.5").json()["detections"] for m in "ab"}
    assert len(found["b"]) < len(found["a"])
    heads = changes_of(viewer)
    assert heads[0].split() == ["Only", "B", "0"] and heads[1].split() == ["Only", "A", str(len(found["a"]) - len(found["b"]))]
    assert "only A" in " ".join(viewer.rows())
    expect(viewer.page).to_have_url(re.compile("vs=b"))  # when things are at rest
    viewer.page.keyboard.press("b")  # the list is B's
    viewer.settle()
    assert len(viewer.rows()) == len(found["b"])


def test_both_get_the_same_interventions(viewer):
    viewer.open(f"img={STREET}&vs=b&x=dec.*.cross.level3%3Doff")
    viewer.page.locator("#changes .change").first.wait_for(timeout=60_000)
    sent = []
    viewer.page.on("request", lambda r: sent.append(r.post_data_json) if "/intervene" in r.url else None)
    viewer.page.locator(".line-text").first.fill("dec.*.cross.level2=off")
    viewer.page.keyboard.press("Enter")
    viewer.steps(3)
    viewer.until(lambda: len(sent) > 1)
    viewer.page.locator("#changes .change").first.wait_for(timeout=60_000)
    assert {(s["model"], *s["interventions"]) for s in sent} == {("a", "dec.*.cross.level2=off"), ("b", "dec.*.cross.level2=off")}
    viewer.page.get_by_role("button", name="Before", exact=True).first.click()
    viewer.settle()
    assert changes_of(viewer)[0].startswith("Lost")
    expect(viewer.page).not_to_have_url(re.compile("vs=b"))  # when things are at rest


def test_one_model_alone_has_nothing_to_choose(viewer):
    viewer.page.route("**/api/model", lambda route: route.fulfill(
        response=(reply := route.fetch()), json={**reply.json(), "models": {**reply.json()["models"], "b": None}}))
    viewer.open(f"img={STREET}&vs=b")
    assert viewer.page.get_by_role("button", name="B:").count() == 0
    assert viewer.page.locator("#changes h2").inner_text() == "Before | after"


def refuse_b(viewer, **reply):
    """What is asked of the second model gets this reply, or none."""
    def answer(route):
        if route.request.post_data_json["model"] != "b":
            return route.continue_()
        return route.fulfill(**reply) if reply else route.abort()

    viewer.refusals_expected = None  # as many as the page tries
    viewer.page.add_init_script(NOTHING_BY_ITSELF)
    viewer.page.route("**/intervene", answer)
    viewer.open(f"img={STREET}&vs=b")


def test_a_refusal_is_said_and_asked_again(viewer):
    refuse_b(viewer, status=500, json={"error": "no memory left"})
    expect(viewer.page.locator("#changes")).to_contain_text("The second model: no memory left")
    viewer.page.unroute("**/intervene")
    viewer.page.locator("#message").get_by_role("button", name="Try again").click()
    viewer.page.locator("#changes .change").first.wait_for(timeout=60_000)
    assert "no memory left" not in viewer.page.locator("#changes").inner_text()


def test_it_is_asked_again_when_the_server_is_back(viewer):
    refuse_b(viewer)
    expect(viewer.page.locator("#message")).to_contain_text("Connection lost")
    viewer.page.unroute("**/intervene")
    viewer.page.locator("#message").get_by_role("button", name="Retry").click()
    viewer.page.locator("#changes .change").first.wait_for(timeout=60_000)
    expect(viewer.page.locator("#message")).to_be_hidden()
