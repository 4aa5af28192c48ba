// The command `data convert`.
#include "saccade/cli/data_convert_command.h"

#include <iostream>
#include <memory>

#include "saccade/core/error.h"
#include "saccade/core/json_array.h"
#include "saccade/data/data_convert.h"
#include "saccade/render/figure_text.h"

namespace saccade {
namespace {

struct ConvertArguments {
  DataConvertOptions options;
  bool json = false;
  bool quiet = false;
};

// The command as it would be typed again; it goes into the files it makes.
std::string command_text(const DataConvertOptions& options) {
  std::string text = "saccade " SACCADE_VERSION " data convert";
  const auto add = [&](const char* option, const std::string& value) {
    if (!value.empty()) text += text_of(" ", option, " ", value);
  };
  add("--from", options.from);
  add("--to", options.to);
  add("--split", options.split);
  if (options.one_based) text += " --one_based";
  const std::filesystem::path source = options.source.lexically_normal();
  return text + " " + (source.has_filename() ? source : source.parent_path()).filename().string();
}

void print_json(const DataConversion& made) {
  JsonWriter json(1);
  json.begin_object().member("from", made.from).member("to", made.to);
  json.member("classes", made.num_classes);
  if (!made.config.empty()) json.member("config", made.config.string());
  json.key("splits").begin_array();
  for (const ConvertedSplit& split : made.splits) {
    json.begin_object().member("split", split.name);
    json.member("annotations", split.annotations.string());
    if (!split.images.empty()) json.member("image_folder", split.images.string());
    json.member("images", split.num_images).member("boxes", split.num_boxes).end_object();
  }
  json.end_array();
  std::cout << add_array(json, "notes", made.notes).end_object().text() << "\n";
}

void print_text(const DataConversion& made) {
  for (const ConvertedSplit& split : made.splits) {
    std::cout << "wrote " << split.annotations.string() << ": "
              << count_text(static_cast<std::size_t>(split.num_images), "image") << ", "
              << count_text(static_cast<std::size_t>(split.num_boxes), "box") << ", "
              << count_text(static_cast<std::size_t>(made.num_classes), "class");
    if (!split.images.empty()) std::cout << "; images in " << split.images.string();
    std::cout << "\n";
  }
  if (!made.config.empty()) std::cout << "wrote " << made.config.string() << "\n";
}

void run_convert(ConvertArguments arguments) {
  DataConvertOptions& options = arguments.options;
  options.command = command_text(options);
  const DataConversion made = convert_data_set(options);
  if (!arguments.quiet)
    for (const std::string& note : made.notes) std::cerr << "saccade: note: " << note << "\n";
  if (arguments.json) {
    print_json(made);
  } else if (!arguments.quiet) {
    print_text(made);
  }
}

void add_formats(CLI::App& convert, DataConvertOptions& options) {
  convert
      .add_option("SRC", options.source,
                  "YOLO: data.yaml, its folder, or a folder with classes.txt; VOC: the folder with "
                  "Annotations/; COCO: an annotation file, or the folder with annotations/")
      ->required();
  convert.add_option("--from", options.from, "yolo, voc or coco (default: what lies at SRC)")
      ->check(CLI::IsMember({"yolo", "voc", "coco"}))
      ->type_name("NAME");
  convert.add_option("--to", options.to, "coco or yolo (default: coco; from coco, yolo)")
      ->check(CLI::IsMember({"coco", "yolo"}))
      ->type_name("NAME");
  convert.add_option("--out", options.out, "folder to write to")->required()->type_name("DIR");
}

}  // namespace

void add_data_convert(CLI::App& data) {
  CLI::App* convert = data.add_subcommand(
      "convert", "Write a data set in another format: YOLO or VOC as COCO, COCO as YOLO.");
  const auto arguments = std::make_shared<ConvertArguments>();
  DataConvertOptions& options = arguments->options;
  add_formats(*convert, options);
  convert
      ->add_option("--split", options.split,
                   "convert this one only (default: all); where the source has but one: its name")
      ->type_name("NAME");
  convert->add_option("--images", options.images, "VOC and COCO: folder of the images")
      ->type_name("DIR");
  convert->add_flag("--one_based", options.one_based,
                    "VOC: pixels count from 1 and xmax belongs to the box, as in the original VOC");
  CLI::Option* copy = convert->add_flag("--copy_images", options.copy_images,
                                        "copy the images (default: link to where they lie)");
  convert
      ->add_flag("--annotations_only", options.annotations_only, "neither copy nor link the images")
      ->excludes(copy);
  convert->add_flag("--overwrite", options.overwrite, "replace files that exist");
  convert->add_flag("--quiet", arguments->quiet, "no notes, no list of written files");
  convert->add_flag("--json", arguments->json, "print what was written as JSON");
  convert->footer(
      "Example: saccade data convert coco8/data.yaml --out coco8-coco\n"
      "         saccade data convert --from coco annotations/instances_val2017.json --out yolo\n"
      "Writes OUT/annotations/instances_SPLIT.json and OUT/SPLIT/ (COCO), or OUT/data.yaml,\n"
      "OUT/labels/SPLIT/ and OUT/images/SPLIT/ (YOLO).");
  convert->callback([arguments] { run_convert(*arguments); });
}

}  // namespace saccade
