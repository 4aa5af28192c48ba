// Attention maps: where the weight of one query or token fell, as density and as cells of each level.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "saccade/render/figure_subject.h"
#include "saccade/render/heat_map.h"

namespace saccade {

enum class HeatKind {
  kScattered,  // Deformable DETR: sampling points scattered onto the cells they read
  kDense,      // plain DETR: the softmax over the h x w cells itself
  kFlow,       // roll-out of an encoder token over several layers, an approximation
};

struct HeatFigure {
  FigurePhoto photo;
  HeatKind kind = HeatKind::kScattered;
  std::optional<QuerySubject> query;  // exactly one of the two
  std::optional<TokenSubject> token;
  std::string place;              // "dec.5", "enc.0 to enc.2"
  std::vector<int> heads;         // averaged
  std::vector<HeatLevel> levels;  // those drawn, finest first; plain DETR has one
  // 1 minus what the mean over the queries explains of the weights, 0 to 1; NaN: not printed.
  QuerySpecific query_specific;  // its weights NaN: not printed
};

// Density on the photo, per-level cells, colour bars, caption. One column wide.
// Throws Error when the levels do not fit; as write_page.
void draw_heat_figure(const HeatFigure& figure, const std::filesystem::path& out,
                      const FigureRecord& record);
// The same as pages that share their ranges of colours.
std::vector<FigurePage> heat_pages(std::vector<HeatFigure> figures);

}  // namespace saccade
