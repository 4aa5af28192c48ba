// Which query or token a user asked about.
#include "saccade/cli/explain_subject.h"

#include "saccade/core/error.h"

namespace saccade {
namespace {

// Below this score a query is no detection; the default of `detect --threshold`.
constexpr double kDetectionThreshold = 0.5;

void check_single_choice(const ExplainOptions& o) {
  const int choices = (o.query >= 0) + (o.detection > 0) + !o.class_name.empty() + !o.at.empty();
  if (choices > 1) throw UsageError("choose by one of --query, --detection, --class and --at");
}

bool holds(const BoxXyxy& box, double x, double y) {
  return x >= box.x0 && x <= box.x1 && y >= box.y0 && y <= box.y1;
}

// The smallest box under the pixel, of those above the threshold if there are any.
Detection detection_at(const ExplainOptions& o, const std::vector<Detection>& detections) {
  const auto [x, y] = parse_point(o.at, "--at");
  const Detection* best = nullptr;
  for (const Detection& d : detections) {
    if (!holds(d.box, x, y)) continue;
    if (d.score < kDetectionThreshold && best != nullptr) break;
    if (best == nullptr || d.box.area() < best->box.area()) best = &d;
    if (d.score < kDetectionThreshold) break;
  }
  if (best == nullptr) throw Error(text_of("--at ", o.at, ": no detection covers this pixel"));
  return *best;
}

}  // namespace

Detection query_after_layer(const ModelSession& session, const ModelOutput& output, int layer,
                            int query, const Image& image) {
  return query_after_layer(session.model(), output, layer, query,
                           {static_cast<double>(image.width), static_cast<double>(image.height)});
}

ExplainedQuery choose_query(const ExplainOptions& o, const ModelSession& session,
                            const ModelOutput& output, const PreparedImage& image) {
  check_single_choice(o);
  const int last = session.config().dec_layers - 1;
  const int queries = static_cast<int>(output.pred_logits.size(2));
  if (o.query >= queries) {
    throw UsageError(text_of("--query ", o.query, ": this model has queries 0 to ", queries - 1));
  }
  if (o.query >= 0) return {query_after_layer(session, output, last, o.query, image.image), ""};
  const auto detections = session.detections(output, image);
  if (!o.class_name.empty()) {
    const auto label = class_of_name(session.model().classes, o.class_name, "--class");
    for (const Detection& d : detections) {
      if (d.label == label) return {d, ""};
    }
    throw Error(text_of(o.image, ": none of the ", detections.size(), " best detections is a ",
                        o.class_name));
  }
  if (!o.at.empty()) return {detection_at(o, detections), ""};
  const std::size_t rank = o.detection > 0 ? static_cast<std::size_t>(o.detection) : 1;
  if (o.detection < 0 || rank > detections.size()) {
    throw UsageError(
        text_of("--detection ", o.detection, ": ranks go from 1 to ", detections.size()));
  }
  const Detection& chosen = detections[rank - 1];
  const bool weak = o.detection == 0 && chosen.score <= kDetectionThreshold;
  return {chosen, weak ? "No detection is above the threshold; this is the best query." : ""};
}

QueryMatch match_query(const Detection& wanted, const ModelSession& session,
                       const ModelOutput& output, const Image& image) {
  const MatchedQuery best =
      match_query(session.model(), output, wanted.box,
                  {static_cast<double>(image.width), static_cast<double>(image.height)});
  return {{best.detection, ""}, best.iou};
}

ImagePlace choose_place(const ExplainOptions& o, const Image& image) {
  if (o.at.empty())
    throw UsageError("--module encoder needs --at X,Y, the pixel whose token is explained");
  if (o.query >= 0 || o.detection > 0 || !o.class_name.empty()) {
    throw UsageError(
        "--query, --detection and --class choose decoder queries; the encoder takes --at");
  }
  const auto [x, y] = parse_point(o.at, "--at");
  if (x < 0 || y < 0 || x >= image.width || y >= image.height) {
    throw UsageError(text_of("--at ", o.at, ": outside the image of ", image.width, " x ",
                             image.height, " pixels"));
  }
  return {x / image.width, y / image.height, o.from_level};
}

}  // namespace saccade
