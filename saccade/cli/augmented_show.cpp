// data show --augmented: what the training pipeline makes of images.
#include "saccade/cli/augmented_show.h"

#include <numeric>

#include "saccade/cli/shown_images.h"
#include "saccade/cli/truth_pictures.h"
#include "saccade/core/error.h"
#include "saccade/core/json_array.h"
#include "saccade/data/augment.h"
#include "saccade/image/input_size.h"
#include "saccade/render/augmentation_figure.h"

namespace saccade {
namespace {

constexpr int kDefaultImages = 4;
constexpr int kDrawPixels = 800;  // longer side of a draw kept for the figure

AugmentationOptions options_of(const ShowArguments& arguments) {
  const InputSize size = arguments.size.empty() ? InputSize{} : parse_size(arguments.size);
  return AugmentationOptions::scaled_to(size, arguments.change);
}

// An image with its draws, and how they were drawn.
struct Drawn {
  AugmentedImage image;
  std::vector<AppliedAugmentation> applied;
};

AugmentedPicture picture_of(const AppliedAugmentation& applied, const Image& pixels, Target target,
                            const std::string& file) {
  AugmentedPicture drawn;
  drawn.crop = applied.seen();
  drawn.is_cropped = applied.cropped;
  drawn.words = applied.caption();
  TruthPicture& picture = drawn.picture;
  picture.file = file;
  picture.width = applied.size.width, picture.height = applied.size.height;
  picture.pixels = shrunk(augmented_image(pixels, applied), kDrawPixels);
  for (const TargetObject& o : augmented_target(std::move(target), applied).objects)
    picture.objects.push_back({{o.box.x0, o.box.y0, o.box.x1, o.box.y1},
                               static_cast<std::size_t>(o.label),
                               o.area,
                               false,
                               nullptr});
  return drawn;
}

// The draws of consecutive epochs; a class's label is its index, as in the figure.
Drawn drawn_image(const ShowRun& run, const AugmentationOptions& options, int image,
                  TruthPicture original) {
  const CocoDataSet& data = run.data();
  std::vector<std::int64_t> labels(data.categories().size());
  std::iota(labels.begin(), labels.end(), std::int64_t{0});
  const ImageSize size{original.width, original.height};
  const Target target = prepare_target(data.annotations_of(image), labels,
                                       data.images()[static_cast<std::size_t>(image)].id, size);
  Drawn drawn;
  for (int i = 0; i < run.arguments().draws; ++i) {
    const std::uint64_t epoch = run.arguments().epoch + static_cast<std::uint64_t>(i);
    Random random =
        augmentation_random(run.arguments().choice.seed, epoch, static_cast<std::uint64_t>(image));
    drawn.applied.push_back(draw_augmentation(options, size, random));
    drawn.image.draws.push_back(
        picture_of(drawn.applied.back(), original.pixels, target, original.file));
  }
  original.pixels = shrunk(std::move(original.pixels), kDrawPixels);
  drawn.image.original = std::move(original);
  return drawn;
}

void write_draws(ShowRun& run, const Drawn& drawn) {
  JsonWriter& json = run.json();
  json.key("draws").begin_array();
  for (std::size_t i = 0; i < drawn.applied.size(); ++i) {
    const AugmentedPicture& draw = drawn.image.draws[i];
    json.begin_object().member("epoch", run.arguments().epoch + i).member("words", draw.words);
    json.key("augmentation");
    drawn.applied[i].write(json);
    json.key("boxes").begin_array();
    for (const TruthObject& o : draw.picture.objects) {
      json.begin_object().member("class", run.data().categories()[o.label].name);
      add_array(json, "bbox", {o.box.x0, o.box.y0, o.box.width(), o.box.height()})
          .member("area", o.area)
          .end_object();
    }
    json.end_array().end_object();
  }
  json.end_array();
}

// Draws one image and notes what goes wrong with it.
Drawn show_image(ShowRun& run, const AugmentationOptions& options, int image) {
  LoadedPicture loaded = std::move(load_pictures(run.data(), run.place().images, {image}, 0)[0]);
  Drawn drawn;
  drawn.image.original = loaded.picture;
  if (loaded.picture.is_readable()) {
    try {
      drawn = drawn_image(run, options, image, std::move(loaded.picture));
    } catch (const Error& error) {
      loaded.problems.push_back(text_of(drawn.image.original.file, ": ", error.what()));
    }
  }
  const TruthPicture& original = drawn.image.original;
  begin_shown_image(run.json(), run.data(), image, original.width, original.height,
                    loaded.problems);
  write_draws(run, drawn);
  run.json().end_object();
  run.note_problems(loaded.problems);
  return drawn;
}

std::string selection_words(const ShowRun& run) {
  const ShowArguments& a = run.arguments();
  std::string epochs = a.draws == 1 ? text_of("epoch ", a.epoch)
                                    : text_of("epochs ", a.epoch, " to ",
                                              a.epoch + static_cast<std::uint64_t>(a.draws) - 1);
  return text_of(run.choice().words, run.choice().images.size() == 1 ? "; " : "; each ",
                 "as training sees it in ", epochs, " with seed ", a.choice.seed);
}

AugmentationFigure figure_of(const ShowRun& run, std::size_t number,
                             std::vector<AugmentedImage> images) {
  AugmentationFigure figure;
  figure.title = run.place().name;
  figure.subtitle = "before and after augmentation";
  figure.labels = run.arguments().box_labels();
  figure.selection = selection_words(run);
  figure.classes = class_styles_of(run.data());
  for (const AugmentedImage& image : images) count_objects(figure.classes, image.original.objects);
  style_classes(figure.classes);
  figure.images = std::move(images);
  figure.sheet = static_cast<int>(number) + 1, figure.sheets = static_cast<int>(run.figures());
  return figure;
}

}  // namespace

void show_augmented(const ShowArguments& arguments) {
  const AugmentationOptions options = options_of(arguments);
  ShowRun run(arguments, kDefaultImages, kAugmentedPerPage);
  for (std::size_t i = 0; i < run.figures(); ++i) {
    std::vector<AugmentedImage> images;
    for (const int image : run.images_of(i))
      images.push_back(std::move(show_image(run, options, image).image));
    if (!run.draws_figures()) continue;
    draw_augmentation_figure(figure_of(run, i, std::move(images)), run.file_of(i), run.record());
    run.note_written(i);
  }
  run.finish();
}

}  // namespace saccade
