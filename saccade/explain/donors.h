// The runs that patches copy from: another image, or other weights on the same images.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "saccade/explain/donor_run.h"
#include "saccade/explain/intervention.h"
#include "saccade/model/load_model.h"

namespace saccade {

class Donors {
 public:
  Donors() = default;
  // Opens the file of every patch and gives the patch its run. An image is run at once, through `model`; other weights are
  // brought to its device and precision, and run with run_on(). Throws Error: a file that cannot be read,
  // weights of another architecture. Opens what the texts name: they must be those of this machine's user.
  Donors(std::vector<Intervention>& interventions, const LoadedModel& model, bool apply_exif);

  // Runs the other weights on the images of the next forward pass, as Detector::encode takes them.
  void run_on(const at::Tensor& pixels, const at::Tensor& mask) const;

 private:
  // Other weights.
  struct Other {
    LoadedModel model;
    std::vector<Patch> patches;
    std::shared_ptr<DonorRun> run;
  };
  std::vector<Other> others_;
};

}  // namespace saccade
