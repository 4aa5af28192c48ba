// The parts of the extension module saccade._binding.
#pragma once

#include "python_pch.h"

namespace saccade {

void bind_model(py::module_& m);
void bind_image_run(py::module_& m);

}  // namespace saccade
