// saccade data show: images of a data set with their boxes.
#include "saccade/cli/data_show_command.h"

#include <algorithm>
#include <iostream>
#include <memory>

#include "saccade/cli/data_options.h"
#include "saccade/cli/figure_provenance.h"
#include "saccade/cli/image_choice.h"
#include "saccade/cli/output_files.h"
#include "saccade/cli/shown_images.h"
#include "saccade/cli/truth_pictures.h"
#include "saccade/core/error.h"
#include "saccade/render/contact_sheet_figure.h"
#include "saccade/render/truth_page_figure.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

constexpr int kDefaultImages = 12;
constexpr int kSheetPixels = 1400;  // longer side of an image kept for a sheet

struct ShowArguments {
  DataSetOptions set;
  ImageChoiceOptions choice;
  int columns = 4;
  bool columns_given = false;
  std::string labels = "auto";
  std::string out = "data.png";
  bool out_given = false;
  bool json = false;
  bool quiet = false;
  bool overwrite = false;
};

BoxLabels labels_of(const std::string& word) {
  return word == "on" ? BoxLabels::kOn : word == "off" ? BoxLabels::kOff : BoxLabels::kAuto;
}

// data.png, data-2.png, data-3.png.
fs::path numbered(const fs::path& out, std::size_t sheet) {
  if (sheet == 0) return out;
  return out.parent_path() / text_of(out.stem().string(), "-", sheet + 1, out.extension().string());
}

// One run of the command.
class Show {
 public:
  explicit Show(const ShowArguments& arguments)
      : arguments_(arguments),
        place_(data_set_of(arguments.set)),
        data_(read_data_set(place_)),
        choice_(choose_images(data_, arguments.choice, kDefaultImages, place_.name)) {}

  void run() {
    const bool alone = choice_.images.size() == 1 && !arguments_.columns_given;
    const std::size_t per_sheet = pictures_per_sheet(arguments_.columns);
    const std::size_t sheets = (choice_.images.size() + per_sheet - 1) / per_sheet;
    for (std::size_t i = 0; i < sheets && draws(); ++i)
      refuse_to_replace(numbered(arguments_.out, i), arguments_.overwrite);
    begin_shown_set(json_, data_, place_.name, choice_.words);
    for (std::size_t i = 0; i < sheets; ++i) {
      const auto first = choice_.images.begin() + static_cast<std::ptrdiff_t>(i * per_sheet);
      const auto last =
          std::min(choice_.images.end() - first, static_cast<std::ptrdiff_t>(per_sheet));
      show_sheet({first, first + last}, i, sheets, alone);
    }
    json_.end_array().end_object();
    report();
  }

 private:
  bool draws() const { return !arguments_.json || arguments_.out_given; }

  ContactSheetFigure figure_of(std::vector<LoadedPicture>& loaded) const {
    ContactSheetFigure figure;
    figure.title = place_.name;
    figure.columns = arguments_.columns;
    figure.labels = labels_of(arguments_.labels);
    figure.selection = choice_.words;
    figure.classes = class_styles_of(data_);
    for (LoadedPicture& l : loaded) {
      count_objects(figure.classes, l.picture.objects);
      figure.pictures.push_back(std::move(l.picture));
    }
    style_classes(figure.classes);
    return figure;
  }

  void show_sheet(const std::vector<int>& images, std::size_t sheet, std::size_t sheets,
                  bool alone) {
    std::vector<LoadedPicture> loaded =
        load_pictures(data_, place_.images, images, alone ? 0 : kSheetPixels);
    for (std::size_t i = 0; i < images.size(); ++i) {
      const TruthPicture& picture = loaded[i].picture;
      begin_shown_image(json_, data_, images[i], picture.width, picture.height, loaded[i].problems);
      json_.end_object();
      note_problems(loaded[i].problems);
    }
    if (!draws()) return;
    ContactSheetFigure figure = figure_of(loaded);
    figure.sheet = static_cast<int>(sheet) + 1, figure.sheets = static_cast<int>(sheets);
    const fs::path out = numbered(arguments_.out, sheet);
    const FigureRecord record =
        figure_record("", arguments_.choice.random > 0 ? text_of(arguments_.choice.seed) : "");
    if (alone) {
      figure.subtitle = text_of(place_.name, " · ground truth");
      figure.title = fs::path(figure.pictures[0].file).filename().string();
      draw_truth_page(figure, out, record);
    } else {
      draw_contact_sheet(figure, out, record);
    }
    if (!arguments_.quiet && !arguments_.json) std::cout << "wrote " << out.string() << "\n";
  }

  void note_problems(const std::vector<std::string>& problems) {
    broken_ += problems.empty() ? 0 : 1;
    for (const std::string& problem : problems)
      std::cerr << "saccade: warning: " << problem << "\n";
  }

  void report() const {
    if (arguments_.json) std::cout << json_.text() << "\n";
    std::cout.flush();
    if (broken_ > 0)
      throw Error(text_of(broken_, " of ", choice_.images.size(),
                          choice_.images.size() == 1 ? " image" : " images",
                          " could not be shown whole"));
  }

  const ShowArguments& arguments_;
  DataSetPlace place_;
  CocoDataSet data_;
  ImageChoice choice_;
  JsonWriter json_;
  std::size_t broken_ = 0;
};

void run_show(const ShowArguments& arguments) {
  if (!arguments.json || arguments.out_given) figure_kind(arguments.out);
  Show(arguments).run();
}

}  // namespace

void add_data_show(CLI::App& data) {
  CLI::App* show = data.add_subcommand("show", "Draw images of a data set with their boxes");
  const auto arguments = std::make_shared<ShowArguments>();
  add_data_set_options(*show, arguments->set);
  add_image_choice_options(*show, arguments->choice);
  const CLI::Option* columns =
      show->add_option("--columns", arguments->columns,
                       "images side by side, 1 to 8 (default: 4; one image alone has a page)")
          ->check(CLI::Range(1, 8))
          ->type_name("N");
  show->add_option("--labels", arguments->labels,
                   "class names at the boxes: auto, on or off (default: auto, where there is room "
                   "or colours do not tell)")
      ->check(CLI::IsMember({"auto", "on", "off"}))
      ->type_name("WHEN");
  const CLI::Option* out =
      show->add_option("--out", arguments->out,
                       "figure: .png, .svg or .pdf (default: data.png); more sheets get -2, -3")
          ->type_name("FILE");
  show->add_flag("--json", arguments->json,
                 "print images and boxes as JSON; no figure unless --out is given");
  show->add_flag("--overwrite", arguments->overwrite, "replace files that exist");
  show->add_flag("--quiet", arguments->quiet, "no list of written files");
  show->footer(
      "Without a choice: twelve images, evenly spread.\n"
      "Example: saccade data show --images street/val --annotations street/val.json --class bike\n"
      "         saccade data show --coco_path coco --split train --random 24 --seed 1\n"
      "See also: saccade data stats, saccade data check");
  show->callback([arguments, columns, out] {
    arguments->columns_given = columns->count() > 0;
    arguments->out_given = out->count() > 0;
    run_show(*arguments);
  });
}

}  // namespace saccade
