// What every file of the bindings includes, precompiled: Python's and pybind11's headers as torch has them.
#pragma once

#include <torch/csrc/utils/pybind.h>

#include <pybind11/functional.h>
#include <pybind11/stl.h>
