// Whether a model has what interventions name.
#include "saccade/explain/intervention_check.h"

#include <charconv>

#include "saccade/explain/intervention_text.h"
#include "saccade/explain/text_cursor.h"

namespace saccade {
namespace {

// Where `number` stands in the set that follows `marker`, or else the marker.
std::size_t place_of(const std::string& text, std::string_view marker, int number) {
  const std::size_t found = text.find(marker);
  if (found == std::string::npos) return 0;
  std::size_t at = found + marker.size();
  while ((at = text.find_first_not_of(", -", at)) < text.size()) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data() + at, text.data() + text.size(), value);
    if (error != std::errc()) break;
    if (value == number) return at;
    at = static_cast<std::size_t>(end - text.data());
  }
  return found;
}

// How many of `all` are in the set.
std::size_t count_of(const IndexSet& set, int all) {
  return set.all ? static_cast<std::size_t>(all) : set.some.size();
}

// Checks one intervention.
class LimitCheck {
 public:
  LimitCheck(const Intervention& intervention, const InterventionLimits& limits)
      : text_(intervention.text.empty() ? canonical_text(intervention.change) : intervention.text),
        limits_(limits) {}

  void operator()(const HeadsOff& off) const { check_unit(off.unit); }
  void operator()(const EntriesOff& off) const {
    check_sampled(off.unit, "level", "levels and points");
  }
  void operator()(const WeightsChange& change) const;
  void operator()(const OffsetsChange& change) const;
  void operator()(const ReferenceChange& change) const {
    check_sampled(change.unit, "reference", "reference points");
  }
  void operator()(const BranchOff& off) const {
    check_layers(off.branch <= Branch::kEncoderLayer, off.layers);
  }
  void operator()(const QueriesOff& off) const { check_queries(off.queries); }
  void operator()(const MemoryRegion&) const {}
  void operator()(const Patch& patch) const {
    patch.part == PatchPart::kOffsets ? check_sampled(patch.unit, "offset", "offsets")
                                      : check_unit(patch.unit);
  }
  void operator()(const EarlyExit& exit) const {
    check_set({.all = false, .some = {exit.layer}}, limits_.dec_layers, "decoder layers", "layer(");
  }

 private:
  [[noreturn]] void fail(std::size_t at, const std::string& what) const {
    throw TextFault(what, text_, at);
  }
  [[noreturn]] void fail_word(std::string_view word, const std::string& what) const {
    const std::size_t found = text_.find(word);
    fail(found == std::string::npos ? 0 : found, what);
  }

  void check_set(const IndexSet& set, long count, const char* what, std::string_view marker) const;
  void check_layers(bool in_encoder, const IndexSet& layers) const;
  void check_queries(const IndexSet& queries) const {
    check_set(queries, limits_.queries, "queries", "query[");
  }
  void check_unit(const AttentionUnit& unit) const;
  void check_sampled(const AttentionUnit& unit, std::string_view word, const char* what) const;
  bool is_dense(const AttentionUnit& unit) const {
    return !limits_.is_deformable || unit.module == AttentionModule::kDecoderSelf;
  }
  int points_of(const AttentionUnit& unit) const {
    return unit.module == AttentionModule::kEncoderSelf ? limits_.enc_points : limits_.dec_points;
  }

  std::string text_;
  const InterventionLimits& limits_;
};

// The largest number stands in the text as such; one inside a range would not.
void LimitCheck::check_set(const IndexSet& set, long count, const char* what,
                           std::string_view marker) const {
  if (set.all || set.some.empty() || set.some.back() < count) return;
  fail(place_of(text_, marker, set.some.back()),
       text_of("this model has ", what, " 0 to ", count - 1, ", not ", set.some.back()));
}

void LimitCheck::check_layers(bool in_encoder, const IndexSet& layers) const {
  if (in_encoder) return check_set(layers, limits_.enc_layers, "encoder layers", "enc.");
  check_set(layers, limits_.dec_layers, "decoder layers", "dec.");
}

void LimitCheck::check_unit(const AttentionUnit& unit) const {
  const bool in_encoder = unit.module == AttentionModule::kEncoderSelf;
  check_layers(in_encoder, unit.layers);
  check_set(unit.heads, limits_.heads, "heads", "head");
  if (!in_encoder) check_queries(unit.queries);
}

void LimitCheck::check_sampled(const AttentionUnit& unit, std::string_view word,
                               const char* what) const {
  check_unit(unit);
  if (is_dense(unit)) {
    const bool names_level = text_.find(word) != std::string::npos;
    fail_word(names_level ? word : "point",
              text_of(limits_.is_deformable ? "the decoder's self-attention is dense"
                                            : "this model is a plain DETR, its attention is dense",
                      ": it has no ", what));
  }
  check_set(unit.levels, limits_.levels, "levels", "level");
  check_set(unit.points, points_of(unit), "points", "point");
}

void LimitCheck::operator()(const WeightsChange& change) const {
  check_unit(change.unit);
  if (change.kind != WeightsChange::Kind::kValues) return;
  if (is_dense(change.unit))
    fail_word("values", "values are of levels and points, and this attention is dense");
  const std::size_t expected =
      static_cast<std::size_t>(limits_.levels) * static_cast<std::size_t>(points_of(change.unit));
  if (change.values.size() != expected)
    fail_word("values",
              text_of("this model has ", limits_.levels, " levels of ", points_of(change.unit),
                      " points: expected ", expected, " values, not ", change.values.size()));
}

// As many places as samples, as points, or one.
void LimitCheck::operator()(const OffsetsChange& change) const {
  check_sampled(change.unit, "offset", "offsets");
  if (change.kind != OffsetsChange::Kind::kAt) return;
  const std::size_t levels = count_of(change.unit.levels, limits_.levels);
  const std::size_t points = count_of(change.unit.points, points_of(change.unit));
  const std::size_t count = change.places.size();
  if (count == 1 || count == points || count == levels * points) return;
  const std::string of_each = levels > 1
                                  ? text_of(", ", levels * points, " (one for each of ", levels,
                                            " levels and ", points, " points, level by level)")
                                  : "";
  fail_word("at(", text_of("expected 1 place, ", points, " (one for each point)", of_each, ", not ",
                           count));
}

}  // namespace

void check_interventions(const std::vector<Intervention>& interventions,
                         const InterventionLimits& limits) {
  for (const Intervention& one : interventions) std::visit(LimitCheck(one, limits), one.change);
}

}  // namespace saccade
