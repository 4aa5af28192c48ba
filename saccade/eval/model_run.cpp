// A detector over a data set.
#include "saccade/eval/model_run.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "saccade/core/error.h"
#include "saccade/core/prefetch.h"
#include "saccade/core/progress.h"
#include "saccade/data/batch_plan.h"
#include "saccade/data/class_index.h"
#include "saccade/data/image_batch.h"
#include "saccade/eval/found_rows.h"
#include "saccade/eval/rank_exchange.h"
#include "saccade/model/inference.h"
#include "saccade/op/device_timer.h"
#include "saccade/op/transfer.h"

namespace saccade {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::vector<OriginalSize> original_sizes(const LoadedBatch& batch) {
  std::vector<OriginalSize> sizes;
  for (const ImageSize& size : batch.original)
    sizes.push_back({static_cast<double>(size.width), static_cast<double>(size.height)});
  return sizes;
}

class Runner {
 public:
  Runner(const LoadedModel& model, const CocoDataSet& data, const ModelRunOptions& options)
      : model_(model),
        data_(data),
        options_(options),
        category_of_(categories_of_model(model, data)),
        memory_(host_memory_for(model.detector->device())) {}

  // This rank's share of the batches. One pass is begun before the results of the one before are read, so
  // that a GPU always has work.
  void run(const std::vector<PlannedBatch>& batches, const std::filesystem::path& images,
           Progress& progress) {
    Prefetcher<LoadedBatch> loader(
        static_cast<std::int64_t>(batches.size()), options_.num_workers, options_.num_workers + 1,
        [&](std::int64_t i) { return load_batch(data_, images, batches[i], memory_); });
    std::optional<Pass> running;
    const auto finish = [&] {
      if (!running) return;
      take(*running);
      for (std::size_t i = 0; i < running->batch.images.size(); ++i) progress.step();
    };
    while (auto batch = loader.next()) {
      for (const BrokenImage& image : batch->broken)
        broken.push_back(left_out_image(image, data_, options_.skip_broken));
      if (batch->images.empty()) continue;
      Pass next = launch(std::move(*batch));
      finish();
      running.emplace(std::move(next));
    }
    finish();
  }

  std::vector<FoundRow> rows;
  std::vector<ImageProblem> broken;
  double forward_seconds = 0;
  std::int64_t images_run = 0;

 private:
  // A forward pass that the device may still be computing.
  struct Pass {
    LoadedBatch batch;  // its pixels may still be read
    DeviceTimer timer;
    Arriving last_layer;  // logits [N, Q, K] and boxes [N, Q, 4]
  };

  Pass launch(LoadedBatch batch) {
    const c10::InferenceMode no_gradients;
    const at::Tensor& pixels = batch.pixels;
    const at::Device device = model_.detector->device();
    const at::Tensor mask = at::zeros({pixels.size(0), pixels.size(2), pixels.size(3)},
                                      at::TensorOptions(device).dtype(at::kBool));
    if (options_.before) options_.before(batch, mask);
    DeviceTimer timer(device);
    if (options_.hook != nullptr) options_.hook->on_images(original_sizes(batch));
    const ModelOutput output = infer(model_, pixels, mask, options_.hook);
    timer.stop();
    if (options_.on_output) options_.on_output(batch, output);
    Arriving last_layer({output.pred_logits[-1], output.pred_boxes[-1]});
    return {std::move(batch), std::move(timer), std::move(last_layer)};
  }

  void take(Pass& pass) {
    const c10::InferenceMode no_gradients;
    const auto& last_layer = pass.last_layer.wait();
    const at::Tensor &logits = last_layer[0], &boxes = last_layer[1];
    const LoadedBatch& batch = pass.batch;
    forward_seconds += pass.timer.seconds();
    images_run += std::ssize(batch.images);
    for (std::size_t i = 0; i < batch.images.size(); ++i) {
      const auto n = static_cast<std::int64_t>(i);
      const auto found = found_rows(model_, category_of_, logits[n], boxes[n],
                                    {batch.images[i], batch.original[i]});
      rows.insert(rows.end(), found.begin(), found.end());
    }
  }

  const LoadedModel& model_;
  const CocoDataSet& data_;
  const ModelRunOptions& options_;
  const std::vector<int> category_of_;
  const at::TensorOptions memory_;  // that batches are loaded to
};

// Every ranks-th batch, from this rank's.
std::vector<PlannedBatch> share_of(const std::vector<PlannedBatch>& batches,
                                   const RankGroup& ranks) {
  std::vector<PlannedBatch> share;
  for (std::size_t i = ranks.rank(); i < batches.size(); i += ranks.size())
    share.push_back(batches[i]);
  return share;
}

std::int64_t image_count(const std::vector<PlannedBatch>& batches) {
  std::int64_t count = 0;
  for (const PlannedBatch& batch : batches) count += static_cast<std::int64_t>(batch.images.size());
  return count;
}

std::vector<PlannedBatch> plan(const std::vector<EvalImage>& chosen, const LoadedModel& model,
                               int batch_size) {
  std::vector<int> images;
  std::vector<ImageSize> sizes;
  for (const auto& [image, size] : chosen) {
    images.push_back(image);
    sizes.push_back(size);
  }
  return plan_batches(images, sizes, batch_size, model.size);
}

// All rows, by image; within an image they stay by falling score.
void take_rows(ModelRun& run, std::vector<FoundRow> rows) {
  std::stable_sort(rows.begin(), rows.end(), [](const FoundRow& a, const FoundRow& b) {
    return a.detection.image < b.detection.image;
  });
  for (const FoundRow& row : rows) {
    run.results.detections.push_back(row.detection);
    run.queries.push_back(row.query);
  }
}

}  // namespace

ModelRun run_model(const LoadedModel& model, const CocoDataSet& data,
                   const std::filesystem::path& images, const std::vector<EvalImage>& chosen,
                   const ModelRunOptions& options, RankGroup& ranks) {
  const auto start = Clock::now();
  const auto share = share_of(plan(chosen, model, options.batch_size), ranks);
  Runner runner(model, data, options);
  Progress progress(ranks.size() > 1 ? "images of rank 0" : "images", image_count(share),
                    options.quiet || !ranks.is_first());
  runner.run(share, images, progress);
  std::vector<FoundRow> rows;
  for (const std::string& bytes : ranks.gather(options.name + " detections", to_bytes(runner.rows)))
    append_rows(rows, bytes, data);
  ModelRun run;
  for (const std::string& bytes : ranks.gather(options.name + " broken", to_bytes(runner.broken)))
    append_problems(run.left_out, bytes, data);
  take_rows(run, std::move(rows));
  run.seconds = seconds_since(start);
  run.forward_seconds = runner.forward_seconds;
  run.own_images = runner.images_run;
  return run;
}

std::vector<int> categories_of_model(const LoadedModel& model, const CocoDataSet& data) {
  std::vector<int> of_class = category_of_class(data);
  of_class.resize(model.detector->config().num_classes, -1);
  if (std::all_of(of_class.begin(), of_class.end(), [](int c) { return c < 0; })) {
    throw Error(text_of(data.path().string(), ": has none of the ", of_class.size(),
                        " classes of this model; is it another data set's model?"));
  }
  return of_class;
}

std::vector<std::string> name_conflicts(const LoadedModel& model, const CocoDataSet& data) {
  std::vector<std::string> conflicts;
  const std::vector<int> of_class = categories_of_model(model, data);
  for (std::size_t label = 0; label < of_class.size(); ++label) {
    if (of_class[label] < 0 || !model.classes.has(static_cast<std::int64_t>(label))) continue;
    const std::string ours = model.classes.name(static_cast<std::int64_t>(label));
    const CocoCategory& theirs = data.categories()[of_class[label]];
    if (ours != theirs.name) {
      conflicts.push_back(text_of("class ", label, " is '", ours, "' in the model and '",
                                  theirs.name, "' in ", data.path().filename().string()));
    }
  }
  return conflicts;
}

}  // namespace saccade
