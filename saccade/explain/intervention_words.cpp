// What an intervention does, in words.
#include "saccade/explain/intervention_words.h"

#include <filesystem>
#include <string_view>

#include "saccade/core/error.h"
#include "saccade/explain/index_set_text.h"

namespace saccade {
namespace {

// "all heads", "head 5", "heads 0-2".
std::string set_words(std::string_view noun, std::string_view nouns, const IndexSet& set) {
  if (set.all) return text_of("all ", nouns);
  return text_of(set.some.size() == 1 ? noun : nouns, " ", index_set_text(set));
}

std::string layers_words(std::string_view stack, const IndexSet& layers) {
  if (layers.all) return text_of("all ", stack, " layers");
  return text_of(stack, " ", set_words("layer", "layers", layers));
}

std::string file_name_of(const std::string& path) {
  return std::filesystem::path(path).filename().string();
}

// "the cross-attention of decoder layer 3, for query 17 alone".
std::string place_words(const AttentionUnit& unit) {
  const bool is_encoder = unit.module == AttentionModule::kEncoderSelf;
  std::string words = unit.module == AttentionModule::kDecoderCross ? "the cross-attention of "
                                                                    : "the self-attention of ";
  words += layers_words(is_encoder ? "encoder" : "decoder", unit.layers);
  if (unit.queries.all) return words;
  return words + ", for " +
         (is_encoder ? set_words("token", "tokens", unit.queries)
                     : set_words("query", "queries", unit.queries)) +
         " alone";
}

// " of level 0, point 2 of head 5": what is named of the entries; empty where all is meant.
std::string entries_words(const AttentionUnit& unit) {
  std::string words;
  const auto add = [&](std::string_view before, const std::string& set) {
    words += text_of(words.empty() ? " of " : before, set);
  };
  if (!unit.levels.all) add("", set_words("level", "levels", unit.levels));
  if (!unit.points.all) add(", ", set_words("point", "points", unit.points));
  if (!unit.heads.all) add(" of ", set_words("head", "heads", unit.heads));
  return words;
}

std::string words_of(const HeadsOff& off) {
  const auto done = [&]() -> std::string {
    if (off.fill == HeadsOff::Fill::kZero) return "set to 0";
    if (off.means_file.empty()) return "replaced by its mean over the queries";
    return "replaced by the mean that " + file_name_of(off.means_file) + " has";
  };
  return text_of("the output of ", set_words("head", "heads", off.unit.heads), " ", done(), " in ",
                 place_words(off.unit));
}

std::string words_of(const EntriesOff& off) {
  return text_of("the weights", entries_words(off.unit), " set to 0 in ", place_words(off.unit),
                 ", the others of each head ",
                 off.renormalise ? "divided by their sum" : "as they were");
}

std::string words_of(const BranchOff& off) {
  const auto of = [&](std::string_view part, std::string_view stack) {
    return text_of(part, layers_words(stack, off.layers), " left out");
  };
  switch (off.branch) {
    case Branch::kEncoderSelf:
      return of("the self-attention of ", "encoder");
    case Branch::kEncoderFfn:
      return of("the feed-forward part of ", "encoder");
    case Branch::kEncoderLayer:
      return of("", "encoder");
    case Branch::kDecoderSelf:
      return of("the self-attention of ", "decoder");
    case Branch::kDecoderCross:
      return of("the cross-attention of ", "decoder");
    case Branch::kDecoderFfn:
      return of("the feed-forward part of ", "decoder");
    case Branch::kDecoderLayer:
      break;
  }
  return of("", "decoder");
}

std::string words_of(const WeightsChange& change) {
  const auto done = [&]() -> std::string {
    switch (change.kind) {
      case WeightsChange::Kind::kUniform:
        return "made uniform";
      case WeightsChange::Kind::kMean:
        return "replaced by their mean over the queries";
      case WeightsChange::Kind::kArgmax:
        return "put on the largest alone";
      case WeightsChange::Kind::kTemperature:
        return text_of("at temperature ", change.temperature);
      case WeightsChange::Kind::kValues:
        break;
    }
    return "replaced by given values";
  };
  return text_of("the weights", entries_words(change.unit), " ", done(), " in ",
                 place_words(change.unit));
}

std::string words_of(const OffsetsChange& change) {
  const auto done = [&]() -> std::string {
    switch (change.kind) {
      case OffsetsChange::Kind::kScale:
        return text_of("multiplied by ", change.amount);
      case OffsetsChange::Kind::kRotate:
        return text_of("turned clockwise by ", change.amount, " degrees");
      case OffsetsChange::Kind::kJitter:
        return text_of("jittered by ", change.amount, " cells (seed ", change.seed, ")");
      case OffsetsChange::Kind::kAt:
        return "replaced so that they lie at given places";
      case OffsetsChange::Kind::kMean:
        return "replaced by their mean over the queries";
      case OffsetsChange::Kind::kFreeze:
        break;
    }
    return "replaced by the learned pattern that no query changes";
  };
  return text_of("the samples' offsets", entries_words(change.unit), " ", done(), " in ",
                 place_words(change.unit));
}

std::string words_of(const ReferenceChange& change) {
  return text_of("the reference points ",
                 change.kind == ReferenceChange::Kind::kMove ? "moved by (" : "set to (",
                 change.point[0], ", ", change.point[1], ") px in ", place_words(change.unit));
}

std::string words_of(const QueriesOff& off) {
  return text_of(set_words("query", "queries", off.queries),
                 off.as_keys ? " hidden from the other queries" : "",
                 off.as_keys && off.from_output ? " and" : "",
                 off.from_output ? " without detections" : "");
}

std::string words_of(const MemoryRegion& region) {
  if (region.forbids) return "what the decoder reads in a region of the picture set to 0";
  return text_of("samples in a region of the picture preferred by ", region.logit_bias,
                 " in their logits");
}

std::string words_of(const EarlyExit& exit) {
  return text_of("classes and boxes taken after decoder layer ", exit.layer);
}

std::string words_of(const Patch& patch) {
  const auto part = [&]() -> std::string {
    if (patch.part == PatchPart::kWeights) return "the weights" + entries_words(patch.unit);
    if (patch.part == PatchPart::kOffsets)
      return "the samples' offsets" + entries_words(patch.unit);
    return "the output of " + set_words("head", "heads", patch.unit.heads);
  };
  return text_of(part(), " taken from ",
                 patch.drawn ? "another image of the set" : file_name_of(patch.file), " in ",
                 place_words(patch.unit));
}

}  // namespace

std::string intervention_words(const AttentionChange& change) {
  return std::visit([](const auto& one) { return words_of(one); }, change);
}

}  // namespace saccade
