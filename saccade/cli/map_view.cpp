// Maps of attribution from the options of `explain` to a figure.
#include "saccade/cli/map_view.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <sstream>

#include "saccade/cli/map_words.h"
#include "saccade/core/error.h"
#include "saccade/core/progress.h"
#include "saccade/explain/intervention_reach.h"
#include "saccade/study/map_metrics.h"
#include "saccade/study/map_trust.h"
#include "saccade/study/tensor_map.h"

namespace saccade {
namespace {

std::vector<TargetOutput> outputs_of(const ExplainOptions& o) {
  std::vector<TargetOutput> outputs;
  std::stringstream list(o.target.empty() ? "class" : o.target);
  for (std::string name; std::getline(list, name, ',');) {
    const TargetOutput output = target_output(name);
    if (std::find(outputs.begin(), outputs.end(), output) == outputs.end())
      outputs.push_back(output);
  }
  return outputs;
}

AttributionOptions attribution_options(const ExplainedImage& e) {
  AttributionOptions options;
  options.layers = e.choice.layers;
  if (e.options.layer.empty()) {
    const int answering =
        answering_layers(e.session.interventions(), e.session.config().dec_layers);
    std::erase_if(options.layers, [&](int layer) { return layer >= answering; });
  }
  if (e.options.masks > 0) options.drise_masks = e.options.masks;
  if (e.options.seed >= 0) options.seed = static_cast<std::uint64_t>(e.options.seed);
  return options;
}

// Of the map's positive part, what lies in the predicted box; NaN where there is none.
double in_box_share(const at::Tensor& map, const BoxXyxy& box) {
  const SaliencyMap plain = plain_map(map);
  return energy_share(plain, box_region(box, plain.width, plain.height));
}

}  // namespace

AttributionMethod map_method(const ExplainOptions& o) {
  return o.method.empty() ? AttributionMethod::kContribution : attribution_method(o.method);
}

bool shows_points_alone(const ExplainOptions& o) {
  if (o.kind != "map") return false;
  const AttributionMethod method = map_method(o);
  return method == AttributionMethod::kWeights || method == AttributionMethod::kContribution;
}

void check_map_options(const ExplainOptions& o) {
  if (o.kind != "map") {
    if (!o.method.empty() || !o.target.empty() || !o.faith.empty() || o.masks > 0 || o.seed >= 0)
      throw UsageError("--method, --target, --faith, --masks and --seed are for --kind map");
    return;
  }
  const AttributionMethod method = map_method(o);
  const std::string name(method_name(method));
  if (!o.preset.empty())
    throw UsageError("--preset " + o.preset + " is another picture; leave --kind map out");
  outputs_of(o);  // throws for one that does not exist
  if (o.module == "encoder")
    throw UsageError("--kind map is about decoder queries; leave --module encoder out");
  if (o.head != "all" || o.level != "all" || o.point != "all")
    throw UsageError(
        "--kind map is of all heads, levels and points; leave --head, --level and --point out");
  if (!o.target.empty() && !has_target(method))
    throw UsageError("the map by " + name +
                     " is of the query, whatever its output: leave --target out");
  if (!o.layer.empty() && !has_layers(method))
    throw UsageError("the map by " + name + " is not one of decoder layers: leave --layer out");
  const bool is_drise = method == AttributionMethod::kDrise;
  if ((o.masks > 0 || o.seed >= 0) && !is_drise)
    throw UsageError("--masks and --seed are for --method drise");
  if (!o.faith.empty()) read_map_trust(o.faith);  // what is wrong with it is told before the work
  if (o.model.precision != "fp32")
    throw UsageError("the map by " + name + " is computed in float32: leave --precision out");
}

std::vector<ExplainedMap> explained_maps(const ExplainedImage& e) {
  const AttributionMethod method = map_method(e.options);
  const Attributor attributor(
      e.session.model(), e.image.pixels, e.image.mask,
      {static_cast<double>(e.image.image.width), static_cast<double>(e.image.image.height)},
      e.session.interventions());
  std::vector<AttributionTarget> targets;
  for (const TargetOutput output : outputs_of(e.options))
    targets.push_back({e.query.detection.query, e.query.detection.label, output});
  AttributionOptions options = attribution_options(e);
  Progress progress("masks", options.drise_masks,
                    e.options.quiet || method != AttributionMethod::kDrise);
  options.on_step = [&] { progress.step(); };
  std::vector<AttributionMap> made = attributor.maps(method, targets, options);
  std::vector<ExplainedMap> maps;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const at::Tensor value = attributor.image().value_of(targets[i], attributor.output());
    maps.push_back({targets[i], value.item<double>(), std::move(made[i])});
  }
  return maps;
}

std::string map_trust(const ExplainedImage& e) {
  if (e.options.faith.empty()) return "";
  std::vector<std::string> changes;
  for (const Intervention& one : e.session.interventions()) changes.push_back(one.text);
  return trust_sentence(read_map_trust(e.options.faith),
                        std::string(method_name(map_method(e.options))), e.session.model().sha256,
                        changes);
}

MapFigure map_view(const ExplainedImage& e, const std::vector<ExplainedMap>& maps) {
  const AttributionMethod method = map_method(e.options);
  const Detection& detection = e.query.detection;
  MapFigure figure{.photo = figure_photo(e.image, e.options.image, e.session),
                   .query = {.query = detection.query,
                             .class_name = e.session.model().classes.name(detection.label),
                             .score = detection.score,
                             .box = detection.box,
                             .note = e.query.note},
                   .method = std::string(method_name(method)),
                   .meaning = map_meaning(method, attribution_options(e), e.plain())};
  figure.trust = map_trust(e);
  if (shows_points_alone(e.options) && !e.plain()) figure.query_specific = mean_specific(e);
  for (const ExplainedMap& one : maps) {
    const at::Tensor values = (one.map.map.to(at::kDouble) * map_scale(method)).contiguous();
    const double* const first = values.const_data_ptr<double>();
    figure.panels.push_back(
        {.heading = map_heading(method, one.target.output, figure.query.class_name),
         .unit = map_unit(method, one.target.output),
         .values = std::vector<double>(first, first + values.numel()),
         .is_signed = one.map.is_signed});
  }
  return figure;
}

void add_maps(JsonWriter& json, const ExplainedImage& e, const std::vector<ExplainedMap>& maps) {
  const AttributionMethod method = map_method(e.options);
  const std::string trust = map_trust(e);
  json.key("maps").begin_array();
  for (const ExplainedMap& one : maps) {
    json.begin_object().member("method", method_name(method));
    if (has_target(method))
      json.member("target", output_name(one.target.output)).member("value", one.value);
    json.member("sum", one.map.map.sum().item<double>())
        .member("in_box_share", in_box_share(one.map.map, e.query.detection.box));
    if (has_points(method) && !one.map.is_signed) json.member("outside", one.map.outside);
    if (!trust.empty()) json.member("faithfulness", trust);
    json.end_object();
  }
  json.end_array();
}

}  // namespace saccade
