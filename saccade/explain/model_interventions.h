// Interventions that were given for a loaded model: checked against it, with what they copy from opened.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "saccade/explain/donors.h"
#include "saccade/explain/given_interventions.h"
#include "saccade/model/load_model.h"

namespace saccade {

class ModelInterventions {
 public:
  ModelInterventions() = default;
  // Checks that the model has what is named and opens what patches copy from. The model is as it will run: size, device,
  // precision. Throws UsageError and Error.
  ModelInterventions(const GivenInterventions& given, const LoadedModel& model, bool apply_exif);

  const std::vector<Intervention>& all() const { return all_; }
  bool empty() const { return all_.empty(); }
  // A sentence for each file that was made for other weights: its units are there, and do something else.
  const std::vector<std::string>& notes() const { return notes_; }
  // For captions: as many as there is room for, and how many more.
  std::string words() const;
  // Before every forward pass with them, of its images (Detector::encode).
  void run_donors(const at::Tensor& pixels, const at::Tensor& mask) const {
    donors_.run_on(pixels, mask);
  }

 private:
  std::vector<Intervention> all_;
  std::vector<std::string> notes_;
  Donors donors_;
};

// Throws UsageError for off(resample), which draws from a data set: for images that are of none.
void refuse_draws(const std::vector<Intervention>& interventions);

}  // namespace saccade
