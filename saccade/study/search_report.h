// What a search found, told honestly: what was chosen on some images, what it does on others.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "saccade/data/coco.h"
#include "saccade/eval/objective.h"
#include "saccade/explain/intervention_file.h"
#include "saccade/study/document.h"
#include "saccade/study/sweep_report.h"
#include "saccade/study/unit_search.h"

namespace saccade {

struct SearchReport {
  const CocoDataSet* data = nullptr;  // reported on; must outlive the report
  Objective objective;
  std::vector<std::string> candidates;  // texts
  std::vector<std::string> locked;      // part of every combination
  std::vector<std::string> forbidden;   // patterns of units that were left out
  std::string chosen_on;                // "42 images of val"
  std::string reported_on;
  UnitSearch search;  // values with the objective's own sign
  std::optional<UnitEffects>
      effect;  // of the best one on the images reported on; none: nothing helped
  EffectOptions options;
  StudySource source;
};

enum class SearchVerdict { kNothing, kHelps, kNotShown, kHarms };
SearchVerdict verdict_of(const SearchReport& report);

// Those of the baseline, the locked ones and the best combination: what was reported on.
std::vector<std::string> winning_texts(const SearchReport& report);

// The report for people.
Document search_document(const SearchReport& report);
// Everything, all trials too.
std::string search_json(const SearchReport& report);
// The best combination as a file of interventions, with what is known of it in its note.
InterventionFile winning_file(const SearchReport& report);

}  // namespace saccade
