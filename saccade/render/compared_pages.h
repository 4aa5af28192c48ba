// Two pages of the same kind in one figure: side by side, or one below the other where they are wide.
#pragma once

#include <filesystem>
#include <string>

#include "saccade/render/figure_file.h"

namespace saccade {

struct ComparedPages {
  std::string title_a, title_b;  // "A · street_r18"
  FigurePage a, b;
  std::string caption;  // complete sentences: what the two have in common
};

// Two columns wide. Throws as write_page.
void write_compared_pages(const ComparedPages& pages, const std::filesystem::path& out,
                          const FigureRecord& record);

}  // namespace saccade
