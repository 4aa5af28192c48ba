// The data sets of a training run.
#include "saccade/cli/train_sets.h"

#include <iostream>

#include "saccade/cli/eval_run.h"
#include "saccade/core/error.h"
#include "saccade/data/class_index.h"

namespace saccade {
namespace {

// A set and those of its images that can be read.
struct CheckedSet {
  std::unique_ptr<CocoDataSet> data;
  std::vector<EvalImage> usable;
};

class SetReader {
 public:
  SetReader(const TrainOptions& options, RankGroup& ranks) : o_(options), ranks_(ranks) {}

  CheckedSet read(const DataSetPlace& place, const std::string& name) {
    CocoFile file = load_coco(place.annotations, o_.model.threads);
    CheckedSet set{std::make_unique<CocoDataSet>(std::move(file.data)), {}};
    std::vector<int> all(set.data->images().size());
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<int>(i);
    EvalImages images =
        find_eval_images(*set.data, place.images, all, o_.model.threads, ranks_, name);
    set.usable = std::move(images.usable);
    tell(file, images);
    if (set.usable.empty())
      throw Error(text_of(place.annotations.string(), ": no image is left to use"));
    return set;
  }

 private:
  void tell(const CocoFile& file, const EvalImages& images) const {
    std::vector<std::string> lines = breaking_lines(file);
    for (const ImageProblem& problem : images.problems) lines.push_back(problem.problem.line());
    const auto count = file.breaking_count + std::ssize(images.problems);
    if (ranks_.is_first()) tell_broken(lines, count);
    refuse_broken(count, o_.skip_broken);
  }

  const TrainOptions& o_;
  RankGroup& ranks_;
};

// The set to evaluate on: the val split, or --val_images; nothing where there is none.
std::optional<DataSetPlace> validation_place(const TrainOptions& o) {
  if (!o.val_annotations.empty())
    return data_set_of({.images = o.val_images, .annotations = o.val_annotations});
  if (o.set.coco_path.empty()) return std::nullopt;
  DataSetOptions val{.coco_path = o.set.coco_path};
  std::error_code ignored;
  const auto file = std::filesystem::path(val.coco_path) / "annotations/instances_val2017.json";
  if (!std::filesystem::exists(file, ignored)) return std::nullopt;
  return data_set_of(val, "val");
}

// The first N images that have an object, as often as it takes for an epoch of a useful length.
std::vector<int> overfit_images(const CocoDataSet& data, const std::vector<EvalImage>& usable,
                                int count, int per_step) {
  constexpr int kSteps = 50;
  std::vector<int> chosen;
  for (const EvalImage& image : usable) {
    if (std::ssize(chosen) == count) break;
    if (!data.annotations_of(image.image).empty()) chosen.push_back(image.image);
  }
  if (std::ssize(chosen) < count) {
    throw Error(text_of("--overfit ", count, ": only ", chosen.size(), " images of ",
                        data.path().string(), " have an object"));
  }
  std::vector<int> repeated;
  while (std::ssize(repeated) < kSteps * per_step)
    repeated.insert(repeated.end(), chosen.begin(), chosen.end());
  return repeated;
}

void restrict_to_overfit(TrainSets& sets, const std::vector<EvalImage>& usable,
                         const TrainOptions& o, int ranks) {
  const int per_step = o.config.batch_size * o.config.accumulate * ranks;
  sets.usable = overfit_images(*sets.train, usable, o.config.overfit, per_step);
  ValidationSet validation{.data = sets.train.get(), .images = sets.train_images};
  for (const EvalImage& image : usable) {
    const auto first = sets.usable.begin(), end = first + o.config.overfit;
    if (std::find(first, end, image.image) != end) validation.usable.push_back(image);
  }
  sets.validation = std::move(validation);
}

}  // namespace

TrainSets read_train_sets(const TrainOptions& o, bool for_training, RankGroup& ranks) {
  SetReader reader(o, ranks);
  TrainSets sets;
  if (for_training) {
    const DataSetPlace place = data_set_of(o.set, "train");
    CheckedSet train = reader.read(place, "train");
    sets.train = std::move(train.data);
    sets.train_images = place.images;
    sets.train_file = place.annotations.string();
    for (const EvalImage& image : train.usable) sets.usable.push_back(image.image);
    if (o.config.overfit > 0) {
      restrict_to_overfit(sets, train.usable, o, ranks.size());
      sets.val_file = sets.train_file;
      return sets;
    }
  }
  auto place = validation_place(o);
  if (!place && !for_training) place = data_set_of(o.set, "val");
  if (!place) return sets;
  CheckedSet val = reader.read(*place, "val");
  sets.val = std::move(val.data);
  sets.val_file = place->annotations.string();
  sets.validation = ValidationSet{
      .data = sets.val.get(), .images = place->images, .usable = std::move(val.usable)};
  return sets;
}

ClassMap classes_of(const CocoDataSet& data) {
  std::map<std::int64_t, std::string> names;
  const std::vector<int> categories = category_of_class(data);
  for (std::size_t label = 0; label < categories.size(); ++label) {
    if (categories[label] >= 0)
      names[static_cast<std::int64_t>(label)] = data.categories()[categories[label]].name;
  }
  return ClassMap(std::move(names));
}

int num_classes_of(const CocoDataSet& data, ModelFamily family) {
  const auto labels = static_cast<int>(category_of_class(data).size());
  return family == ModelFamily::kDetr ? labels + 1 : labels;
}

}  // namespace saccade
