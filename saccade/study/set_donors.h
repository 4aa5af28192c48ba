// For off(resample): each image of a data set takes its heads' output from another image of the set.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "saccade/data/coco.h"
#include "saccade/eval/eval_images.h"
#include "saccade/explain/donor_run.h"
#include "saccade/explain/intervention.h"
#include "saccade/model/load_model.h"

namespace saccade {

// The others of `group` (ascending indices into a data set, `image` among them) in the order in which they are asked to be
// the image's donor: from one drawn by the seed on, round about. The same whatever else is run.
std::vector<int> donor_order(std::uint64_t seed, int image, std::span<const int> group);

class SetDonors {
 public:
  // Donors are drawn from `set`, all that is evaluated. Model, data and folder must outlive this. With `skip_broken`
  // a donor that cannot be decoded leaves its place to the next one.
  SetDonors(const LoadedModel& model, const CocoDataSet& data, const std::filesystem::path& images,
            const std::vector<EvalImage>& set, bool skip_broken);

  // Gives each off(resample) its run; others are left alone. Encoder heads are copied token by token: their donors have
  // an input of the same size. Throws Error: an image has no donor.
  void join(std::vector<Intervention>& interventions);

  // Runs the donors of the images of the next forward pass, indices into the data set. Throws Error: one cannot be decoded.
  void run_for(std::span<const int> images) const;

 private:
  // What shares a seed.
  struct Draw {
    std::shared_ptr<DonorRun> run = std::make_shared<DonorRun>();
    std::vector<Patch> patches;
    bool same_size = false;
  };
  using InputShape = std::pair<int, int>;
  void check_groups() const;
  DonorRun run_of(const std::vector<int>& donors, const Draw& draw) const;

  const LoadedModel& model_;
  const CocoDataSet& data_;
  const std::filesystem::path& images_;
  const bool skip_broken_;
  std::vector<int> all_;                             // ascending
  std::map<int, ImageSize> input_of_;                // by image
  std::map<InputShape, std::vector<int>> of_input_;  // ascending
  std::map<std::uint64_t, Draw> draws_;
};

}  // namespace saccade
