// A model and many variants of it over a data set.
#include "saccade/study/variant_run.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <chrono>

#include "saccade/core/error.h"
#include "saccade/core/prefetch.h"
#include "saccade/core/progress.h"
#include "saccade/data/image_batch.h"
#include "saccade/eval/found_rows.h"
#include "saccade/eval/model_run.h"
#include "saccade/explain/intervention_reach.h"
#include "saccade/explain/intervention_session.h"
#include "saccade/study/set_donors.h"

namespace saccade {
namespace {

// Variants that are decoded together: more would not be faster and want memory.
constexpr std::size_t kTogether = 64;
// Images of a rank between two gatherings: what is lost with a job that is cut off.
constexpr std::size_t kImagesOfBlock = 4;

StoredDetection stored(const FoundRow& row) {
  const CocoDetection& d = row.detection;
  return {.score = static_cast<float>(d.score),
          .x = static_cast<float>(d.box.x),
          .y = static_cast<float>(d.box.y),
          .width = static_cast<float>(d.box.width),
          .height = static_cast<float>(d.box.height),
          .category = d.category};
}

// Images that rank 0 has no record of yet, in the order they run: known to every rank.
std::vector<EvalImage> missing_images(const std::vector<EvalImage>& chosen,
                                      const VariantStore* store, const std::string& name,
                                      RankGroup& ranks) {
  const auto own = store != nullptr ? store->images() : std::vector<std::int32_t>();
  const auto done = indices_of_first(own, name + " done", ranks);
  std::vector<EvalImage> missing;
  for (const EvalImage& image : chosen)
    if (!std::binary_search(done.begin(), done.end(), image.image)) missing.push_back(image);
  return missing;
}

bool reaches_encoder(const LoadedModel& model,
                     std::span<const std::vector<Intervention>> variants) {
  const int layers = model.detector->config().dec_layers;
  return std::any_of(variants.begin(), variants.end(),
                     [&](const auto& variant) { return reach_of(variant, layers).encoder; });
}

class VariantRunner {
 public:
  VariantRunner(const LoadedModel& model, const CocoDataSet& data,
                std::span<const std::vector<Intervention>> variants, SetDonors donors,
                const VariantRunOptions& options)
      : model_(model),
        data_(data),
        variants_(variants.begin(), variants.end()),
        donors_(std::move(donors)),
        options_(options),
        category_of_(categories_of_model(model, data)),
        keep_(reaches_encoder(model, variants) ? InterventionSession::Keep::kEncoderToo
                                               : InterventionSession::Keep::kDecoder) {
    for (auto& variant : variants_) donors_.join(variant);
  }

  // The record of an image as bytes; empty where it is broken and left out.
  std::string run(const LoadedBatch& image) {
    for (const BrokenImage& one : image.broken)
      broken.push_back(left_out_image(one, data_, options_.skip_broken));
    if (image.images.empty()) return {};
    const c10::InferenceMode no_gradients;
    donors_.run_for(image.images);
    const at::Tensor& pixels = image.pixels;
    const at::Tensor mask = at::zeros({1, pixels.size(2), pixels.size(3)}, at::kBool);
    const ImageSize size = image.original[0];
    const InterventionSession session(
        model_, pixels, mask, {static_cast<double>(size.width), static_cast<double>(size.height)},
        keep_);
    VariantRecord record{.image = image.images[0]};
    for (std::size_t first = 0; first < variants_.size(); first += kTogether) {
      const auto some =
          std::span(variants_).subspan(first, std::min(kTogether, variants_.size() - first));
      for (const ModelOutput& output : session.run_all(some))
        record.variants.push_back(detections(output, {image.images[0], size}));
    }
    return to_bytes(record);
  }

  std::vector<ImageProblem> broken;

 private:
  std::vector<StoredDetection> detections(const ModelOutput& output, const OutputImage& image) {
    std::vector<StoredDetection> found;
    for (const FoundRow& row : found_rows(model_, category_of_, output.pred_logits[-1][0],
                                          output.pred_boxes[-1][0], image))
      found.push_back(stored(row));
    return found;
  }

  const LoadedModel& model_;
  const CocoDataSet& data_;
  std::vector<std::vector<Intervention>> variants_;
  SetDonors donors_;
  const VariantRunOptions& options_;
  const std::vector<int> category_of_;
  const InterventionSession::Keep keep_;
};

// One image each, of the same input size as in `eval`.
std::vector<PlannedBatch> share_of(const std::vector<EvalImage>& missing, const LoadedModel& model,
                                   const RankGroup& ranks) {
  std::vector<PlannedBatch> share;
  for (std::size_t i = static_cast<std::size_t>(ranks.rank()); i < missing.size();
       i += static_cast<std::size_t>(ranks.size())) {
    share.push_back({{missing[i].image}, resized_size(missing[i].size, model.size)});
  }
  return share;
}

}  // namespace

VariantRun run_variants(const LoadedModel& model, const CocoDataSet& data,
                        const std::filesystem::path& images, const std::vector<EvalImage>& chosen,
                        std::span<const std::vector<Intervention>> variants, VariantStore* store,
                        const VariantRunOptions& options, RankGroup& ranks) {
  const auto start = std::chrono::steady_clock::now();
  const auto missing = missing_images(chosen, store, options.name, ranks);
  const auto share = share_of(missing, model, ranks);
  VariantRunner runner(model, data, variants,
                       SetDonors(model, data, images, chosen, options.skip_broken), options);
  Progress progress(ranks.size() > 1 ? "images of rank 0" : "images", std::ssize(share),
                    options.quiet || !ranks.is_first());
  Prefetcher<LoadedBatch> loader(
      std::ssize(share), options.num_workers, options.num_workers + 1,
      [&](std::int64_t i) { return load_batch(data, images, share[i]); });
  const std::size_t block = ranks.size() == 1 ? 1 : kImagesOfBlock;
  const std::size_t longest = (missing.size() + ranks.size() - 1) / ranks.size();  // of rank 0
  for (std::size_t first = 0; first < longest; first += block) {
    std::string bytes;
    for (std::size_t i = first; i < std::min(first + block, share.size()); ++i) {
      bytes += runner.run(*loader.next());
      progress.step();
    }
    const auto all = ranks.gather(text_of(options.name, " block ", first), bytes);
    if (store != nullptr)
      for (const std::string& records : all) store->append(records);
  }
  VariantRun run{.images = std::ssize(missing)};
  for (const std::string& bytes : ranks.gather(options.name + " broken", to_bytes(runner.broken)))
    append_problems(run.left_out, bytes, data);
  run.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return run;
}

}  // namespace saccade
