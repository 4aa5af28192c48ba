// How much of a model's attention is its queries' own.
#include "saccade/study/template_report.h"

#include <cmath>

#include "saccade/core/error.h"
#include "saccade/study/study_text.h"
#include "saccade/study/sweep_report.h"

namespace saccade {
namespace {

std::string percent(double share) { return decimals(100 * share, share < 0.01 ? 2 : 0) + " %"; }

std::string layer_name(const ModuleParts& module, std::size_t layer) {
  return module.name.substr(0, 3) + "." + std::to_string(layer);
}

std::string module_words(const std::string& name) {
  if (name == "enc") return "encoder self-attention, of tokens";
  return name == "dec.cross" ? "decoder cross-attention, of queries"
                             : "decoder self-attention, of queries";
}

void add_part(JsonWriter& json, const QuerySpecific& part) {
  json.member("weights", part.weights).member("offsets", part.offsets);
}

}  // namespace

std::string template_text(const std::vector<ModuleParts>& parts) {
  std::string text =
      "query-specific part of weights, of offsets (1 - what the mean over an image's queries "
      "explains)\n";
  for (const ModuleParts& module : parts) {
    for (std::size_t layer = 0; layer < module.layers.size(); ++layer) {
      const QuerySpecific& all = module.layers[layer].back();
      text += text_of("  ", layer_name(module, layer), module.name == "dec.self" ? ".self" : "",
                      module.name == "dec.cross" ? ".cross" : "", "  ", percent(all.weights));
      if (!std::isnan(all.offsets)) text += ", " + percent(all.offsets);
      text += all.is_mostly_template() ? "  mostly template\n" : "\n";
    }
  }
  return text;
}

void add_template_json(JsonWriter& json, const std::vector<ModuleParts>& parts) {
  json.key("query_specific").begin_object();
  json.member("mostly_template_below", kMostlyTemplate);
  for (const ModuleParts& module : parts) {
    json.key(module.name).begin_array();
    for (const auto& layer : module.layers) {
      json.begin_object();
      add_part(json, layer.back());
      json.key("heads").begin_array();
      for (std::size_t head = 0; head + 1 < layer.size(); ++head) {
        json.begin_object();
        add_part(json, layer[head]);
        json.end_object();
      }
      json.end_array().end_object();
    }
    json.end_array();
  }
  json.end_object();
}

std::string template_csv(const std::vector<ModuleParts>& parts) {
  std::string csv = "module,layer,head,weights,offsets\n";
  for (const ModuleParts& module : parts)
    for (std::size_t layer = 0; layer < module.layers.size(); ++layer)
      for (std::size_t head = 0; head < module.layers[layer].size(); ++head) {
        const QuerySpecific& part = module.layers[layer][head];
        const bool is_all = head + 1 == module.layers[layer].size();
        csv += text_of(module.name, ",", layer, ",", is_all ? "all" : std::to_string(head), ",",
                       csv_number(part.weights), ",", csv_number(part.offsets), "\n");
      }
  return csv;
}

TemplateFigure template_figure(const SweepReport& report) {
  TemplateFigure figure{
      .subtitle = text_of(report.effects.images.size(), " images of ", report.source.set),
      .model = report.source.model};
  for (const ModuleParts& module : report.query_specific) {
    TemplateModule drawn{.words = module_words(module.name), .parts = module.layers};
    for (std::size_t layer = 0; layer < module.layers.size(); ++layer)
      drawn.rows.push_back(layer_name(module, layer));
    figure.modules.push_back(std::move(drawn));
  }
  figure.caption = text_of(
      "Per cent of the variation of attention weights around uniform, and of sampling offsets "
      "around the "
      "reference point (in cells, or boxes where they are refined), that the mean over the queries "
      "of the "
      "same image does not explain; sums over ",
      report.effects.images.size(), " images of ", report.source.set,
      ". 0: every query does the same, what is drawn of one is a template; 100: the "
      "queries have nothing in common. Below ",
      decimals(100 * kMostlyTemplate, 0),
      " % of weights, explain calls a picture mostly template. 'all': all heads together. "
      "What replacing by the template does to AP is in sweep.png.");
  return figure;
}

}  // namespace saccade
