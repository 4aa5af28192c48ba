// What can be asked of a model about an image.
#include "saccade/server/run_works.h"

#include <algorithm>

#include "saccade/core/error.h"
#include "saccade/core/one_line.h"
#include "saccade/core/parse_number.h"
#include "saccade/server/viewer_replies.h"

namespace saccade {
namespace {

double number_in(const std::string& text, const char* name) {
  if (const auto number = parse_number<double>(text)) return *number;
  throw UsageError(text_of("'", name, "': expected a number, not '", one_line(text), "'"));
}

// Numbers of levels, layers and queries: beyond this no model has any.
int index_in(const HttpRequest& request, const char* name, const char* missing) {
  constexpr std::uint64_t kMost = 1'000'000;
  return static_cast<int>(std::min(whole_in(request.value(name).value_or(missing), name), kMost));
}

std::pair<double, double> place_in(const HttpRequest& request) {
  const std::string text = request.value("at").value_or("");
  const std::size_t comma = text.find(',');
  if (comma == std::string::npos) throw UsageError("'at': expected X,Y in pixels of the image");
  return {number_in(text.substr(0, comma), "at"), number_in(text.substr(comma + 1), "at")};
}

}  // namespace

std::uint64_t whole_in(const std::string& text, const char* name) {
  if (const auto number = parse_number<std::uint64_t>(text)) return *number;
  throw UsageError(text_of("'", name, "': expected a whole number, not '", one_line(text), "'"));
}

ModelRuns::Work decoder_work(const RunRequest& wanted, const ShelfImage& image,
                             const CocoDataSet* truth) {
  return [wanted, image, truth](const RunSubject& of) {
    const DecoderRun run = of.image.run(of.interventions, of.stop, of.tell);
    return run_reply({.request = wanted, .image = image, .truth = truth}, of, run);
  };
}

ModelRuns::Work detections_work(const HttpRequest& request) {
  const double threshold = number_in(request.value("threshold").value_or("0"), "threshold");
  return [threshold](const RunSubject& of) {
    return detections_reply(of.model, of.image.detections(of.interventions, of.stop), threshold);
  };
}

ModelRuns::Work token_work(const HttpRequest& request) {
  const auto place = place_in(request);
  const int level = index_in(request, "level", "0");
  return [place, level](const RunSubject& of) {
    return token_reply(
        of.image.token(place.first, place.second, level, of.interventions, of.stop, of.tell));
  };
}

namespace {

ModelRuns::Work heard_work(const HttpRequest& request) {
  const int layer = index_in(request, "layer", ""), query = index_in(request, "query", "");
  return [query, layer](const RunSubject& of) {
    return heard_reply(query, layer,
                       of.image.heard(query, layer, of.interventions, of.stop, of.tell));
  };
}

ModelRuns::Work flow_work(const HttpRequest& request) {
  const auto place = place_in(request);
  const int level = index_in(request, "level", "0"), layer = index_in(request, "layer", "");
  return [place, level, layer](const RunSubject& of) {
    return flow_reply(
        of.image.flow(place.first, place.second, level, layer, of.interventions, of.stop, of.tell),
        layer, of.image);
  };
}

ModelRuns::Work attribution_work(const HttpRequest& request, AttributionMethod method) {
  const AttributionTarget target{
      .query = index_in(request, "query", ""),
      .label = index_in(request, "class", "0"),
      .output = target_output(request.value("target").value_or("class"))};
  AttributionOptions options;
  options.drise_masks = index_in(request, "masks", "100");
  options.seed = whole_in(request.value("seed").value_or("0"), "seed");
  options.check();
  return [=](const RunSubject& of) {
    return attribution_reply(
        of.image.attribution(method, target, options, of.interventions, of.stop, of.tell),
        of.image);
  };
}

}  // namespace

ModelRuns::Work map_work(const HttpRequest& request) {
  const std::string method = request.value("method").value_or("");
  if (method == "self-attention") return heard_work(request);
  if (method == "flow") return flow_work(request);
  std::string known = "self-attention, flow";
  for (const AttributionMethod one : attribution_methods()) {
    if (method_name(one) == method) return attribution_work(request, one);
    known += ", " + std::string(method_name(one));
  }
  throw UsageError("'method': expected one of " + known + ", not '" + one_line(method) + "'");
}

}  // namespace saccade
