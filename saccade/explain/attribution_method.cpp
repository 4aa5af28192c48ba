// Names of attribution methods and targets.
#include "saccade/explain/attribution_method.h"

#include <utility>

#include "saccade/core/error.h"

namespace saccade {
namespace {

template <typename Value>
using Names = std::vector<std::pair<Value, std::string_view>>;

const Names<AttributionMethod>& method_names() {
  static const Names<AttributionMethod> names = {{AttributionMethod::kWeights, "weights"},
                                                 {AttributionMethod::kContribution, "contribution"},
                                                 {AttributionMethod::kDirected, "directed"},
                                                 {AttributionMethod::kGradient, "gradient"},
                                                 {AttributionMethod::kRelevance, "relevance"},
                                                 {AttributionMethod::kOdam, "odam"},
                                                 {AttributionMethod::kDrise, "drise"}};
  return names;
}

const Names<TargetOutput>& output_names() {
  static const Names<TargetOutput> names = {
      {TargetOutput::kClass, "class"}, {TargetOutput::kX, "x"},      {TargetOutput::kY, "y"},
      {TargetOutput::kWidth, "w"},     {TargetOutput::kHeight, "h"}, {TargetOutput::kX0, "x0"},
      {TargetOutput::kY0, "y0"},       {TargetOutput::kX1, "x1"},    {TargetOutput::kY1, "y1"}};
  return names;
}

template <typename Value>
std::string_view name_in(const Names<Value>& names, Value wanted) {
  for (const auto& [value, name] : names)
    if (value == wanted) return name;
  throw Error("an attribution method or target without a name");
}

template <typename Value>
Value value_in(const Names<Value>& names, std::string_view wanted, const char* what) {
  std::string known;
  for (const auto& [value, name] : names) {
    if (name == wanted) return value;
    known += (known.empty() ? "" : ", ") + std::string(name);
  }
  throw UsageError(text_of("there is no ", what, " '", wanted, "'; there are ", known));
}

}  // namespace

std::string_view method_name(AttributionMethod method) { return name_in(method_names(), method); }

AttributionMethod attribution_method(std::string_view name) {
  return value_in(method_names(), name, "attribution method");
}

const std::vector<AttributionMethod>& attribution_methods() {
  static const std::vector<AttributionMethod> methods = [] {
    std::vector<AttributionMethod> all;
    for (const auto& [method, name] : method_names()) all.push_back(method);
    return all;
  }();
  return methods;
}

bool has_target(AttributionMethod method) {
  return method != AttributionMethod::kWeights && method != AttributionMethod::kContribution &&
         method != AttributionMethod::kDrise;
}

bool has_layers(AttributionMethod method) {
  return method != AttributionMethod::kGradient && method != AttributionMethod::kOdam &&
         method != AttributionMethod::kDrise;
}

bool has_points(AttributionMethod method) {
  return method == AttributionMethod::kWeights || method == AttributionMethod::kContribution ||
         method == AttributionMethod::kDirected;
}

bool fits(AttributionMethod method, ModelFamily family) {
  return family == ModelFamily::kDeformableDetr || !has_points(method) ||
         method == AttributionMethod::kWeights;
}

std::string_view output_name(TargetOutput output) { return name_in(output_names(), output); }

TargetOutput target_output(std::string_view name) {
  return value_in(output_names(), name, "attribution target");
}

void AttributionOptions::check() const {
  if (drise_masks < 2)
    throw UsageError(text_of(drise_masks, " masks: D-RISE compares, with 2 at least"));
  if (drise_grid < 1)
    throw UsageError(text_of("a grid of ", drise_grid, " cells: D-RISE needs 1 at least"));
  if (!(drise_shown > 0 && drise_shown < 1))
    throw UsageError(text_of("masks that show ", drise_shown,
                             " of the image: D-RISE needs a share between 0 and 1"));
}

}  // namespace saccade
