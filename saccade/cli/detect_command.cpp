// Runs the detector over images; writes pictures and COCO results.
#include "saccade/cli/detect_command.h"

#include <ATen/Parallel.h>

#include <cstdio>
#include <future>
#include <iostream>
#include <map>
#include <optional>
#include <set>

#include "saccade/cli/before_after.h"
#include "saccade/cli/figure_provenance.h"
#include "saccade/cli/input_images.h"
#include "saccade/cli/model_session.h"
#include "saccade/cli/output_files.h"
#include "saccade/core/error.h"
#include "saccade/core/file_io.h"
#include "saccade/core/json_writer.h"
#include "saccade/core/one_line.h"
#include "saccade/core/prefetch.h"
#include "saccade/core/progress.h"
#include "saccade/data/coco.h"
#include "saccade/render/detection_figure.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

// Where the results of a call go.
struct Targets {
  fs::path picture;  // one image only
  fs::path folder;   // a picture for each image
  fs::path results;  // COCO results
};

bool is_picture_name(const fs::path& path) {
  return path.extension() == ".png" || path.extension() == ".svg" || path.extension() == ".pdf";
}

bool names_folder(const std::string& out) { return out.ends_with('/') || fs::is_directory(out); }

Targets choose_targets(const DetectOptions& o, std::size_t image_count, bool one_file) {
  const fs::path out = o.out;
  Targets targets;
  if (names_folder(o.out)) one_file = false;
  if (out.extension() == ".json") {
    targets.results = out;
  } else if (one_file && image_count == 1) {
    if (!o.json || !out.empty()) targets.picture = out.empty() ? fs::path("detect.png") : out;
  } else if (!o.json || !out.empty()) {
    if (is_picture_name(out)) {
      throw UsageError(text_of(out.string(), ": is one picture, there are several images; name a ",
                               "folder or a .json file"));
    }
    targets.folder = out.empty() ? fs::path("detections") : out;
    targets.results = targets.folder / "detections.json";
  }
  return targets;
}

// File name -> image id of a COCO file. Only its images matter here. Throws Error.
std::map<std::string, RecordId> image_ids(const std::string& annotations) {
  const CocoFile file = load_coco(annotations);
  for (const DataProblem& problem : file.problems) {
    if (problem.breaks && problem.where.find(": images[") != std::string::npos)
      throw Error(problem.line());
  }
  std::map<std::string, RecordId> ids;
  for (const CocoImage& image : file.data.images())
    ids[fs::path(image.file_name).filename().string()] = image.id;
  return ids;
}

class Detect {
 public:
  explicit Detect(const DetectOptions& options)
      : options_(options), images_(input_images(options.images)), results_(0) {
    const bool one_file = options.images.size() == 1 && fs::is_regular_file(options.images[0]);
    targets_ = choose_targets(options, images_.size(), one_file);
    if (options.before_after && targets_.picture.empty() && targets_.folder.empty())
      throw UsageError("--before-after draws pictures: name one, or a folder, with --out");
    if (!targets_.picture.empty()) figure_kind(targets_.picture);  // a wrong suffix is a wrong call
    for (const fs::path& image : images_) pictures_.push_back(picture_of(image));
    for (const fs::path& picture : pictures_) refuse_to_replace(picture, options.overwrite);
    refuse_to_replace(targets_.results, options.overwrite);
    if (!options.annotations.empty()) ids_ = image_ids(options.annotations);
  }

  // Decodes the next image, and draws the last one's picture, beside the pass of this one.
  int run() {
    const ModelSession session(options_.model, options_.quiet);
    const auto count = static_cast<std::int64_t>(images_.size());
    Progress progress("images", count, options_.quiet);
    const bool has_threads = at::get_num_threads() > 1;
    Prefetcher<PreparedImage> prepared(count, has_threads ? 1 : 0, 1, [&](std::int64_t i) {
      const fs::path& path = images_[static_cast<std::size_t>(i)];
      id_of(path);  // throws before the work
      return session.prepare(path, applies_exif());
    });
    int failed = 0;
    const auto settle = [&](std::size_t i, std::future<void>& done) {
      if (!succeeds(i, done)) ++failed;
      progress.step(images_[i].filename().string());
    };
    results_.begin_array();
    std::future<void> last;
    for (std::size_t i = 0; i < images_.size(); ++i) {
      std::future<void> next = detect_one(session, prepared, i, has_threads, last);
      if (i > 0) settle(i - 1, last);
      last = std::move(next);
    }
    settle(images_.size() - 1, last);
    results_.end_array();
    finish(failed);
    return failed == 0 ? 0 : 1;
  }

 private:
  bool applies_exif() const { return !options_.model.no_exif && options_.annotations.empty(); }

  // What is wrong with an image leaves the others alone.
  bool succeeds(std::size_t i, std::future<void>& done) const {
    try {
      done.get();
      if (!pictures_[i].empty()) wrote(pictures_[i]);
      return true;
    } catch (const UsageError&) {
      throw;
    } catch (const Error& error) {
      std::cerr << "saccade: error: " << one_line(error.what()) << "\n";
      return false;
    }
  }

  // Ready, or failed, when the image's picture is, which is begun after the one `before` is done.
  std::future<void> detect_one(const ModelSession& session, Prefetcher<PreparedImage>& prepared,
                               std::size_t i, bool has_threads, const std::future<void>& before) {
    try {
      PreparedImage image = std::move(*prepared.next());
      auto detections = session.detections(session.run(image), image);
      const std::optional<RecordId> id = id_of(images_[i]);
      for (const Detection& detection : detections) add_result(detection, images_[i], id);
      if (before.valid()) before.wait();
      // A second pass of the model is not for a thread beside the first.
      if (!has_threads || options_.before_after || pictures_[i].empty()) {
        draw(session, image, detections, images_[i], pictures_[i]);
        return ended(nullptr);
      }
      return std::async(std::launch::async, [this, &session, i, image = std::move(image),
                                             detections = std::move(detections)] {
        draw(session, image, detections, images_[i], pictures_[i]);
      });
    } catch (const UsageError&) {
      throw;
    } catch (const Error&) {
      return ended(std::current_exception());
    }
  }

  static std::future<void> ended(const std::exception_ptr& error) {
    std::promise<void> promise;
    if (error == nullptr) {
      promise.set_value();
    } else {
      promise.set_exception(error);
    }
    return promise.get_future();
  }

  // In the annotations, where there are some.
  std::optional<RecordId> id_of(const fs::path& path) const {
    if (options_.annotations.empty()) return std::nullopt;
    const auto found = ids_.find(path.filename().string());
    if (found == ids_.end())
      throw Error(text_of(path.string(), ": is not among the images of ", options_.annotations));
    return found->second;
  }

  void add_result(const Detection& d, const fs::path& path, const std::optional<RecordId>& id) {
    results_.begin_object();
    if (id) {
      results_.key("image_id").raw(id_text(*id));
    } else {
      results_.member("file_name", path.filename().string());
    }
    results_.member("category_id", d.category_id).key("bbox").begin_array();
    for (const double side : {d.box.x0, d.box.y0, d.box.width(), d.box.height()})
      results_.value(static_cast<float>(side));
    results_.end_array()
        .member("score", static_cast<float>(d.score))
        .member("query", d.query)
        .end_object();
  }

  // Where the picture of an image goes; empty where none is wanted.
  fs::path picture_of(const fs::path& path) {
    if (targets_.folder.empty()) return targets_.picture;
    return targets_.folder / picture_name(path, picture_names_);
  }

  void draw(const ModelSession& session, const PreparedImage& image,
            const std::vector<Detection>& detections, const fs::path& path,
            const fs::path& out) const {
    if (out.empty()) return;
    if (options_.before_after)
      return draw_before_after(session, image, detections, path, options_.threshold, out);
    const bool native = figure_kind(out) == FigureKind::kPng;
    const ClassMap& classes = session.model().classes;
    DetectionFigure figure{.photo = {.image = &image.image,
                                     .file = path.filename().string(),
                                     .input_width = image.input_width(),
                                     .input_height = image.input_height(),
                                     .model = session.caption_name()},
                           .threshold = options_.threshold,
                           .kept = static_cast<int>(detections.size()),
                           .queries = session.config().num_queries,
                           .classes = session.config().num_classes,
                           .softmax = session.config().family == ModelFamily::kDetr};
    for (const Detection& d : detections) {
      const NamedDetection named{d, classes.name(d.label)};
      if (d.score > options_.threshold) {
        figure.detections.push_back(named);
      } else if (!figure.best_below) {
        figure.best_below = named;
      }
    }
    draw_detection_figure(figure, native ? DetectionLayout::kNative : DetectionLayout::kPage, out,
                          figure_record(session.model().sha256));
  }

  void finish(int failed) {
    // An empty list would look like images without objects.
    const bool none_read = failed == static_cast<int>(images_.size());
    if (!targets_.results.empty() && !none_read) {
      write_file(targets_.results, results_.text() + "\n");
      wrote(targets_.results);
    }
    if (options_.json && !none_read) std::printf("%s\n", results_.text().c_str());
    if (failed > 0 && images_.size() > 1) {
      std::cerr << "saccade: error: " << failed << " of " << images_.size()
                << " images could not be read\n";
    }
  }

  void wrote(const fs::path& path) const {
    if (!options_.quiet && !options_.json) std::cout << "wrote " << path.string() << "\n";
  }

  DetectOptions options_;
  std::vector<fs::path> images_;
  std::vector<fs::path> pictures_;  // of each image; empty paths where none is drawn
  Targets targets_;
  std::map<std::string, RecordId> ids_;
  std::set<std::string> picture_names_;
  JsonWriter results_;
};

}  // namespace

int run_detect(const DetectOptions& options) { return Detect(options).run(); }

}  // namespace saccade
