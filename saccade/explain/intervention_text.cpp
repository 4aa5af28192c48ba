// Interventions as text.
#include "saccade/explain/intervention_text.h"

#include "saccade/core/error.h"
#include "saccade/explain/index_set_text.h"
#include "saccade/explain/intervention_action.h"
#include "saccade/explain/intervention_address.h"
#include "saccade/explain/patch_source.h"
#include "saccade/explain/region_text.h"
#include "saccade/explain/text_cursor.h"

namespace saccade {
namespace {

constexpr std::size_t kMaxTextBytes = 65'536;

std::string module_text(const AttentionUnit& unit) {
  const std::string layers = index_set_text(unit.layers);
  switch (unit.module) {
    case AttentionModule::kEncoderSelf:
      return "enc." + layers + ".self";
    case AttentionModule::kDecoderSelf:
      return "dec." + layers + ".self";
    case AttentionModule::kDecoderCross:
      break;
  }
  return "dec." + layers + ".cross";
}

// Pieces that are said even where they are all, since their name decides what `off` means.
enum class Named { kNeither, kHeads, kLevels };

std::string piece_text(const char* word, const IndexSet& set, bool is_named = false) {
  return set.all && !is_named ? "" : word + index_set_text(set);
}

std::string unit_text(const AttentionUnit& unit, Named named = Named::kNeither) {
  const bool names_levels = named == Named::kLevels && unit.points.all;
  std::string text = module_text(unit) + piece_text(".head", unit.heads, named == Named::kHeads) +
                     piece_text(".level", unit.levels, names_levels) +
                     piece_text(".point", unit.points);
  if (!unit.queries.all) text += ".query[" + index_set_text(unit.queries) + "]";
  return text;
}

// "word(a,b)".
std::string call_text(const char* word, double a) {
  return text_of(word, "(", decimal_text(a), ")");
}
std::string call_text(const char* word, const std::array<double, 2>& point) {
  return text_of(word, "(", decimal_text(point[0]), ",", decimal_text(point[1]), ")");
}

std::string text_of_change(const HeadsOff& off) {
  const std::string unit = unit_text(off.unit, Named::kHeads);
  if (off.fill == HeadsOff::Fill::kZero) return unit + "=off";
  return unit + "=off(mean" + (off.means_file.empty() ? "" : "," + source_text(off.means_file)) +
         ")";
}

std::string text_of_change(const EntriesOff& off) {
  return unit_text(off.unit, Named::kLevels) + (off.renormalise ? "=off" : "=off(drop)");
}

std::string text_of_change(const BranchOff& off) {
  const std::string layers = index_set_text(off.layers);
  switch (off.branch) {
    case Branch::kEncoderSelf:
      return "enc." + layers + ".self=off";
    case Branch::kEncoderFfn:
      return "enc." + layers + ".ffn=off";
    case Branch::kEncoderLayer:
      return "enc." + layers + "=off";
    case Branch::kDecoderSelf:
      return "dec." + layers + ".self=off";
    case Branch::kDecoderCross:
      return "dec." + layers + ".cross=off";
    case Branch::kDecoderFfn:
      return "dec." + layers + ".ffn=off";
    case Branch::kDecoderLayer:
      break;
  }
  return "dec." + layers + "=off";
}

std::string values_text(const std::vector<double>& values) {
  std::string text;
  for (const double value : values) text += (text.empty() ? "" : " ") + decimal_text(value);
  return "values(" + text + ")";
}

std::string text_of_change(const WeightsChange& change) {
  const std::string weights = unit_text(change.unit) + ".weights=";
  switch (change.kind) {
    case WeightsChange::Kind::kUniform:
      return weights + "uniform";
    case WeightsChange::Kind::kMean:
      return weights + "mean";
    case WeightsChange::Kind::kArgmax:
      return weights + "argmax";
    case WeightsChange::Kind::kTemperature:
      return weights + call_text("temperature", change.temperature);
    case WeightsChange::Kind::kValues:
      break;
  }
  return weights + values_text(change.values);
}

std::string text_of_change(const OffsetsChange& change) {
  const std::string offset = unit_text(change.unit) + ".offset=";
  switch (change.kind) {
    case OffsetsChange::Kind::kScale:
      return offset + call_text("scale", change.amount);
    case OffsetsChange::Kind::kRotate:
      return offset + call_text("rotate", change.amount);
    case OffsetsChange::Kind::kJitter:
      return offset + "jitter(" + decimal_text(change.amount) + "," + std::to_string(change.seed) +
             ")";
    case OffsetsChange::Kind::kAt:
      return offset + "at" + places_text(change.places);
    case OffsetsChange::Kind::kMean:
      return offset + "mean";
    case OffsetsChange::Kind::kFreeze:
      break;
  }
  return offset + "freeze";
}

std::string text_of_change(const ReferenceChange& change) {
  const char* action = change.kind == ReferenceChange::Kind::kMove ? "move" : "set";
  return unit_text(change.unit) + ".reference=" + call_text(action, change.point);
}

std::string text_of_change(const QueriesOff& off) {
  const char* option = !off.from_output ? "(key)" : !off.as_keys ? "(output)" : "";
  return text_of("query[", index_set_text(off.queries), "]=off", option);
}

std::string text_of_change(const MemoryRegion& region) {
  return "memory" + region_text(region.polygon) +
         (region.forbids ? "=forbid" : "=" + call_text("prefer", region.logit_bias));
}

std::string text_of_change(const EarlyExit& exit) {
  return "output=layer(" + std::to_string(exit.layer) + ")";
}

std::string text_of_change(const Patch& patch) {
  if (patch.drawn)
    return unit_text(patch.unit, Named::kHeads) + "=off(resample" +
           (*patch.drawn == 0 ? "" : text_of(",", *patch.drawn)) + ")";
  const char* part = patch.part == PatchPart::kHeads     ? ""
                     : patch.part == PatchPart::kWeights ? ".weights"
                                                         : ".offset";
  return unit_text(patch.unit) + part + "=patch(" + source_text(patch.file) + ")";
}

}  // namespace

Intervention parse_intervention(std::string_view text) {
  if (text.size() > kMaxTextBytes)
    throw UsageError(
        text_of("an intervention of ", text.size(), " bytes, expected at most ", kMaxTextBytes));
  TextCursor cursor(text);
  cursor.skip_spaces();
  const InterventionAddress address = read_address(cursor);
  if (!cursor.take_spaced('=')) cursor.fail_expected("'=' and an action");
  Intervention intervention{std::string(text), read_action(cursor, address)};
  cursor.skip_spaces();
  if (!cursor.at_end()) cursor.fail_expected("nothing more");
  return intervention;
}

std::string canonical_text(const AttentionChange& change) {
  return std::visit([](const auto& one) { return text_of_change(one); }, change);
}

}  // namespace saccade
