// For off(resample): each image takes its heads' output from another image of the set.
#include "saccade/study/set_donors.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "saccade/core/error.h"
#include "saccade/core/one_line.h"
#include "saccade/core/random.h"
#include "saccade/data/image_batch.h"
#include "saccade/explain/donor_recorder.h"
#include "saccade/model/inference.h"

namespace saccade {
namespace {

std::pair<int, int> shape_of(ImageSize size) { return {size.width, size.height}; }

// The runs of single images as one run of them all.
DonorRun joined(const std::vector<DonorRun>& runs) {
  DonorRun all{.levels = runs.at(0).levels};
  for (const auto& [place, call] : runs[0].calls) {
    std::vector<at::Tensor> outputs;
    for (const DonorRun& run : runs) outputs.push_back(run.calls.at(place).output);
    all.calls[place].output = at::cat(outputs);
  }
  return all;
}

}  // namespace

std::vector<int> donor_order(std::uint64_t seed, int image, std::span<const int> group) {
  std::vector<int> others;
  std::copy_if(group.begin(), group.end(), std::back_inserter(others),
               [&](int other) { return other != image; });
  if (others.empty()) return others;
  Random random({seed, static_cast<std::uint64_t>(image)});
  const auto first = static_cast<std::ptrdiff_t>(random.below(others.size()));
  std::rotate(others.begin(), others.begin() + first, others.end());
  return others;
}

SetDonors::SetDonors(const LoadedModel& model, const CocoDataSet& data,
                     const std::filesystem::path& images, const std::vector<EvalImage>& set,
                     bool skip_broken)
    : model_(model), data_(data), images_(images), skip_broken_(skip_broken) {
  for (const EvalImage& one : set) {
    const ImageSize input = resized_size(one.size, model.size);
    all_.push_back(one.image);
    input_of_[one.image] = input;
    of_input_[shape_of(input)].push_back(one.image);
  }
  std::sort(all_.begin(), all_.end());
  for (auto& [shape, group] : of_input_) std::sort(group.begin(), group.end());
}

void SetDonors::join(std::vector<Intervention>& interventions) {
  for (Intervention& one : interventions) {
    auto* const patch = std::get_if<Patch>(&one.change);
    if (patch == nullptr || !patch->drawn) continue;
    Draw& draw = draws_[*patch->drawn];
    patch->donor = draw.run;
    draw.patches.push_back(*patch);
    draw.same_size = draw.same_size || patch->unit.module == AttentionModule::kEncoderSelf;
  }
  check_groups();
}

void SetDonors::check_groups() const {
  const auto same_size = [](const auto& draw) { return draw.second.same_size; };
  if (!draws_.empty() && all_.size() == 1)
    throw Error("off(resample) takes from another image of the set, and there is one alone");
  if (std::none_of(draws_.begin(), draws_.end(), same_size)) return;
  for (const auto& [shape, group] : of_input_) {
    if (group.size() > 1) continue;
    throw Error(text_of(one_line(data_.images()[group[0]].file_name),
                        ": no other image has its "
                        "input size of ",
                        shape.first, "x", shape.second,
                        " to resample an encoder's head from; give --size so that they are alike, "
                        "leave the image out, or take off(mean)"));
  }
}

// The first of the donors that can be decoded.
DonorRun SetDonors::run_of(const std::vector<int>& donors, const Draw& draw) const {
  for (const int donor : donors) {
    const LoadedBatch batch = load_batch(data_, images_, {{donor}, input_of_.at(donor)});
    if (batch.images.empty()) {
      left_out_image(batch.broken.at(0), data_, skip_broken_);  // throws where it may not be
      continue;
    }
    DonorRun run;
    DonorRecorder recorder(draw.patches, run);
    const at::Tensor mask = at::zeros({1, batch.pixels.size(2), batch.pixels.size(3)}, at::kBool);
    infer(model_, batch.pixels, mask, &recorder);
    return run;
  }
  throw Error("off(resample): none of the other images of the set can be decoded");
}

void SetDonors::run_for(std::span<const int> images) const {
  for (const auto& [seed, draw] : draws_) {
    std::vector<DonorRun> runs;
    for (const int image : images) {
      const auto& group = draw.same_size ? of_input_.at(shape_of(input_of_.at(image))) : all_;
      runs.push_back(run_of(donor_order(seed, image, group), draw));
    }
    *draw.run = joined(runs);
  }
}

}  // namespace saccade
