"""Builds the wheel: scikit-build-core runs our CMake, for the torch of the Python that the package is for.

pip builds in an environment of its own. It does not have that Python's torch, but knows where its packages lie; so
torch is compiled against where it is, and downloaded (2 GB with CUDA) only where there is none, as the package itself
would need it.
"""
import importlib.util
import pathlib
import re
import site
import sys
import sysconfig

from scikit_build_core import build as scikit
from scikit_build_core.build import (build_sdist, get_requires_for_build_sdist,  # noqa: F401
                                     prepare_metadata_for_build_editable, prepare_metadata_for_build_wheel)

TORCH = "2.11"
NEEDED = ["g++", "pkg-config", "python3-dev", "libjpeg-dev", "libpng-dev", "zlib1g-dev", "libdeflate-dev",
          "libssl-dev", "libsimdjson-dev"]


def torch_folder():
    """Of torch 2.11, or None: of this environment, or of that of the Python it was made for."""
    found = importlib.util.find_spec("torch")
    folders = list(found.submodule_search_locations) if found else []
    folders += [f"{sysconfig.get_path(name)}/torch" for name in ("purelib", "platlib")]
    folders += [f"{folder}/torch" for folder in [site.getusersitepackages(), *site.getsitepackages()]]
    for folder in map(pathlib.Path, folders):
        version = folder / "version.py"
        if version.exists() and re.search(rf"^__version__ = '{re.escape(TORCH)}\.", version.read_text(), re.MULTILINE):
            return folder
    return None


def get_requires_for_build_wheel(config_settings=None):
    needed = scikit.get_requires_for_build_wheel(config_settings)
    return needed if torch_folder() else [*needed, f"torch=={TORCH}.*"]


def get_requires_for_build_editable(config_settings=None):
    needed = scikit.get_requires_for_build_editable(config_settings)
    return needed if torch_folder() else [*needed, f"torch=={TORCH}.*"]


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    return built(scikit.build_wheel, wheel_directory, config_settings, metadata_directory)


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    return built(scikit.build_editable, wheel_directory, config_settings, metadata_directory)


def built(build, wheel_directory, config_settings, metadata_directory):
    folder = torch_folder()
    if folder is None:
        sys.exit(f"saccade: torch {TORCH} is not installed for {sys.executable}; install it first "
                 f"(pip install torch=={TORCH}.*), or leave --no-build-isolation out")
    settings = {"cmake.define.SACCADE_TORCH_ROOT": str(folder), **(config_settings or {})}
    try:
        return build(wheel_directory, settings, metadata_directory)
    except SystemExit:
        print("saccade: building takes g++ 12 or newer, CMake 3.25 and Debian's libraries; what is missing is named above.\n"
              f"  sudo apt-get install -y --no-install-recommends {' '.join(NEEDED)}", file=sys.stderr)
        raise
