// The part of an intervention's text after its '='.
#include "saccade/explain/intervention_action.h"

#include <optional>

#include "saccade/explain/patch_source.h"
#include "saccade/explain/region_text.h"

namespace saccade {
namespace {

using Kind = InterventionAddress::Kind;
using Part = InterventionAddress::Part;

constexpr std::size_t kMaxValues = 10'000;
constexpr double kMinTemperature = 1e-6;  // logits over less may overflow; argmax is the limit

double number_from(TextCursor& cursor, double lowest) {
  const std::size_t begin = cursor.at();
  const double number = cursor.number();
  if (number < lowest)
    cursor.fail_at(begin, text_of("expected a number of ", decimal_text(lowest), " or more"));
  return number;
}

double number_in_brackets(TextCursor& cursor, double lowest = -TextCursor::kMaxNumber) {
  cursor.open_bracket();
  const double number = number_from(cursor, lowest);
  cursor.close_bracket();
  return number;
}

std::array<double, 2> point_in_brackets(TextCursor& cursor) {
  cursor.open_bracket();
  const double x = cursor.number();
  cursor.expect_spaced(',');
  const double y = cursor.number();
  cursor.close_bracket();
  return {x, y};
}

// Whether the word that comes next is "patch".
bool is_patch(const TextCursor& cursor) {
  TextCursor ahead = cursor;
  return ahead.word() == "patch";
}

AttentionChange read_patch(TextCursor& cursor, const AttentionUnit& unit, PatchPart part) {
  cursor.choice({"patch"});
  return Patch{.unit = unit, .part = part, .file = read_patch_source(cursor)};
}

// Reads "off" and, where an option in brackets follows, which of `options` it is.
std::optional<std::size_t> read_off(TextCursor& cursor, const std::vector<std::string>& options) {
  cursor.choice({"off"});
  if (!cursor.take('(')) return std::nullopt;
  cursor.skip_spaces();
  const std::size_t option = cursor.choice(options);
  cursor.close_bracket();
  return option;
}

Branch branch_of(const InterventionAddress& address) {
  const AttentionModule module = address.unit.module;
  const bool in_encoder = module == AttentionModule::kEncoderSelf;
  if (address.kind == Kind::kLayer)
    return in_encoder ? Branch::kEncoderLayer : Branch::kDecoderLayer;
  if (address.kind == Kind::kFfn) return in_encoder ? Branch::kEncoderFfn : Branch::kDecoderFfn;
  if (in_encoder) return Branch::kEncoderSelf;
  return module == AttentionModule::kDecoderSelf ? Branch::kDecoderSelf : Branch::kDecoderCross;
}

AttentionChange read_branch_off(TextCursor& cursor, const InterventionAddress& address) {
  cursor.choice({"off"});
  return BranchOff{branch_of(address), address.unit.layers};
}

// "off", "off(zero)", "off(mean)", "off(mean,FILE)", "off(resample)", "off(resample,SEED)" or "patch(FILE)" of heads; nothing where
// "off" says no more.
std::optional<AttentionChange> read_heads_off(TextCursor& cursor, const AttentionUnit& unit) {
  if (is_patch(cursor)) return read_patch(cursor, unit, PatchPart::kHeads);
  cursor.choice({"off", "patch"});
  if (!cursor.take('(')) return std::nullopt;
  cursor.skip_spaces();
  const std::size_t fill = cursor.choice({"zero", "mean", "resample"});
  const bool has_more = fill != 0 && cursor.take_spaced(',');
  AttentionChange change = HeadsOff{.unit = unit};
  if (fill == 1) {
    const std::string file = has_more ? read_means_source(cursor) : "";
    change = HeadsOff{.unit = unit, .fill = HeadsOff::Fill::kMean, .means_file = file};
  } else if (fill == 2) {
    const std::uint64_t seed = has_more ? cursor.seed() : 0;
    change = Patch{.unit = unit, .part = PatchPart::kHeads, .drawn = seed};
  }
  cursor.close_bracket();
  return change;
}

AttentionChange read_attention_off(TextCursor& cursor, const InterventionAddress& address) {
  const std::size_t begin = cursor.at();
  const AttentionUnit& unit = address.unit;
  if (address.names_entries)
    return EntriesOff{unit, read_off(cursor, {"renorm", "drop"}).value_or(0) == 0};
  if (const auto change = read_heads_off(cursor, unit)) return *change;
  if (address.names_heads) return HeadsOff{.unit = unit};
  if (!unit.queries.all)
    cursor.fail_at(begin,
                   "a branch is off for all queries; for some, expected heads before "
                   "query[...], such as head*");
  return BranchOff{branch_of(address), unit.layers};
}

std::vector<double> read_values(TextCursor& cursor, const AttentionUnit& unit, std::size_t word) {
  if (unit.module == AttentionModule::kDecoderSelf)
    cursor.fail_at(word,
                   "the decoder's self-attention is dense: it has no levels and points that "
                   "values could be of");
  std::vector<double> values;
  cursor.open_bracket();
  while (true) {
    values.push_back(number_from(cursor, 0));
    if (values.size() > kMaxValues)
      cursor.fail_at(cursor.at(), text_of("expected at most ", kMaxValues, " values"));
    const bool is_spaced = cursor.take(' ');
    cursor.skip_spaces();
    if (cursor.take(')')) return values;
    if (!is_spaced) cursor.fail_expected("a space or ')'");
  }
}

AttentionChange read_weights(TextCursor& cursor, const AttentionUnit& unit) {
  const std::size_t begin = cursor.at();
  if (is_patch(cursor)) return read_patch(cursor, unit, PatchPart::kWeights);
  WeightsChange change{.unit = unit};
  change.kind = static_cast<WeightsChange::Kind>(  // the words in the order of the kinds
      cursor.choice({"uniform", "mean", "argmax", "temperature", "values", "patch"}));
  if (change.kind == WeightsChange::Kind::kTemperature)
    change.temperature = number_in_brackets(cursor, kMinTemperature);
  if (change.kind == WeightsChange::Kind::kValues) change.values = read_values(cursor, unit, begin);
  return change;
}

OffsetsChange read_jitter(TextCursor& cursor, OffsetsChange change) {
  cursor.open_bracket();
  change.amount = number_from(cursor, 0);
  if (cursor.take_spaced(',')) change.seed = cursor.seed();
  cursor.close_bracket();
  return change;
}

AttentionChange read_offsets(TextCursor& cursor, const AttentionUnit& unit) {
  using Offsets = OffsetsChange::Kind;
  if (is_patch(cursor)) return read_patch(cursor, unit, PatchPart::kOffsets);
  OffsetsChange change{.unit = unit};
  change.kind = static_cast<Offsets>(
      cursor.choice({"scale", "rotate", "jitter", "freeze", "at", "mean", "patch"}));
  if (change.kind == Offsets::kJitter) return read_jitter(cursor, change);
  if (change.kind == Offsets::kAt) {
    change.places = read_places(cursor);
  } else if (change.kind != Offsets::kFreeze && change.kind != Offsets::kMean) {
    change.amount = number_in_brackets(cursor);
  }
  return change;
}

AttentionChange read_reference(TextCursor& cursor, const AttentionUnit& unit) {
  const auto kind = static_cast<ReferenceChange::Kind>(cursor.choice({"move", "set"}));
  return ReferenceChange{unit, kind, point_in_brackets(cursor)};
}

AttentionChange read_attention(TextCursor& cursor, const InterventionAddress& address) {
  switch (address.part) {
    case Part::kOutput:
      return read_attention_off(cursor, address);
    case Part::kWeights:
      return read_weights(cursor, address.unit);
    case Part::kOffset:
      return read_offsets(cursor, address.unit);
    case Part::kReference:
      break;
  }
  return read_reference(cursor, address.unit);
}

AttentionChange read_queries_off(TextCursor& cursor, const IndexSet& queries) {
  const auto option = read_off(cursor, {"key", "output"});
  const bool key_alone = option == 0u, output_alone = option == 1u;
  return QueriesOff{queries, !output_alone, !key_alone};
}

AttentionChange read_memory(TextCursor& cursor, const InterventionAddress& address) {
  MemoryRegion region{.polygon = address.polygon};
  region.forbids = cursor.choice({"forbid", "prefer"}) == 0;
  if (!region.forbids) region.logit_bias = number_in_brackets(cursor);
  return region;
}

AttentionChange read_output(TextCursor& cursor) {
  cursor.choice({"layer"});
  cursor.open_bracket();
  const EarlyExit exit{cursor.index()};
  cursor.close_bracket();
  return exit;
}

}  // namespace

AttentionChange read_action(TextCursor& cursor, const InterventionAddress& address) {
  switch (address.kind) {
    case Kind::kAttention:
      return read_attention(cursor, address);
    case Kind::kLayer:
    case Kind::kFfn:
      return read_branch_off(cursor, address);
    case Kind::kQueries:
      return read_queries_off(cursor, address.queries);
    case Kind::kMemory:
      return read_memory(cursor, address);
    case Kind::kOutput:
      break;
  }
  return read_output(cursor);
}

}  // namespace saccade
