// A loaded model as Python holds it.
#pragma once

#include <ATen/core/grad_mode.h>
#include <c10/core/DeviceGuard.h>

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "saccade/explain/model_interventions.h"
#include "saccade/model/load_model.h"
#include "saccade/op/autocast.h"

namespace saccade {

// While it lives, what the calling code switched for itself (no_grad, inference_mode, autocast, the current GPU) does not
// reach us.
class OwnModes {
 public:
  explicit OwnModes(at::Device device) : autocast_(device.type()) {
    if (!device.is_cpu()) current_.reset_device(device);
    at::globalContext().setAllowTF32CuDNN(false);
  }
  ~OwnModes() { at::globalContext().setAllowTF32CuDNN(tf32_); }
  OwnModes(const OwnModes&) = delete;
  OwnModes& operator=(const OwnModes&) = delete;

 private:
  const c10::InferenceMode inference_{false};
  const at::AutoGradMode gradients_{true};
  const NoAutocast autocast_;
  c10::OptionalDeviceGuard current_;
  const bool tf32_ = at::globalContext().allowTF32CuDNN();
};

struct PythonModel {
  // `size` as parse_size; empty: as trained. Throws UsageError and Error.
  PythonModel(const std::string& path, const std::string& device, const std::string& precision,
              const std::string& size);

  LoadedModel loaded;
  std::string precision;
  std::string note;         // why "auto" is not the GPU that is there; empty: nothing
  mutable std::mutex busy;  // held while the model computes: one thread at a time
};

}  // namespace saccade
