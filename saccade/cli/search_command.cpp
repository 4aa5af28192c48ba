// saccade search.
#include "saccade/cli/search_command.h"

#include <fnmatch.h>

#include <algorithm>
#include <iostream>
#include <optional>

#include "saccade/cli/html_page.h"
#include "saccade/cli/study_run.h"
#include "saccade/core/error.h"
#include "saccade/core/file_io.h"
#include "saccade/data/subset.h"
#include "saccade/eval/rank_exchange.h"
#include "saccade/explain/model_limits.h"
#include "saccade/render/figure_text.h"
#include "saccade/study/search_report.h"

namespace saccade {
namespace {

constexpr char kPage[] = "search.md", kNumbers[] = "search.json", kWinner[] = "intervention.json";

bool is_forbidden(const std::string& text, const SearchOptions& o) {
  return std::any_of(o.forbidden.begin(), o.forbidden.end(), [&](const std::string& pattern) {
    return fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
  });
}

std::vector<std::string> candidates_of(const SearchOptions& o, const ModelConfig& config) {
  std::vector<std::string> kinds = o.unit_kinds;
  if (kinds.empty() && o.proposed.empty()) {
    kinds = {"dec.cross.head"};
    if (limits_of(config).is_deformable) kinds.push_back("dec.cross.level");
  }
  std::vector<std::string> candidates;
  for (const std::string& kind : kinds) {
    UnitChoice choice = o.manner;
    choice.kind = kind;
    choice.seed = o.study.eval.seed;
    const UnitGrid grid = unit_grid(choice, limits_of(config));
    for (const GridUnit& unit : grid.units) candidates.push_back(unit.text);
  }
  candidates.insert(candidates.end(), o.proposed.begin(), o.proposed.end());
  std::erase_if(candidates, [&](const std::string& text) { return is_forbidden(text, o); });
  if (candidates.empty()) throw UsageError("--forbid: leaves no candidate to try");
  return candidates;
}

// Images to choose on and images to report on: none is in both.
struct Split {
  const EvaluatedSet* choose = nullptr;
  std::vector<EvalImage> chosen_on, reported_on;
};

Split halves(const EvaluatedSet& set, std::uint64_t seed) {
  const std::vector<EvalImage>& all = set.images.usable;
  const int count = static_cast<int>(all.size());
  if (count < 2)
    throw Error(
        "search: one half of the images is chosen on and the other reported on; two are "
        "needed at least");
  const std::vector<int> half = choose_subset(count, count / 2, seed);
  Split split{.choose = &set};
  for (int i = 0; i < count; ++i) {
    const bool is_chosen = std::binary_search(half.begin(), half.end(), i);
    (is_chosen ? split.chosen_on : split.reported_on).push_back(all[static_cast<std::size_t>(i)]);
  }
  return split;
}

class Search {
 public:
  Search(const SearchOptions& options, StudyRun& study) : o_(options), study_(study) {
    if (study.is_first()) refuse_to_replace_files(o_.study, {kPage, kNumbers, kWinner});
    if (!o_.choose.images.empty()) open_choosing_set();
    split_ = other_ ? Split{&*other_, other_->images.usable, study.set().images.usable}
                    : halves(study.set(), o_.study.eval.seed);
    report_.data = &study.data();
    report_.objective = parse_objective(o_.objective, study.data());
    choosing_objective_ = parse_objective(o_.objective, split_.choose->truth.data);
    report_.candidates = candidates_of(o_, study.config());
    report_.locked = o_.locked;
    report_.forbidden = o_.forbidden;
    report_.chosen_on = words(split_.chosen_on, split_.choose->place.name);
    report_.reported_on = words(split_.reported_on, study.set().place.name);
    report_.options = study.effect_options();
    report_.options.objective = report_.objective;
  }

  void run() {
    choose();
    if (!report_.search.best.empty()) measure();
    if (!study_.is_first()) return;
    report_.source = study_.source();
    write();
    for (const std::string& store : stores_) std::filesystem::remove(study_.store_path(store));
  }

 private:
  void open_choosing_set() {
    EvalOptions options = o_.study.eval;
    options.set = o_.choose;
    other_.emplace(open_evaluated_set(options, study_.ranks(), "choose image"));
  }

  std::string words(const std::vector<EvalImage>& images, const std::string& name) const {
    return text_of(count_text(images.size(), "image"), " of ", name);
  }

  std::vector<Intervention> variant_of(const Combination& combination) const {
    std::vector<std::string> texts = o_.locked;
    for (const int c : combination)
      texts.push_back(report_.candidates[static_cast<std::size_t>(c)]);
    return study_.with(texts);
  }

  std::unique_ptr<VariantStore> run_variants_on(const EvaluatedSet& set,
                                                const std::vector<EvalImage>& images,
                                                const Variants& variants, const std::string& name) {
    stores_.push_back(name);
    return study_.run(set, images, variants, name);
  }

  void choose() {
    const double sign = lower_is_better(report_.objective) ? -1 : 1;
    int round = 0;
    const auto value_of = [&](const std::vector<Combination>& combinations) {
      return values(combinations, text_of("search.", ++round), sign);
    };
    UnitSearch& search = report_.search;
    search = search_units(static_cast<int>(report_.candidates.size()), value_of, o_.search);
    search.baseline *= sign;
    search.best_value *= sign;
    for (SearchRound& one : search.rounds)
      for (SearchTrial& trial : one.trials) trial.value *= sign;
  }

  // Rank 0 evaluates and tells the others, so that all search the same way.
  std::vector<double> values(const std::vector<Combination>& combinations, const std::string& name,
                             double sign) {
    Variants variants;
    for (const Combination& combination : combinations)
      variants.push_back(combination.empty() ? study_.base() : variant_of(combination));
    const auto store = run_variants_on(*split_.choose, split_.chosen_on, variants, name);
    std::vector<double> values(combinations.size());
    if (store)
      for (std::size_t v = 0; v < values.size(); ++v)
        values[v] = sign * value(*store, static_cast<int>(v));
    return numbers_of(study_.ranks().all_gather(name + " values", to_bytes(values))[0],
                      values.size());
  }

  double value(const VariantStore& store, int variant) const {
    const CocoDataSet& data = split_.choose->truth.data;
    const int threads = o_.study.eval.model.threads;
    const CocoResults results = store.read(variant);
    const CocoEvaluation evaluation = evaluate_coco(
        data, results, {.images = store.images(), .keep_matches = true, .threads = threads});
    return objective_value(data, results, evaluation, choosing_objective_, threads);
  }

  void measure() {
    const Variants variants{study_.base(), variant_of(report_.search.best)};
    const auto store = run_variants_on(study_.set(), split_.reported_on, variants, "search.report");
    if (!store) return;
    report_.effect =
        measure_effects(study_.data(), store->images(), 1,
                        [&](int variant) { return store->read(variant); }, report_.options, {});
  }

  void write() const {
    const Document page = search_document(report_);
    const std::string text = markdown_of(page), json = search_json(report_);
    write_file(o_.study.file(kPage), text);
    write_file(o_.study.file(kNumbers), json);
    if (report_.effect) {
      write_intervention_file(o_.study.file(kWinner), winning_file(report_));
    } else {
      std::filesystem::remove(o_.study.file(kWinner));  // of an earlier search
    }
    std::cout << (o_.study.eval.json ? json : text) << std::flush;
    tell_files(o_.study, {kPage, kNumbers});
    if (report_.effect) tell_files(o_.study, {kWinner});
    write_html_page(o_.study.eval, [&] { return page; });
  }

  const SearchOptions& o_;
  StudyRun& study_;
  std::optional<EvaluatedSet> other_;  // to choose on, where it was given
  Split split_;
  SearchReport report_;
  Objective choosing_objective_;  // the same class may be another category of the set chosen on
  std::vector<std::string> stores_;
};

}  // namespace

int run_search(const SearchOptions& options) {
  check_search_options(options);
  return run_study(options.study, [&](StudyRun& study) { Search(options, study).run(); });
}

}  // namespace saccade
