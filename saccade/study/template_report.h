// How much of a model's attention is its queries' own over a data set: numbers as text, JSON, CSV and a picture.
#pragma once

#include <string>
#include <vector>

#include "saccade/core/json_writer.h"
#include "saccade/core/query_specific.h"
#include "saccade/render/template_figure.h"

namespace saccade {

struct SweepReport;

// Of one attention module.
struct ModuleParts {
  std::string name;  // as addresses have it: "enc", "dec.cross", "dec.self"
  std::vector<std::vector<QuerySpecific>> layers;  // of each layer its heads, then all together
};

// Each layer of the encoder and of the decoder's cross-attention: two numbers.
std::string template_text(const std::vector<ModuleParts>& parts);
// Member "query_specific": by module, of each layer "weights", "offsets" and "heads".
void add_template_json(JsonWriter& json, const std::vector<ModuleParts>& parts);
// module,layer,head,weights,offsets: shares of 0 to 1; head "all" is all of a layer; empty where there is none.
std::string template_csv(const std::vector<ModuleParts>& parts);
TemplateFigure template_figure(const SweepReport& report);

}  // namespace saccade
