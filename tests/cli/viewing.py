"""A viewer and one of its images, for the tests of `saccade view`."""
import struct

import pytest
from program import STREET
from view_server import serving


@pytest.fixture(scope="module")
def server():
    with serving("--threads", "2") as one:
        yield one


@pytest.fixture(scope="module")
def street(server):
    return next(image["id"] for image in server.json("/api/images")["images"] if image["name"] == STREET.name)


def numbers(tensor, kind):
    dtype, _, data = tensor
    assert dtype == kind
    return [v[0] for v in struct.iter_unpack({"F32": "<f", "I32": "<i", "U16": "<H"}[kind], data)]
