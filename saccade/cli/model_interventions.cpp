// What -x changes in a loaded model.
#include "saccade/cli/model_interventions.h"

#include <iostream>

#include "saccade/core/error.h"
#include "saccade/core/one_line.h"
#include "saccade/explain/intervention_check.h"
#include "saccade/explain/model_limits.h"

namespace saccade {
namespace {

// A file may have been made for other weights: its units are there, and do something else.
void warn_of_other_weights(const GivenInterventions& given, const LoadedModel& model) {
  for (const auto& [path, file] : given.files) {
    if (file.weights_sha256 && *file.weights_sha256 != model.sha256)
      std::cerr << "saccade: note: " << one_line(path.string())
                << ": was made for other weights than " << one_line(model.name) << "\n";
  }
}

}  // namespace

ModelInterventions::ModelInterventions(const GivenInterventions& given, const LoadedModel& model,
                                       bool apply_exif)
    : all_(given.interventions) {
  check_interventions(all_, limits_of(model.detector->config()));
  warn_of_other_weights(given, model);
  donors_ = Donors(all_, model, apply_exif);
}

std::string ModelInterventions::words() const {
  constexpr std::size_t kRoom = 60;
  std::string words;
  std::size_t named = 0;
  for (const Intervention& one : all_) {
    const std::string next = (named == 0 ? "" : ", ") + one_line(one.text);
    if (words.size() + next.size() > kRoom) break;
    words += next;
    ++named;
  }
  const std::size_t more = all_.size() - named;
  if (named == 0) return text_of(more, more == 1 ? " intervention" : " interventions");
  return more == 0 ? words : text_of(words, " and ", more, " more");
}

}  // namespace saccade
