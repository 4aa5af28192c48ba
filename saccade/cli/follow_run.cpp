// Runs the detector over the frames of a sequence.
#include "saccade/cli/follow_run.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "saccade/cli/explain_kind.h"
#include "saccade/cli/explain_views.h"
#include "saccade/cli/template_note.h"
#include "saccade/core/error.h"
#include "saccade/core/prefetch.h"
#include "saccade/core/progress.h"
#include "saccade/explain/object_track.h"
#include "saccade/render/figure_text.h"
#include "saccade/render/point_marks.h"
#include "saccade/render/point_sums.h"

namespace saccade {
namespace {

class Follow {
 public:
  Follow(const FollowOptions& options, const ModelSession& session, const FrameFiles& frames,
         std::int64_t start, std::optional<Detection> counterpart_of)
      : options_(options),
        explain_(options.explain),
        session_(session),
        frames_(frames),
        start_(start),
        counterpart_of_(std::move(counterpart_of)),
        choice_(choose_attention(explain_, session.config(), false)),
        rule_{.least_iou = options.least_iou, .most_gaps = options.most_gaps},
        progress_(counterpart_of_ ? "frames without -x" : "frames",
                  static_cast<std::int64_t>(frames.paths.size()), explain_.quiet) {
    if (choice_.layers.size() != 1)
      throw UsageError(text_of("--layer ", explain_.layer, ": is several, a sequence shows one"));
    const std::vector<int> strides(static_cast<std::size_t>(session.config().num_feature_levels));
    check_style(point_style(explain_), selection_of(choice_, session.config(), false, strides));
    explain_.image = path_of(start).string();
  }

  FollowedObject run() {
    if (!begin()) return std::move(object_);
    walk(1);
    walk(-1);
    for (auto& [at, reading] : readings_) object_.readings.push_back(std::move(reading));
    return std::move(object_);
  }

 private:
  const std::filesystem::path& path_of(std::int64_t at) const {
    return frames_.paths[static_cast<std::size_t>(at)];
  }

  PreparedImage prepared(std::int64_t at) const {
    return session_.prepare(path_of(at), !explain_.model.no_exif);
  }

  // A frame's pass, given to `read` as `explain` sees it.
  void pass(const PreparedImage& image, std::int64_t at,
            const std::function<void(ExplainedImage&)>& read) {
    TraceRecorder recorder(recorded(explain_));
    const ModelOutput output =
        counterpart_of_ ? session_.run_baseline(image, &recorder) : session_.run(image, &recorder);
    const Trace& trace = recorder.trace();
    layers_seen(explain_, false, trace, choice_.layers);  // throws where the layer is switched off
    ExplainedImage seen{.options = explain_,
                        .session = session_,
                        .image = image,
                        .output = output,
                        .trace = trace,
                        .choice = choice_,
                        .strides = level_strides(trace.levels, image),
                        .place = {},
                        .query = {}};
    read(seen);
    progress_.step(path_of(at).filename().string());
  }

  // The frame of the start, where the object is chosen. Whether it is there.
  bool begin() {
    const PreparedImage image = prepared(start_);
    pass(image, start_, [&](ExplainedImage& seen) {
      if (counterpart_of_) {
        const Detection& d = *counterpart_of_;
        const auto found = found_in(seen, {d.query, d.label, d.box});
        if (!found) return;
        seen.query.detection = *found;
      } else {
        seen.query = chosen(seen);
      }
      object_ = {.chosen = seen.query.detection,
                 .class_name = session_.model().classes.name(seen.query.detection.label),
                 .layer = choice_.layers.front(),
                 .selection = selection_of(choice_, session_.config(), false, seen.strides),
                 .notes = notes_of(seen),
                 .readings = {}};
      track_.emplace(object_.chosen, start_, rule_);
      readings_[start_] = reading_of(seen, start_);
    });
    return track_.has_value();
  }

  std::vector<std::string> notes_of(const ExplainedImage& seen) const {
    std::vector<std::string> notes;
    if (!seen.query.note.empty()) notes.push_back(seen.query.note);
    const std::string pattern = draws_weights(explain_) ? template_note(seen, "--relative") : "";
    if (!pattern.empty()) notes.push_back(pattern);
    return notes;
  }

  ExplainedQuery chosen(const ExplainedImage& seen) const {
    if (options_.box.empty()) return choose_query(explain_, session_, seen.output, seen.image);
    const Detection wanted{.box = parse_box(options_.box)};
    const QueryMatch match = match_query(wanted, session_, seen.output, seen.image.image);
    if (match.iou >= kMatchedIou) return match.query;
    const Detection& nearest = match.query.detection;
    throw Error(text_of(explain_.image, ": no query's box overlaps --box ", options_.box,
                        " with an IoU of ", kMatchedIou, " or more; the nearest is query ",
                        nearest.query, " (", session_.model().classes.name(nearest.label),
                        ", score ", number_text(nearest.score, 2), ") with ",
                        number_text(match.iou, 2)));
  }

  // Frame by frame until the sequence ends or the object is given up.
  void walk(int direction) {
    const auto count =
        direction > 0 ? static_cast<std::int64_t>(frames_.paths.size()) - 1 - start_ : start_;
    const int threads = at::get_num_threads() > 1 ? 1 : 0;
    Prefetcher<PreparedImage> images(
        count, threads, 1, [&](std::int64_t i) { return prepared(start_ + direction * (i + 1)); });
    for (std::int64_t i = 0; i < count; ++i) {
      const auto step = track_->next(direction);
      if (!step) return;
      const PreparedImage image = std::move(*images.next());
      pass(image, step->at, [&](ExplainedImage& seen) { look(seen, *step); });
    }
  }

  std::optional<Detection> found_in(const ExplainedImage& seen, const SoughtObject& sought) const {
    const int last = session_.config().dec_layers - 1;
    const Detection same =
        query_after_layer(session_, seen.output, last, sought.query, seen.image.image);
    return find_again(session_.detections(seen.output, seen.image), same, sought, rule_);
  }

  void look(ExplainedImage& seen, const ObjectTrack::Step& step) {
    const auto found = found_in(seen, step.sought);
    track_->put(step.at, found);
    if (found) {
      seen.query.detection = *found;
      readings_[step.at] = reading_of(seen, step.at);
    } else {
      readings_[step.at] = {.frame = step.at,
                            .box = step.sought.box,
                            .brightening = brightening_gain(seen.image.image)};
    }
  }

  // What the layer drawn did; numbers are of all heads, levels and points, whatever is drawn.
  FrameReading reading_of(const ExplainedImage& seen, std::int64_t at) const {
    const int layer = choice_.layers.front(), query = seen.query.detection.query;
    const PointsFigure figure = points_view(seen, layer);
    ExplainOptions everything;
    const AttentionChoice all = choose_attention(everything, session_.config(), false);
    const Image& photo = seen.image.image;
    const auto points = sample_points(seen.points(layer), query, seen.trace, all, photo);
    const int heads = session_.config().nheads;
    const at::Tensor scores =
        probabilities(session_.config().family, seen.output.pred_logits[layer][0][query]);
    return {.frame = at,
            .is_found = true,
            .box = figure.query.box,
            .brightening = brightening_gain(photo),
            .query = query,
            .score = scores[object_.chosen.label].item<double>(),
            .radius = mean_radius(points, heads, figure.reference_x, figure.reference_y),
            .off_image = share_outside(points, photo.width, photo.height),
            .level_shares = mean_level_weights(points, heads, seen.strides.size()),
            .points = figure.points,
            .reference_x = figure.reference_x,
            .reference_y = figure.reference_y};
  }

  const FollowOptions& options_;
  ExplainOptions explain_;
  const ModelSession& session_;
  const FrameFiles& frames_;
  const std::int64_t start_;
  const std::optional<Detection> counterpart_of_;  // with interventions; nothing: they act here
  const AttentionChoice choice_;
  const FollowRule rule_;
  Progress progress_;
  FollowedObject object_;
  std::optional<ObjectTrack> track_;
  std::map<std::int64_t, FrameReading> readings_;
};

}  // namespace

FollowedObject follow_object(const FollowOptions& options, const ModelSession& session,
                             const FrameFiles& frames, std::int64_t start) {
  return Follow(options, session, frames, start, {}).run();
}

FollowedObject follow_as_it_is(const FollowOptions& options, const ModelSession& session,
                               const FrameFiles& frames, std::int64_t start,
                               const Detection& chosen) {
  return Follow(options, session, frames, start, chosen).run();
}

}  // namespace saccade
