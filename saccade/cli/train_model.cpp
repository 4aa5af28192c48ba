// The detector a training run begins with.
#include "saccade/cli/train_model.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "saccade/checkpoint/tensors.h"
#include "saccade/core/error.h"
#include "saccade/image/input_size.h"
#include "saccade/model/config_from_weights.h"
#include "saccade/model/init_weights.h"
#include "saccade/train/config_args.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kNamesTold = 6;

// torchvision's ResNets: the backbone alone, under its own names.
bool is_backbone(const WeightsFile& file) {
  const auto has = [&](const char* name) {
    return std::any_of(file.tensors.begin(), file.tensors.end(),
                       [&](const auto& tensor) { return tensor.first == name; });
  };
  return has("conv1.weight") && has("layer4.0.conv1.weight");
}

std::string list_of(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kNamesTold); ++i) text += "\n    " + names[i];
  if (names.size() > kNamesTold) text += text_of("\n    and ", names.size() - kNamesTold, " more");
  return text;
}

// Kept, dropped and new tensors as a table.
std::string notes_of(const FittedWeights& fitted, const fs::path& file) {
  std::vector<std::string> reshaped;
  for (const auto& misfit : fitted.reshaped)
    reshaped.push_back(misfit.name + "  " + misfit.file_shape + " there, " + misfit.model_shape +
                       " here");
  std::string text = text_of(file.filename().string(), ": ", fitted.kept.size(), " tensors kept");
  if (!reshaped.empty())
    text += text_of("\n  ", reshaped.size(), " of another shape, begun anew:", list_of(reshaped));
  if (!fitted.fresh.empty())
    text += text_of("\n  ", fitted.fresh.size(),
                    " not in the file, begun anew:", list_of(fitted.fresh));
  if (!fitted.dropped.empty())
    text += text_of("\n  ", fitted.dropped.size(),
                    " of the file without a place, dropped:", list_of(fitted.dropped));
  return text;
}

void resume_weights(Detector& detector, const TrainingCheckpoint& checkpoint) {
  const FittedWeights fitted = fit_weights(detector, checkpoint.weights);
  const auto refuse = [&](const std::string& what, const std::string& name) {
    throw Error(text_of(checkpoint.path.string(), ": ", what, " ", name,
                        "; a run goes on with the same model only: leave out the options of the "
                        "architecture, or fine-tune with --weights"));
  };
  if (!fitted.reshaped.empty()) refuse("has another shape for", fitted.reshaped.front().name);
  if (!fitted.fresh.empty()) refuse("lacks", fitted.fresh.front());
  if (!fitted.dropped.empty())
    refuse("has a tensor this model has no place for:", fitted.dropped.front());
}

std::string text_of_value(const ArgValue& value) {
  const std::string json = args_to_json({{"v", value}});  // {"v":VALUE}
  return json.substr(5, json.size() - 6);
}

// Options of the run that are other than in its checkpoint.
std::string changes(const TrainConfig& config, const TrainingCheckpoint& checkpoint) {
  std::string text;
  for (const auto& [name, value] : args_of(config)) {
    const auto before = checkpoint.model.args.find(name);
    if (before == checkpoint.model.args.end() || name == "steps" || before->second == value)
      continue;
    text +=
        text_of("\n  --", name, " ", text_of_value(before->second), " -> ", text_of_value(value));
  }
  return text;
}

}  // namespace

TrainStart read_train_start(const TrainOptions& o) {
  TrainStart start;
  fs::path resume = o.resume;
  if (o.resume == "auto") {
    resume = fs::path(o.output_dir) / "checkpoint.pth";
    if (!fs::exists(resume)) resume.clear();
  }
  if (!resume.empty()) {
    start.checkpoint = read_training_checkpoint(resume);
  } else if (!o.model.weights.empty()) {
    start.weights = read_weights(o.model.weights);
    if (is_backbone(*start.weights)) {
      for (auto& [name, tensor] : start.weights->tensors) name = "backbone.0.body." + name;
    }
  }
  return start;
}

TrainOptions with_start(const TrainOptions& o, const TrainStart& start) {
  const WeightsFile* file = start.checkpoint ? &start.checkpoint->model
                            : start.weights  ? &*start.weights
                                             : nullptr;
  if (file == nullptr) return o;
  const bool backbone_alone =
      std::all_of(file->tensors.begin(), file->tensors.end(),
                  [](const auto& tensor) { return tensor.first.starts_with("backbone.0.body."); });
  if (backbone_alone) return o;
  if (is_notebook_detr(*file))
    throw UsageError(
        text_of(file->path.string(),
                ": is the minimal DETR of the demo notebook, which is read to look at; train "
                "a plain DETR (--model detr)"));
  const ModelConfig model = config_from_weights(*file);
  TrainConfig defaults = TrainConfig::defaults(model.family);
  defaults.model = model;
  if (start.checkpoint) apply_args(file->args, defaults);
  if (start.checkpoint && start.checkpoint->has_progress)
    defaults.seed = static_cast<std::uint64_t>(start.checkpoint->at.seed);
  if (const auto size = file->metadata.find("size"); size != file->metadata.end())
    defaults.size = parse_size(size->second);
  TrainOptions options = with_defaults(o, defaults);
  options.config.model.family = model.family;
  return options;
}

LoadedModel make_train_model(const TrainOptions& o, ClassMap classes, TrainStart& start) {
  const TrainConfig& c = o.config;
  if (!start.checkpoint && !start.weights && c.model.norm == BackboneNorm::kFrozen) {
    throw UsageError(
        "--norm frozen wants weights: the backbone's norms and first layers would stay as they "
        "were "
        "drawn; give --weights FILE (a detector, or torchvision's ResNet), or --norm batch or "
        "group to "
        "train from nothing");
  }
  LoadedModel model;
  model.detector = make_detector(c.model);
  init_weights(*model.detector, c.seed);
  model.classes = std::move(classes);
  model.size = c.size;
  if (start.checkpoint) {
    resume_weights(*model.detector, *start.checkpoint);
    start.notes = text_of("resumed ", start.checkpoint->path.string(), " at epoch ",
                          start.checkpoint->at.epoch, ", step ", start.checkpoint->at.step,
                          changes(c, *start.checkpoint));
  } else if (start.weights) {
    start.notes = notes_of(fit_weights(*model.detector, to_tensors(start.weights->tensors)),
                           start.weights->path);
    start.weights.reset();
  }
  return model;
}

}  // namespace saccade
