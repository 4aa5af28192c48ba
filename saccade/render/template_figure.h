// How much of the attention is the queries' own and how much a template: a matrix of layers and heads for each module.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "saccade/core/query_specific.h"
#include "saccade/render/figure_file.h"

namespace saccade {

struct TemplateModule {
  std::string words;              // "decoder cross-attention"
  std::vector<std::string> rows;  // "dec.0"
  // Row by row: of each head, then of all together. All rows have as many.
  std::vector<std::vector<QuerySpecific>> parts;
};

struct TemplateFigure {
  std::vector<TemplateModule> modules;
  std::string subtitle;
  std::string caption;  // complete sentences
  std::string model;    // name for the end of the caption; empty: none
};

// Two columns wide: weights at the left, offsets at the right, where a module has some. Throws Error where there is no
// module; as write_page.
void draw_template_figure(const TemplateFigure& figure, const std::filesystem::path& out,
                          const FigureRecord& record);

}  // namespace saccade
