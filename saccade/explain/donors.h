// What interventions take from files: the runs that patches copy from (another image, or other weights on the same images), and
// means of heads.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "saccade/explain/donor_run.h"
#include "saccade/explain/intervention.h"
#include "saccade/model/load_model.h"

namespace saccade {

// Reads the file of every off(mean,FILE). Throws Error: as read_head_means (head_means.h).
void open_means(std::vector<Intervention>& interventions, const LoadedModel& model);

class Donors {
 public:
  Donors() = default;
  // Opens the file of every patch and gives the patch its run, and the file of every mean. What is drawn from a data set
  // is left to others (study/set_donors.h). An image is run at once, through `model`; other weights are
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
