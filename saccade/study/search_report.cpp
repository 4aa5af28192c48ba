// What a search found, told honestly.
#include "saccade/study/search_report.h"

#include <algorithm>

#include "saccade/core/error.h"
#include "saccade/core/joined.h"
#include "saccade/core/json_array.h"
#include "saccade/study/study_json.h"
#include "saccade/study/study_text.h"

namespace saccade {
namespace {

constexpr std::size_t kToldTrials = 5;

std::string name_of(const SearchReport& report) {
  return objective_name(report.objective, *report.data);
}

std::string code(const std::vector<std::string>& texts) {
  return texts.empty() ? "nothing" : "`" + joined(texts, "`, `") + "`";
}

std::vector<std::string> texts_of(const SearchReport& report, const Combination& combination) {
  std::vector<std::string> texts;
  for (const int c : combination) texts.push_back(report.candidates[static_cast<std::size_t>(c)]);
  return texts;
}

// In the direction of the objective: larger is better.
double better(const SearchReport& report, double change) {
  return lower_is_better(report.objective) ? -change : change;
}

const BootstrapDifference& reported(const SearchReport& report) {
  return *report.effect->units[0].objective;
}

std::string verdict_text(const SearchReport& report) {
  const std::string name = name_of(report);
  switch (verdict_of(report)) {
    case SearchVerdict::kNothing:
      return "**Nothing helps.** No combination tried makes " + name +
             " better even on the images it would have been chosen on. No file was written.";
    case SearchVerdict::kHelps:
      return "**It helps:** on images it was not chosen on, " + name + " changes by " +
             interval_text(reported(report).difference) + ".";
    case SearchVerdict::kNotShown:
      return "**Not shown to help.** On images it was not chosen on, " + name + " changes by " +
             interval_text(reported(report).difference) + ": the interval holds 0.";
    case SearchVerdict::kHarms:
      return "**It harms.** Chosen on some images, it makes " + name +
             " worse on others: " + interval_text(reported(report).difference) + ".";
  }
  return "";
}

void add_choosing(Document& page, const SearchReport& report) {
  const UnitSearch& search = report.search;
  std::size_t trials = 0;
  for (const SearchRound& round : search.rounds) trials += round.trials.size();
  page.blocks.push_back(Heading{"Chosen on " + report.chosen_on});
  page.blocks.push_back(
      Paragraph{text_of("Without: ", name_of(report), " ", decimals(search.baseline), ". ",
                        report.candidates.size(), " candidates, ", trials,
                        " combinations tried. The best of so many looks better here than it is.")});
  for (const SearchRound& round : search.rounds) {
    std::vector<SearchTrial> best = round.trials;
    std::stable_sort(best.begin(), best.end(), [&](const SearchTrial& a, const SearchTrial& b) {
      return better(report, a.value) > better(report, b.value);
    });
    best.resize(std::min(best.size(), kToldTrials));
    Table table{
        {text_of(round.name, " (", round.trials.size(), " tried)"), name_of(report), "change"}, {}};
    for (const SearchTrial& trial : best)
      table.rows.push_back({code(texts_of(report, trial.combination)), decimals(trial.value),
                            decimals(trial.value - search.baseline, 4, Sign::kAlways)});
    page.blocks.push_back(std::move(table));
  }
}

std::vector<std::string> changed_row(const std::string& name, double before, double change) {
  return {name, decimals(before), decimals(before + change), decimals(change, 4, Sign::kAlways)};
}

void add_reporting(Document& page, const SearchReport& report) {
  const UnitEffect& e = report.effect->units[0];
  const EffectNumbers& before = report.effect->baseline;
  page.blocks.push_back(Heading{"Reported on " + report.reported_on});
  page.blocks.push_back(Paragraph{
      text_of(name_of(report), ": ", decimals(reported(report).first.value), " to ",
              decimals(reported(report).second.value), ", change ",
              interval_text(reported(report).difference), " (95 %, ",
              report.options.bootstrap.resamples, " paired bootstrap resamples over images), p ",
              decimals(reported(report).p), ". On the images it was chosen on: ",
              decimals(report.search.best_value - report.search.baseline, 4, Sign::kAlways), ".")});
  Table table{{"", "without", "with", "change"}, {}};
  for (const int stat : {0, 1, 2, 3, 4, 5})
    table.rows.push_back(
        changed_row(kCocoStatNames[stat], before.stats[stat], e.change.stats[stat]));
  for (std::size_t type = 0; type < kNumTideTypes; ++type)
    table.rows.push_back(changed_row(std::string("cost of ") + kTideNames[type] + " errors (dAP50)",
                                     before.tide[type], e.change.tide[type]));
  page.blocks.push_back(std::move(table));
  page.blocks.push_back(Paragraph{text_of(
      "Detections with a score of ", report.options.threshold, " or more: ", e.detections.kept,
      " kept (", e.detections.moved, " moved), ", e.detections.lost, " lost, ", e.detections.gained,
      " gained; ", e.images.better, " images better, ", e.images.worse, " worse.")});
}

void add_rounds(JsonWriter& json, const SearchReport& report) {
  json.key("rounds").begin_array();
  for (const SearchRound& round : report.search.rounds) {
    json.begin_object().member("name", round.name).key("trials").begin_array();
    for (const SearchTrial& trial : round.trials) {
      json.begin_object();
      add_array(json, "interventions", texts_of(report, trial.combination));
      json.member("value", trial.value).end_object();
    }
    json.end_array().end_object();
  }
  json.end_array();
}

void add_effect(JsonWriter& json, const SearchReport& report) {
  const BootstrapDifference& of = reported(report);
  json.key("reported").begin_object();
  json.member("on", report.reported_on).member("images", report.effect->images.size());
  json.member("baseline", of.first.value).member("value", of.second.value);
  json.member("change", of.difference.value).member("low", of.difference.low);
  json.member("high", of.difference.high).member("p", of.p);
  json.key("all").begin_object();
  add_effect_numbers(json, report.effect->units[0].change, *report.data, "d");
  json.end_object().end_object();
}

const char* verdict_word(SearchVerdict verdict) {
  constexpr const char* kWords[] = {"nothing helps", "helps", "not shown to help", "harms"};
  return kWords[static_cast<int>(verdict)];
}

}  // namespace

SearchVerdict verdict_of(const SearchReport& report) {
  if (!report.effect) return SearchVerdict::kNothing;
  const BootstrapInterval& change = reported(report).difference;
  const double low = std::min(better(report, change.low), better(report, change.high));
  const double high = std::max(better(report, change.low), better(report, change.high));
  if (low > 0) return SearchVerdict::kHelps;
  return high < 0 ? SearchVerdict::kHarms : SearchVerdict::kNotShown;
}

std::vector<std::string> winning_texts(const SearchReport& report) {
  std::vector<std::string> texts = report.source.interventions;
  texts.insert(texts.end(), report.locked.begin(), report.locked.end());
  for (const std::string& text : texts_of(report, report.search.best)) texts.push_back(text);
  return texts;
}

Document search_document(const SearchReport& report) {
  Document page{text_of("Search: ", name_of(report),
                        lower_is_better(report.objective) ? ", lower is better" : ""),
                {}};
  page.blocks.push_back(Paragraph{verdict_text(report)});
  BulletList facts{{"Found: " + code(texts_of(report, report.search.best))}};
  if (!report.locked.empty()) facts.items.push_back("Locked: " + code(report.locked));
  if (!report.forbidden.empty()) facts.items.push_back("Forbidden: " + code(report.forbidden));
  if (!report.source.interventions.empty())
    facts.items.push_back("In the baseline too: " + code(report.source.interventions));
  facts.items.push_back(
      text_of("Model: ", report.source.model, ", seed ", report.options.bootstrap.seed));
  facts.items.push_back(text_of("Command: `", report.source.command, "`"));
  page.blocks.push_back(std::move(facts));
  add_choosing(page, report);
  if (!report.effect) return page;
  add_reporting(page, report);
  const std::string note = too_few_images(report.effect->images.size());
  if (!note.empty()) page.blocks.push_back(Paragraph{"Note: " + note + "."});
  return page;
}

std::string search_json(const SearchReport& report) {
  JsonWriter json(1);
  json.begin_object().member("saccade_search", 1).member("objective", name_of(report));
  json.member("lower_is_better", lower_is_better(report.objective));
  json.member("verdict", verdict_word(verdict_of(report)));
  add_study_source(json, report.source);
  add_bootstrap_options(json, report.options.bootstrap);
  json.member("chosen_on", report.chosen_on).member("baseline", report.search.baseline);
  add_array(json, "found", texts_of(report, report.search.best));
  json.member("found_value", report.search.best_value);
  add_array(json, "locked", report.locked);
  add_array(json, "forbidden", report.forbidden);
  add_array(json, "candidates", report.candidates);
  if (report.effect) add_effect(json, report);
  add_rounds(json, report);
  return json.end_object().text() + "\n";
}

InterventionFile winning_file(const SearchReport& report) {
  return {
      .name = "found by search: " + name_of(report),
      .note = text_of(name_of(report), " changes by ", interval_text(reported(report).difference),
                      " on ", report.reported_on, "; chosen on ", report.chosen_on, " (",
                      verdict_word(verdict_of(report)), ")"),
      .weights_sha256 = report.source.weights_sha256,
      .interventions = winning_texts(report)};
}

}  // namespace saccade
