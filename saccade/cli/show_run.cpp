// What the two forms of `data show` share.
#include "saccade/cli/show_run.h"

#include <algorithm>
#include <iostream>

#include "saccade/cli/figure_provenance.h"
#include "saccade/cli/output_files.h"
#include "saccade/cli/shown_images.h"
#include "saccade/core/error.h"
#include "saccade/core/one_line.h"
#include "saccade/data/data_check.h"

namespace saccade {

namespace fs = std::filesystem;

BoxLabels ShowArguments::box_labels() const {
  return labels == "on" ? BoxLabels::kOn : labels == "off" ? BoxLabels::kOff : BoxLabels::kAuto;
}

ShowRun::ShowRun(const ShowArguments& arguments, int count, std::size_t per_figure)
    : arguments_(arguments),
      place_(data_set_of(arguments.set)),
      data_(read_data_set(place_)),
      choice_(choose_images(data_, arguments.choice, count, place_.name)),
      per_figure_(per_figure) {
  if (draws_figures()) {
    figure_kind(arguments.out);  // a wrong suffix before the work
    for (std::size_t i = 0; i < figures(); ++i) refuse_to_replace(file_of(i), arguments.overwrite);
  }
  begin_shown_set(json_, data_, place_.name, choice_.words);
}

std::size_t ShowRun::figures() const {
  return (choice_.images.size() + per_figure_ - 1) / per_figure_;
}

std::vector<int> ShowRun::images_of(std::size_t figure) const {
  const std::size_t first = figure * per_figure_;
  const std::size_t last = std::min(choice_.images.size(), first + per_figure_);
  return {choice_.images.begin() + static_cast<std::ptrdiff_t>(first),
          choice_.images.begin() + static_cast<std::ptrdiff_t>(last)};
}

fs::path ShowRun::file_of(std::size_t figure) const {
  const fs::path out = arguments_.out;
  if (figure == 0) return out;
  return out.parent_path() /
         text_of(out.stem().string(), "-", figure + 1, out.extension().string());
}

FigureRecord ShowRun::record() const {
  const bool is_random = arguments_.choice.random > 0 || arguments_.augmented;
  return figure_record("", is_random ? text_of(arguments_.choice.seed) : "");
}

void ShowRun::note_problems(const std::vector<std::string>& problems) {
  broken_ += problems.empty() ? 0 : 1;
  for (const std::string& problem : problems)
    std::cerr << "saccade: warning: " << one_line(problem) << "\n";
}

void ShowRun::note_written(std::size_t figure) const {
  if (!arguments_.quiet && !arguments_.json)
    std::cout << "wrote " << file_of(figure).string() << "\n";
}

void ShowRun::finish() {
  json_.end_array().end_object();
  if (arguments_.json) std::cout << json_.text() << "\n";
  std::cout.flush();
  if (broken_ == 0) return;
  const std::string folder =
      broken_ == choice_.images.size() ? wrong_folder_text(data_, place_.images) : "";
  if (!folder.empty()) throw Error(text_of(place_.images.string(), ": ", folder));
  throw Error(text_of(broken_, " of ", choice_.images.size(),
                      choice_.images.size() == 1 ? " image" : " images",
                      " could not be shown whole"));
}

}  // namespace saccade
