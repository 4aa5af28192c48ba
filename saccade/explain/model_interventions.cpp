// Interventions that were given for a loaded model.
#include "saccade/explain/model_interventions.h"

#include <string_view>

#include "saccade/core/error.h"
#include "saccade/core/one_line.h"
#include "saccade/explain/intervention_check.h"
#include "saccade/explain/model_limits.h"
#include "saccade/explain/text_cursor.h"

namespace saccade {

ModelInterventions::ModelInterventions(const GivenInterventions& given, const LoadedModel& model,
                                       bool apply_exif)
    : all_(given.interventions) {
  check_interventions(all_, limits_of(model.detector->config()));
  for (const auto& [path, file] : given.files) {
    if (file.weights_sha256 && *file.weights_sha256 != model.sha256)
      notes_.push_back(text_of(one_line(path.string()), ": was made for other weights than ",
                               one_line(model.name)));
  }
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

void refuse_draws(const std::vector<Intervention>& interventions) {
  constexpr std::string_view kWord = "resample";
  for (const Intervention& one : interventions) {
    const auto* const patch = std::get_if<Patch>(&one.change);
    if (patch == nullptr || !patch->drawn) continue;
    throw UsageError(caret_message(
        "another image of a data set cannot be drawn without one: eval, sweep and search take it; "
        "here patch(FILE) says which image",
        one.text, one.text.find(kWord)));
  }
}

}  // namespace saccade
