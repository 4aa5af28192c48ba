// A detector over a data set: detections of every image, whatever the number of processes.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "saccade/data/coco.h"
#include "saccade/data/coco_results.h"
#include "saccade/data/image_batch.h"
#include "saccade/dist/rank_group.h"
#include "saccade/eval/eval_images.h"
#include "saccade/eval/rank_exchange.h"
#include "saccade/model/load_model.h"

namespace saccade {

struct ModelRunOptions {
  int batch_size = 2;        // images that go through the network together, of the same input size
  int num_workers = 2;       // threads that decode ahead
  bool skip_broken = false;  // leave out an image that cannot be decoded instead of throwing
  bool quiet = false;        // no progress
  // Ranks exchange under this name: each run of a job needs its own.
  std::string name = "evaluation";
  AttentionHook* hook = nullptr;  // of every forward pass; told of its images
  // Called before every forward pass with its images, and the mask as Detector::encode takes it.
  std::function<void(const LoadedBatch&, const at::Tensor& mask)> before;
  // Called with every forward pass, in inference mode; the output is where the detector is.
  std::function<void(const LoadedBatch&, const ModelOutput&)> on_output;
};

struct ModelRun {
  // On rank 0 of all ranks, elsewhere empty: by image, within an image by falling score. Values are
  // those of the official code: float32 corners, width and height as float32 differences.
  CocoResults results;
  std::vector<int> queries;            // decoder query of each detection
  std::vector<ImageProblem> left_out;  // images left out while running (skip_broken)
  double seconds = 0;                  // of the whole run on rank 0, loading included
  double forward_seconds = 0;          // of rank 0's forward passes alone, as the device tells
  std::int64_t own_images = 0;         // that rank 0 ran itself
};

// Batches are planned for all ranks together and dealt out: the numbers are the same for any number
// of ranks. Throws Error: an image that cannot be decoded, a class head that names no category.
ModelRun run_model(const LoadedModel& model, const CocoDataSet& data,
                   const std::filesystem::path& images, const std::vector<EvalImage>& chosen,
                   const ModelRunOptions& options, RankGroup& ranks);

// Category (index into the data set) of each class index of the model; -1 where it has none. Throws
// Error where not one class of the model is in the data set.
std::vector<int> categories_of_model(const LoadedModel& model, const CocoDataSet& data);

// A sentence for each class that the model and the data set call by different names.
std::vector<std::string> name_conflicts(const LoadedModel& model, const CocoDataSet& data);

}  // namespace saccade
