// What the user asked of `saccade follow`.
#include "saccade/cli/follow_options.h"

#include <charconv>
#include <cmath>

#include "saccade/cli/explain_options.h"
#include "saccade/cli/model_options.h"
#include "saccade/core/error.h"

namespace saccade {
namespace {

void add_object_options(CLI::App& command, FollowOptions& o) {
  add_query_options(command, o.explain);
  command.add_option("--at", o.explain.at, "the detection under this pixel")->type_name("X,Y");
  command
      .add_option("--box", o.box, "the detection with this box: left, top, width, height in pixels")
      ->type_name("X,Y,W,H");
  command
      .add_option(
          "--start", o.start,
          "the frame that the object is chosen in, its name or number (default: the first); "
          "it is followed from there in both directions")
      ->type_name("FRAME");
  command
      .add_option("--iou", o.least_iou,
                  "least overlap with the place where the object should be (default: 0.3)")
      ->check(CLI::Range(0.01, 1.0))
      ->type_name("F");
  command
      .add_option("--gap", o.most_gaps,
                  "frames in a row without the object after which it is given up (default: 3)")
      ->check(CLI::Range(1, 1'000'000))
      ->type_name("N");
}

void add_picture_options(CLI::App& command, FollowOptions& o) {
  command.add_flag(
      "--before-after", o.before_after,
      "with -x: follow the object without it too, for the traces (dashed) and the files");
  command.add_option("--layer", o.explain.layer, "decoder layer (default: the last)")
      ->type_name("N");
  add_sample_options(command, o.explain);
  add_point_style_options(command, o.explain);
  command
      .add_option("--fps", o.frames_per_second, "frames per second of the animation (default: 4)")
      ->check(CLI::Range(0.1, 100.0))
      ->type_name("F");
  command.add_option("--width", o.width, "width of the pictures in pixels (default: 1009)")
      ->check(CLI::Range(505, 4000))
      ->type_name("PX");
}

void add_follow_output_options(CLI::App& command, ExplainOptions& o) {
  command
      .add_option(
          "--out", o.out,
          "folder: follow.png (the animation), frames/, traces.png, follow.csv, follow.json "
          "(default: follow)")
      ->type_name("DIR");
  command.add_flag("--json", o.json, "print what was found on stdout as JSON");
  command.add_flag("--overwrite", o.overwrite, "replace files that exist");
  command.add_flag("--quiet", o.quiet,
                   "no progress, no notes on the object, no list of written files");
}

void check_options(const FollowOptions& o) {
  const ExplainOptions& e = o.explain;
  if (o.before_after && e.model.interventions.empty())
    throw UsageError("--before-after compares with what -x changes; add -x TEXT");
  if (o.box.empty()) return;
  parse_box(o.box);
  if (e.query >= 0 || e.detection > 0 || !e.class_name.empty() || !e.at.empty())
    throw UsageError("choose by one of --query, --detection, --class, --at and --box");
}

}  // namespace

void add_follow(CLI::App& app, FollowOptions& o) {
  o.explain.out = "follow";
  CLI::App* command = app.add_subcommand("follow",
                                         "Follow one object through the frames of a sequence: "
                                         "where its query looked, as an animation.");
  command
      ->add_option("FRAMES", o.frames,
                   "JPEG or PNG files, folders, patterns such as 'drive/*.jpg'; f2 before f10")
      ->required();
  add_model_options(*command, o.explain.model);
  add_precision_option(*command, o.explain.model.precision);
  add_intervention_option(*command, o.explain.model);
  add_exif_option(*command, o.explain.model);
  add_object_options(*command, o);
  add_picture_options(*command, o);
  add_follow_output_options(*command, o.explain);
  command->final_callback([&o] { check_options(o); });
  command->footer(
      "Example: saccade follow drive --class vehicle --fps 10\n"
      "         saccade follow drive/seq_0001*.jpg --start 000120 --box 301,144,95,80 -x "
      "'dec.*.cross.level0=off' --before-after\n"
      "See also: saccade view, whose tab Sequence does the same in a browser");
}

BoxXyxy parse_box(const std::string& text) {
  double v[4];
  const char* at = text.data();
  const char* const end = at + text.size();
  for (int i = 0; i < 4; ++i) {
    const auto [next, error] = std::from_chars(at, end, v[i]);
    const bool separated = i < 3 ? next != end && *next == ',' : next == end;
    if (error != std::errc() || !separated || !std::isfinite(v[i]) || (i > 1 && v[i] <= 0))
      throw UsageError(text_of("--box ", text,
                               ": expected left, top, width and height in pixels, such as "
                               "301,144,95,80"));
    at = next + 1;
  }
  return {v[0], v[1], v[0] + v[2], v[1] + v[3]};
}

}  // namespace saccade
