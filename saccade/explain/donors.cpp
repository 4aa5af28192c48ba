// The runs that patches copy from.
#include "saccade/explain/donors.h"

#include <map>

#include "saccade/core/error.h"
#include "saccade/core/one_line.h"
#include "saccade/explain/donor_recorder.h"
#include "saccade/explain/head_means.h"
#include "saccade/explain/patch_source.h"
#include "saccade/image/decode.h"
#include "saccade/model/inference.h"
#include "saccade/model/prepared_image.h"

namespace saccade {
namespace {

// Throws Error where a unit of one model is no unit of the other, or holds other numbers.
void check_same_parts(const std::string& file, const ModelConfig& theirs, const ModelConfig& ours) {
  if (theirs.family != ours.family)
    throw Error(text_of(one_line(file),
                        ": one is a plain DETR, the other a Deformable DETR; a patch "
                        "copies between models of one family"));
  struct Part {
    const char* name;
    int theirs, ours;
  };
  for (const Part& part : {Part{"encoder layers", theirs.enc_layers, ours.enc_layers},
                           Part{"decoder layers", theirs.dec_layers, ours.dec_layers},
                           Part{"heads", theirs.nheads, ours.nheads},
                           Part{"channels", theirs.hidden_dim, ours.hidden_dim},
                           Part{"levels", theirs.num_feature_levels, ours.num_feature_levels},
                           Part{"points of the encoder", theirs.enc_n_points, ours.enc_n_points},
                           Part{"points of the decoder", theirs.dec_n_points, ours.dec_n_points},
                           Part{"queries", theirs.num_queries, ours.num_queries}}) {
    if (part.theirs != part.ours)
      throw Error(text_of(one_line(file), ": its number of ", part.name, " is ", part.theirs,
                          ", this model's ", part.ours,
                          "; a patch copies between models of the same numbers of layers, heads, "
                          "channels, levels, points and queries"));
  }
}

// Offsets are cells of the level around a point, shares of the box around one: not one for the other.
void check_same_references(const std::string& file, const std::vector<Patch>& patches,
                           const ModelConfig& theirs, const ModelConfig& ours) {
  if (theirs.with_box_refine == ours.with_box_refine && theirs.two_stage == ours.two_stage) return;
  for (const Patch& patch : patches) {
    if (patch.part == PatchPart::kOffsets && patch.unit.module == AttentionModule::kDecoderCross)
      throw Error(text_of(one_line(file),
                          ": refines its boxes otherwise than this model: its "
                          "decoder's offsets are of other references and cannot be copied"));
  }
}

LoadedModel load_other(const std::string& file, const std::vector<Patch>& patches,
                       const LoadedModel& model) {
  LoadedModel other = load_model(file);
  check_same_parts(file, other.detector->config(), model.detector->config());
  check_same_references(file, patches, other.detector->config(), model.detector->config());
  other.detector->to(model.detector->device());
  other.autocast = model.autocast;
  return other;
}

void run_image(const std::string& file, const LoadedModel& model, bool apply_exif,
               DonorRecorder& recorder) {
  const PreparedImage image = prepare_image(read_image(file, apply_exif), model.size);
  infer(model, image.pixels, image.mask, &recorder);
}

}  // namespace

void open_means(std::vector<Intervention>& interventions, const LoadedModel& model) {
  std::map<std::string, std::shared_ptr<const HeadMeans>> by_file;
  for (Intervention& intervention : interventions) {
    auto* const off = std::get_if<HeadsOff>(&intervention.change);
    if (off == nullptr || off->means_file.empty()) continue;
    auto& means = by_file[off->means_file];
    if (means == nullptr)
      means =
          std::make_shared<HeadMeans>(read_head_means(off->means_file, model.detector->config()));
    off->means = means;
  }
}

Donors::Donors(std::vector<Intervention>& interventions, const LoadedModel& model,
               bool apply_exif) {
  std::map<std::string, std::vector<Patch*>> by_file;
  for (Intervention& intervention : interventions) {
    auto* const patch = std::get_if<Patch>(&intervention.change);
    if (patch != nullptr && !patch->drawn) by_file[patch->file].push_back(patch);
  }
  open_means(interventions, model);
  for (const auto& [file, patches] : by_file) {
    const auto run = std::make_shared<DonorRun>();
    std::vector<Patch> copies;
    for (Patch* patch : patches) {
      copies.push_back(*patch);
      patch->donor = run;
    }
    if (is_weights_name(file)) {
      LoadedModel other = load_other(file, copies, model);
      others_.push_back({std::move(other), std::move(copies), run});
    } else {
      DonorRecorder recorder(std::move(copies), *run);
      run_image(file, model, apply_exif, recorder);
    }
  }
}

void Donors::run_on(const at::Tensor& pixels, const at::Tensor& mask) const {
  for (const Other& other : others_) {
    DonorRecorder recorder(other.patches, *other.run);
    infer(other.model, pixels, mask, &recorder);
  }
}

}  // namespace saccade
