// Follows one object through a sequence; writes pictures, animation, traces and numbers.
#include "saccade/cli/follow_command.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <map>
#include <optional>

#include "saccade/cli/explain_views.h"
#include "saccade/cli/figure_provenance.h"
#include "saccade/cli/follow_files.h"
#include "saccade/cli/follow_run.h"
#include "saccade/core/error.h"
#include "saccade/core/file_io.h"
#include "saccade/core/joined.h"
#include "saccade/core/json_array.h"
#include "saccade/core/prefetch.h"
#include "saccade/core/progress.h"
#include "saccade/image/decode.h"
#include "saccade/render/figure_text.h"
#include "saccade/render/follow_figure.h"
#include "saccade/render/point_marks.h"
#include "saccade/study/study_text.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

class FollowCommand {
 public:
  explicit FollowCommand(const FollowOptions& options)
      : options_(options),
        output_(options.explain),
        frames_(frame_files(options.frames, !options.explain.model.no_exif)),
        start_(frame_named(frames_, options.start)),
        files_(to_be_written(follow_files(options.explain.out, frames_.paths), frames_.paths,
                             output_.overwrite)),
        session_(options.explain.model, options.explain.quiet) {
    if (session_.config().family == ModelFamily::kDetr)
      throw UsageError(
          "plain DETR has no sampling points to follow; saccade view follows its detections, and "
          "explain --kind heat shows one frame");
  }

  int run() {
    object_ = follow_object(options_, session_, frames_, start_);
    if (options_.before_after)
      as_it_is_ = follow_as_it_is(options_, session_, frames_, start_, object_.chosen).readings;
    tell();
    record_ = figure_record(session_.model().sha256);
    describe();
    draw_pictures();
    write_animation(files_.animation, written_, options_.frames_per_second);
    draw_follow_traces_figure({.class_name = object_.class_name,
                               .layer = object_.layer,
                               .frames = figure_.frames,
                               .source = text_of("Model: ", session_.caption_name(), ".")},
                              files_.traces, record_);
    write_file(files_.table, table());
    write_file(files_.numbers, numbers(false) + "\n");
    if (output_.json) {
      std::printf("%s\n", numbers(true).c_str());
    } else if (!output_.quiet) {
      for (const fs::path& file : files()) std::cout << "wrote " << file.string() << "\n";
    }
    return 0;
  }

 private:
  using Readings = std::vector<FrameReading>;

  const fs::path& path_of(const FrameReading& reading) const {
    return frames_.paths[static_cast<std::size_t>(reading.frame)];
  }
  const std::string& number_of(const FrameReading& reading) const {
    return frames_.numbers[static_cast<std::size_t>(reading.frame)];
  }

  // Where the object is lost, and frames that nobody looked at.
  void tell() const {
    if (output_.quiet) return;
    const Readings& readings = object_.readings;
    for (const std::string& note : object_.notes) std::cerr << "saccade: note: " << note << "\n";
    std::vector<std::string> lost;
    for (const FrameReading& reading : readings)
      if (!reading.is_found) lost.push_back(number_of(reading));
    if (!lost.empty())
      std::cerr << "saccade: note: the " << object_.class_name << " is lost in frame "
                << joined(lost, ", ") << "\n";
    const std::string gap = count_text(static_cast<std::size_t>(options_.most_gaps), "frame");
    const auto given_up = [&](const char* side, std::int64_t first, std::int64_t last) {
      if (first > last) return;
      std::cerr << "saccade: note: " << side << " it was given up after " << gap << " without it: "
                << count_text(static_cast<std::size_t>(last - first + 1), "frame")
                << " not looked at (--gap, --iou)\n";
    };
    if (options_.before_after && as_it_is_.empty())
      std::cerr << "saccade: note: without -x the model does not find this object in frame "
                << frames_.numbers[static_cast<std::size_t>(start_)] << "\n";
    given_up("towards the start", 0, readings.front().frame - 1);
    given_up("towards the end", readings.back().frame + 1,
             static_cast<std::int64_t>(frames_.paths.size()) - 1);
  }

  // What all pictures have in common.
  void describe() {
    figure_ = {.class_name = object_.class_name,
               .layer = object_.layer,
               .selection = object_.selection,
               .style = point_style(output_),
               .frames = {},
               .model = session_.caption_name(),
               .width_px = static_cast<double>(options_.width)};
    // Either of the two may have been given up before the other.
    std::map<std::int64_t, FollowedFrame> frames;
    for (const FrameReading& r : as_it_is_)
      frames[r.frame] = {.number = number_of(r), .is_asked = false, .as_it_is = numbers_of(r)};
    for (const FrameReading& r : object_.readings) {
      FollowedFrame& frame = frames[r.frame];
      frame.number = number_of(r);
      frame.is_asked = true;
      frame.numbers = numbers_of(r);
      if (r.is_found)  // without points there is a range too
        figure_.style.range = std::max(figure_.style.range, range_of(r.points, figure_.style).max);
      figure_.brightens = figure_.brightens || r.brightening > 1;
    }
    first_ = frames.begin()->first;
    for (auto& [at, frame] : frames) figure_.frames.push_back(std::move(frame));
  }

  static std::optional<FollowedNumbers> numbers_of(const FrameReading& r) {
    if (!r.is_found) return std::nullopt;
    return FollowedNumbers{r.score, r.radius, r.level_shares};
  }

  // Frames are decoded again, beside the drawing of the one before: a long sequence is not kept in memory.
  void draw_pictures() {
    const Readings& readings = object_.readings;
    const auto count = static_cast<std::int64_t>(readings.size());
    Progress progress("pictures", count, output_.quiet);
    Prefetcher<Image> photos(count, at::get_num_threads() > 1 ? 1 : 0, 1, [&](std::int64_t i) {
      return read_image(path_of(readings[static_cast<std::size_t>(i)]), !output_.model.no_exif);
    });
    for (std::size_t i = 0; i < readings.size(); ++i) {
      const Image photo = std::move(*photos.next());
      if (i == 0) choose_zoom(photo.width, photo.height);
      const FrameReading& r = readings[i];
      written_.push_back(files_.pictures[static_cast<std::size_t>(r.frame)]);
      draw_follow_picture(figure_,
                          {.photo = &photo,
                           .file = path_of(r).filename().string(),
                           .at = static_cast<std::size_t>(r.frame - first_),
                           .query = r.query,
                           .box = r.box,
                           .points = r.points,
                           .reference_x = r.reference_x,
                           .reference_y = r.reference_y},
                          written_.back(), record_);
      progress.step(written_.back().filename().string());
    }
  }

  void choose_zoom(double width, double height) {
    std::vector<BoxXyxy> squares;
    for (const FrameReading& r : object_.readings)
      if (r.is_found) squares.push_back(zoom_crop(r.box, r.points, width, height, 0.98));
    figure_.zoom_side = follow_zoom_side(squares, width, height);
  }

  std::string interventions() const {
    std::vector<std::string> texts;
    for (const Intervention& one : session_.interventions()) texts.push_back(one.text);
    return joined(texts, "; ");
  }

  // The columns of the viewer's file; what is compared stands below.
  std::string table() const {
    std::string text = "frame,name,score,query,x0,y0,x1,y1,radius,off_image";
    for (std::size_t level = 0; level < object_.selection.strides.size(); ++level)
      text += text_of(",share_L", level);
    text += ",layer,interventions\n";
    for (const FrameReading& r : object_.readings) text += row(r, interventions());
    for (const FrameReading& r : as_it_is_) text += row(r, "");
    return text;
  }

  // A lost object leaves its numbers empty.
  std::string row(const FrameReading& r, const std::string& changes) const {
    std::string text = csv_field(number_of(r)) + "," + csv_field(path_of(r).filename().string());
    if (r.is_found) {
      text += "," + decimals(r.score, 6) + "," + std::to_string(r.query);
      for (const double side : {r.box.x0, r.box.y0, r.box.x1, r.box.y1})
        text += "," + decimals(side, 2);
      text += "," + decimals(r.radius, 2) + "," + decimals(r.off_image, 5);
      for (const double share : r.level_shares) text += "," + decimals(share, 5);
    } else {
      text += std::string(8 + object_.selection.strides.size(), ',');
    }
    return text + text_of(",dec.", object_.layer, ",", csv_field(changes), "\n");
  }

  // As `explain --json` says it of one image.
  std::string numbers(bool with_files) const {
    JsonWriter json(2);
    json.begin_object()
        .member("class", object_.class_name)
        .member("category_id", object_.chosen.category_id)
        .member("layer", object_.layer)
        .member("start", frames_.paths[static_cast<std::size_t>(start_)].filename().string())
        .member("least_iou", options_.least_iou)
        .member("gap", options_.most_gaps)
        .key("interventions")
        .begin_array();
    for (const Intervention& one : session_.interventions()) json.value(one.text);
    json.end_array();
    add_readings(json, "frames", object_.readings);
    if (options_.before_after) add_readings(json, "frames_without_interventions", as_it_is_);
    json.member("command", command_text())
        .member("version", SACCADE_VERSION)
        .member("weights_sha256", session_.model().sha256);
    if (with_files) {
      json.key("files").begin_array();
      for (const fs::path& file : files()) json.value(file.string());
      json.end_array();
    }
    return json.end_object().text();
  }

  void add_readings(JsonWriter& json, const char* key, const Readings& readings) const {
    json.key(key).begin_array();
    for (const FrameReading& reading : readings) add_reading(json, reading);
    json.end_array();
  }

  void add_reading(JsonWriter& json, const FrameReading& r) const {
    json.begin_object()
        .member("frame", number_of(r))
        .member("name", path_of(r).filename().string())
        .member("found", r.is_found);
    if (r.is_found) json.member("query", r.query).member("score", r.score);
    add_array(json, r.is_found ? "bbox" : "looked_for",
              {r.box.x0, r.box.y0, r.box.width(), r.box.height()});
    if (r.is_found) {
      json.member("radius", r.radius).member("off_image", r.off_image);
      add_array(json, "level_share", r.level_shares);
    }
    json.end_object();
  }

  std::vector<fs::path> files() const {
    std::vector<fs::path> all = {files_.animation, files_.traces, files_.table, files_.numbers};
    all.insert(all.end(), written_.begin(), written_.end());
    return all;
  }

  const FollowOptions& options_;
  const ExplainOptions& output_;
  const FrameFiles frames_;
  const std::int64_t start_;
  const FollowFiles files_;
  const ModelSession session_;
  FollowedObject object_;
  Readings as_it_is_;  // without interventions, where that is compared
  FigureRecord record_;
  FollowFigure figure_;
  std::int64_t first_ = 0;         // frame of figure_.frames[0]
  std::vector<fs::path> written_;  // pictures
};

}  // namespace

int run_follow(const FollowOptions& options) { return FollowCommand(options).run(); }

}  // namespace saccade
