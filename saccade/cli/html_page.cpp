// The page of --html.
#include "saccade/cli/html_page.h"

#include <iostream>

#include "saccade/core/file_io.h"

namespace saccade {

std::vector<std::filesystem::path> page_pictures(const EvalOptions& o) {
  if (o.plot.empty()) return {};
  return {o.plot};
}

void write_html_page(const EvalOptions& o, const std::function<Document()>& make_page) {
  if (o.html.empty()) return;
  write_file(o.html, html_of(make_page()));
  if (!o.quiet && !o.json) std::cout << "wrote " << o.html << "\n";
}

}  // namespace saccade
