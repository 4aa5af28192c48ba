// A loaded model as Python holds it.
#include "bindings.h"
#include "python_model.h"
#include "saccade/core/error.h"
#include "saccade/image/input_size.h"
#include "saccade/model/placed_model.h"
#include "saccade/op/devices.h"

#include <c10/core/DeviceGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <optional>

namespace saccade {
namespace {

// open_device makes a GPU the thread's current one; which that is in Python is for the calling code to choose.
OpenedDevice opened_aside(const std::string& name) {
  std::optional<c10::DeviceGuard> same;
  if (name != "cpu" && c10::impl::hasDeviceGuardImpl(at::kCUDA)) {
    const c10::impl::VirtualGuardImpl cuda(at::kCUDA);
    if (cuda.deviceCount() > 0) same.emplace(cuda.getDevice());
  }
  return open_device(name);
}

}  // namespace

PythonModel::PythonModel(const std::string& path, const std::string& device,
                         const std::string& precision, const std::string& size)
    : precision(precision) {
  if (precision != "fp32" && precision != "bf16" && precision != "fp16")
    throw UsageError(text_of("precision ", precision, ": expected fp32, bf16 or fp16"));
  const OpenedDevice opened = opened_aside(device);
  if (precision == "fp16" && opened.device.is_cpu())
    throw UsageError("precision fp16 is computed on a GPU alone; on the CPU give bf16");
  note = opened.note;
  const OwnModes modes(opened.device);
  loaded = load_model(path, {.device = opened.device, .precision = precision, .size = size});
}

namespace {

py::dict config_of(const PythonModel& model) {
  const ModelConfig& c = model.loaded.detector->config();
  using namespace py::literals;
  return py::dict("family"_a = c.family == ModelFamily::kDetr ? "detr" : "deformable_detr",
                  "backbone"_a = c.backbone, "num_classes"_a = c.num_classes,
                  "num_queries"_a = c.num_queries, "hidden_dim"_a = c.hidden_dim,
                  "num_heads"_a = c.nheads, "num_levels"_a = c.num_feature_levels,
                  "encoder_layers"_a = c.enc_layers, "decoder_layers"_a = c.dec_layers,
                  "encoder_points"_a = c.enc_n_points, "decoder_points"_a = c.dec_n_points,
                  "with_box_refine"_a = c.with_box_refine, "two_stage"_a = c.two_stage);
}

}  // namespace

void bind_model(py::module_& m) {
  py::class_<PythonModel, std::shared_ptr<PythonModel>>(m, "Model")
      .def(py::init<const std::string&, const std::string&, const std::string&,
                    const std::string&>(),
           py::arg("path"), py::arg("device"), py::arg("precision"), py::arg("size"),
           py::call_guard<py::gil_scoped_release>())
      .def_property_readonly("name", [](const PythonModel& model) { return model.loaded.name; })
      .def_property_readonly("sha256", [](const PythonModel& model) { return model.loaded.sha256; })
      .def_property_readonly("size",
                             [](const PythonModel& model) { return size_text(model.loaded.size); })
      .def_property_readonly(
          "device", [](const PythonModel& model) { return model.loaded.detector->device().str(); })
      .def_property_readonly("classes",
                             [](const PythonModel& model) { return model.loaded.classes.names(); })
      .def_property_readonly("config", &config_of)
      .def_readonly("precision", &PythonModel::precision)
      .def_readonly("note", &PythonModel::note)
      .def("class_name", [](const PythonModel& model, std::int64_t label) {
        return model.loaded.classes.name(label);
      });
}

}  // namespace saccade
