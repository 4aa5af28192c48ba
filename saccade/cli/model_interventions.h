// What -x changes in a loaded model.
#pragma once

#include <string>
#include <vector>

#include "saccade/explain/donors.h"
#include "saccade/explain/given_interventions.h"
#include "saccade/model/load_model.h"

namespace saccade {

class ModelInterventions {
 public:
  ModelInterventions() = default;
  // Checks that the model has what is named, says on stderr where a file was made for other weights, and opens what
  // patches copy from. The model is as it will run: size, device, precision. Throws UsageError and Error.
  ModelInterventions(const GivenInterventions& given, const LoadedModel& model, bool apply_exif);

  const std::vector<Intervention>& all() const { return all_; }
  bool empty() const { return all_.empty(); }
  // For captions: as many as there is room for, and how many more.
  std::string words() const;
  // Before every forward pass with them, of its images (Detector::encode).
  void run_donors(const at::Tensor& pixels, const at::Tensor& mask) const {
    donors_.run_on(pixels, mask);
  }

 private:
  std::vector<Intervention> all_;
  Donors donors_;
};

}  // namespace saccade
