// Decoder self-attention of one query: which other queries it reads.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "saccade/render/figure_subject.h"

namespace saccade {

// A query that is read, with what it predicts after the layer.
struct ReadQuery {
  int query = 0;
  double weight = 0;  // softmax over all queries, mean of the heads drawn
  int label = 0;
  std::string class_name;
  double score = 0;
  BoxXyxy box;  // pixels of the original image
};

struct SelfAttentionFigure {
  FigurePhoto photo;
  QuerySubject query;
  int layer = 0;
  std::vector<int> heads;       // averaged, or one
  std::vector<ReadQuery> read;  // all queries, the query itself included
};

// Boxes of the eight queries read most, centres of the others, list, caption. One column wide.
// Throws Error where nothing is read; as write_page.
void draw_self_attention_figure(const SelfAttentionFigure& figure, const std::filesystem::path& out,
                                const FigureRecord& record);
// The same as pages that share one range of colours.
std::vector<FigurePage> self_attention_pages(std::vector<SelfAttentionFigure> figures);

}  // namespace saccade
