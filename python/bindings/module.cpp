// The extension module saccade._binding: errors, and what python/saccade wraps. Loading it registers the operator
// torch.ops.saccade.ms_deform_attn.
#include "bindings.h"
#include "saccade/core/error.h"
#include "saccade/op/ms_deform_attn.h"

namespace saccade {
namespace {

// The texts are the library's own; that of LibTorch's errors goes without a stack.
void bind_errors(py::module_& m) {
  static PyObject* const kError =
      py::exception<Error>(m, "Error", PyExc_RuntimeError).release().ptr();
  const py::tuple bases = py::make_tuple(py::handle(kError), py::handle(PyExc_ValueError));
  static PyObject* const kUsageError =
      py::exception<UsageError>(m, "UsageError", bases).release().ptr();
  for (PyObject* type : {kError, kUsageError}) py::handle(type).attr("__module__") = "saccade";
  py::register_local_exception_translator([](std::exception_ptr pointer) {
    try {
      if (pointer) std::rethrow_exception(pointer);
    } catch (const UsageError& error) {
      PyErr_SetString(kUsageError, error.what());
    } catch (const Error& error) {
      PyErr_SetString(kError, error.what());
    } catch (const c10::Error& error) {
      PyErr_SetString(PyExc_RuntimeError, error.what_without_backtrace());
    }
  });
}

}  // namespace
}  // namespace saccade

PYBIND11_MODULE(_binding, m) {
  saccade::bind_errors(m);
  saccade::bind_model(m);
  saccade::bind_image_run(m);
  m.attr("version") = SACCADE_VERSION;
}
