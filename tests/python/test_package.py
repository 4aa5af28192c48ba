"""The package itself: its stubs, its documentation, its installation."""
import ast
import inspect
import os
import subprocess
import sys
import zipfile

import pytest
from program import ROOT
from python_package import environment, saccade


def test_the_stub_of_the_extension_names_what_is_there():
    tree = ast.parse((ROOT / "python" / "saccade" / "_binding.pyi").read_text())
    binding = saccade._binding

    def names(thing):
        return {name for name in vars(thing) if not name.startswith("_")}

    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert names(binding) == set(classes) | set(functions) | {"version"}
    for name, node in classes.items():
        members = {one.name for one in node.body if isinstance(one, ast.FunctionDef)} - {"__init__"}
        assert names(getattr(binding, name)) == members, name
    for name, node in functions.items():
        arguments = [argument.arg for argument in node.args.args]
        assert all(f"{argument}:" in getattr(binding, name).__doc__ for argument in arguments), name


def test_everything_public_is_documented_and_typed():
    assert (ROOT / "build" / "python" / "saccade" / "py.typed").exists()
    for name in saccade.__all__:
        thing = getattr(saccade, name)
        if not inspect.isclass(thing) and not callable(thing):
            continue
        assert name in ("Error", "UsageError") or inspect.getdoc(thing), name
        for method, function in vars(thing).items() if inspect.isclass(thing) else ():
            if not method.startswith("_") and inspect.isfunction(function):
                assert inspect.getdoc(function), (name, method)


def package_without(name, tmp_path):
    """A copy of the package that lacks a file."""
    package = tmp_path / "saccade"
    package.mkdir()
    for file in (ROOT / "build" / "python" / "saccade").iterdir():
        if file.name != name:
            (package / file.name).symlink_to(file.resolve())
    return package


def call(code, folder, **variables):
    """Python code with the package of a folder."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                          env=environment() | {"PYTHONPATH": str(folder)} | variables)


def test_a_package_without_the_demo_model_says_where_it_looked(tmp_path):
    package_without("share", tmp_path)
    done = call("import saccade; saccade.load()", tmp_path)
    assert "street_r18.safetensors: the demo model is missing" in done.stderr


def test_cuda_kernels_are_looked_for_beside_the_module(tmp_path):
    if (ROOT / "build" / "libexec" / "saccade" / "libsaccade_cuda.so").exists():
        pytest.skip("this build has CUDA kernels")
    package = package_without("", tmp_path)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", tmp_path / "libcuda.so.1", ROOT / "tests" / "cli" / "fake_driver.c"],
                   check=True)
    variables = {"FAKE_CUDA": "13000;0;NVIDIA H200,9,0,140",
                 "LD_LIBRARY_PATH": f"{tmp_path}:{environment()['LD_LIBRARY_PATH']}"}
    code = "import saccade; saccade.load(device='cuda')"
    assert "no CUDA kernels" in call(code, tmp_path, **variables).stderr
    (package / "libsaccade_cuda.so").touch()
    assert "the kernels are compiled for" in call(code, tmp_path, **variables).stderr


def test_a_package_of_another_torch_says_so(tmp_path):
    package = package_without("_build.py", tmp_path)
    (package / "_build.py").write_text('TORCH_VERSION = "2.3.1"\n')
    done = call("import saccade", tmp_path)
    assert done.returncode == 1 and "saccade was built for torch 2.3.1, this is torch 2.11" in done.stderr


def test_the_example_of_the_documentation_prints_what_is_written_there():
    """docs/python.md: the first Python block, and the block of its output."""
    text = (ROOT / "docs" / "python.md").read_text()
    code = text.split("```python\n")[1].split("```")[0]
    expected = text.split("```python\n")[1].split("```\n")[2]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment(), cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert done.stdout == expected


def test_a_wheel_holds_all_that_the_package_needs(tmp_path):
    if not os.environ.get("SACCADE_WHEEL"):
        pytest.skip("compiles the library once more; `make test-slow` does it (SACCADE_WHEEL=1)")
    done = subprocess.run([sys.executable, "-m", "pip", "wheel", "-q", "--no-build-isolation", "--no-deps", "-w",
                           str(tmp_path), str(ROOT)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    [wheel] = tmp_path.glob("saccade-*.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    files = {path.name for path in (tmp_path / "site" / "saccade").iterdir()}
    assert {"__init__.py", "_binding.pyi", "_build.py", "py.typed", "share"} <= files and "_build.py.in" not in files
    code = "import saccade; print(saccade.__file__, *saccade.load().detect('assets/images/Town03_013980.jpg').names)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT,
                          env=environment() | {"PYTHONPATH": str(tmp_path / "site")})
    place, *names = done.stdout.split()
    assert place.startswith(str(tmp_path)) and names[:2] == ["vehicle", "vehicle"], done.stderr
