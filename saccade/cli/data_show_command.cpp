// saccade data show: images of a data set with their boxes.
#include "saccade/cli/data_show_command.h"

#include <algorithm>
#include <memory>

#include "saccade/cli/augmentation_options.h"
#include "saccade/cli/augmented_show.h"
#include "saccade/cli/show_run.h"
#include "saccade/cli/shown_images.h"
#include "saccade/cli/truth_pictures.h"
#include "saccade/core/error.h"
#include "saccade/render/contact_sheet_figure.h"
#include "saccade/render/truth_page_figure.h"

namespace saccade {
namespace {

constexpr int kDefaultImages = 12;
constexpr int kSheetPixels = 1400;  // longer side of an image kept for a sheet

ContactSheetFigure figure_of(const ShowRun& run, std::size_t number,
                             std::vector<LoadedPicture>& loaded) {
  ContactSheetFigure figure;
  figure.title = run.place().name;
  figure.columns = run.arguments().columns;
  // Two or three images fill the page.
  if (!run.arguments().columns_given)
    figure.columns = std::min(figure.columns, static_cast<int>(run.choice().images.size()));
  figure.labels = run.arguments().box_labels();
  figure.selection = run.choice().words;
  figure.classes = class_styles_of(run.data());
  figure.sheet = static_cast<int>(number) + 1, figure.sheets = static_cast<int>(run.figures());
  for (LoadedPicture& l : loaded) {
    count_objects(figure.classes, l.picture.objects);
    figure.pictures.push_back(std::move(l.picture));
  }
  style_classes(figure.classes);
  return figure;
}

void draw_alone(const ShowRun& run, ContactSheetFigure figure) {
  figure.subtitle = text_of(run.place().name, " · ground truth");
  figure.title = std::filesystem::path(figure.pictures[0].file).filename().string();
  draw_truth_page(figure, run.file_of(0), run.record());
}

void show_sheet(ShowRun& run, std::size_t number, bool alone) {
  const std::vector<int> images = run.images_of(number);
  std::vector<LoadedPicture> loaded =
      load_pictures(run.data(), run.place().images, images, alone ? 0 : kSheetPixels);
  for (std::size_t i = 0; i < images.size(); ++i) {
    const TruthPicture& picture = loaded[i].picture;
    begin_shown_image(run.json(), run.data(), images[i], picture.width, picture.height,
                      loaded[i].problems);
    run.json().end_object();
    run.note_problems(loaded[i].problems);
  }
  if (!run.draws_figures()) return;
  ContactSheetFigure figure = figure_of(run, number, loaded);
  if (alone) {
    draw_alone(run, std::move(figure));
  } else {
    draw_contact_sheet(figure, run.file_of(number), run.record());
  }
  run.note_written(number);
}

void show_sheets(const ShowArguments& arguments) {
  ShowRun run(arguments, kDefaultImages, pictures_per_sheet(arguments.columns));
  const bool alone = run.choice().images.size() == 1 && !arguments.columns_given;
  for (std::size_t i = 0; i < run.figures(); ++i) show_sheet(run, i, alone);
  run.finish();
}

// Options of the one form say nothing in the other.
void check_form(const CLI::App& show, bool augmented) {
  for (const char* name : {"--draws", "--epoch", "--size", "--train_sizes", "--crop_part"}) {
    if (!augmented && show.get_option(name)->count() > 0)
      throw UsageError(text_of(name, " belongs to --augmented"));
  }
  if (!augmented && show.get_option("--random")->count() == 0 &&
      show.get_option("--seed")->count() > 0)
    throw UsageError("--seed belongs to --random or --augmented");
  if (augmented && show.get_option("--columns")->count() > 0)
    throw UsageError("--columns is for sheets; --augmented shows one image a row");
}

void add_sheet_options(CLI::App& show, ShowArguments& a) {
  show.add_option(
          "--columns", a.columns,
          "images side by side, 1 to 8 (default: 4, or as many as are shown; one image alone has a "
          "page)")
      ->check(CLI::Range(1, 8))
      ->type_name("N");
  show.add_option("--labels", a.labels,
                  "class names at the boxes: auto, on or off (default: auto, where there is room "
                  "or colours do not tell)")
      ->check(CLI::IsMember({"auto", "on", "off"}))
      ->type_name("WHEN");
}

void add_augmented_options(CLI::App& show, ShowArguments& a) {
  show.add_flag("--augmented", a.augmented,
                "each image before and after the training pipeline (default: four images)");
  show.add_option("--draws", a.draws, "draws of each image, one an epoch (default: 3)")
      ->check(CLI::Range(1, 12))
      ->type_name("N");
  show.add_option("--epoch", a.epoch, "epoch of the first draw, from 0 (default: 0)")
      ->check(CLI::Range(0, 1'000'000))
      ->type_name("E");
  show.add_option("--size", a.size,
                  "train around this short side, with this longest side, to multiples of N "
                  "(default: 800,1333)")
      ->type_name("SHORT,MAX[,N]");
  add_augmentation_options(show, a.change);
}

void add_output_options(CLI::App& show, ShowArguments& a) {
  show.add_option("--out", a.out,
                  "figure: .png, .svg or .pdf (default: data.png); more sheets get -2, -3")
      ->type_name("FILE");
  show.add_flag("--json", a.json,
                "print images and boxes as JSON; no figure unless --out is given");
  show.add_flag("--overwrite", a.overwrite, "replace files that exist");
  show.add_flag("--quiet", a.quiet, "no list of written files");
}

}  // namespace

void add_data_show(CLI::App& data) {
  CLI::App* show = data.add_subcommand("show", "Draw images of a data set with their boxes.");
  const auto arguments = std::make_shared<ShowArguments>();
  add_data_set_options(*show, arguments->set);
  add_image_choice_options(*show, arguments->choice);
  add_sheet_options(*show, *arguments);
  add_augmented_options(*show, *arguments);
  add_output_options(*show, *arguments);
  show->footer(
      "Without a choice: twelve images, evenly spread.\n"
      "Example: saccade data show --images street/val --annotations street/val.json --class bike\n"
      "         saccade data show --coco_path coco --split train --augmented --id 184324 --seed 1\n"
      "See also: saccade data stats, saccade data check");
  show->callback([arguments, show] {
    check_form(*show, arguments->augmented);
    arguments->columns_given = show->get_option("--columns")->count() > 0;
    arguments->out_given = show->get_option("--out")->count() > 0;
    arguments->augmented ? show_augmented(*arguments) : show_sheets(*arguments);
  });
}

}  // namespace saccade
