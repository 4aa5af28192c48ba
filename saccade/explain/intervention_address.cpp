// The part of an intervention's text before its '='.
#include "saccade/explain/intervention_address.h"

#include <algorithm>

#include "saccade/explain/index_set_text.h"
#include "saccade/explain/region_text.h"

namespace saccade {
namespace {

using Kind = InterventionAddress::Kind;
using Part = InterventionAddress::Part;

// What may follow an attention module, in order; the last three exclude each other.
enum Piece { kHead, kLevel, kPoint, kQuery, kWeights, kOffset, kReference, kPieceCount };
constexpr const char* kPieceWords[kPieceCount] = {"head",    "level",  "point",    "query",
                                                  "weights", "offset", "reference"};

// Place in the order.
int rank_of(int piece) { return std::min<int>(piece, kWeights); }

// Why this piece may not follow what was read; empty where it may. `next` is the lowest rank left.
std::string refusal(const InterventionAddress& address, int piece, int next) {
  const AttentionModule module = address.unit.module;
  const bool is_sampled = piece == kLevel || piece == kPoint || piece >= kOffset;
  if (rank_of(piece) < next)
    return "expected the order head, level, point, query, then weights, offset or reference";
  if (is_sampled && module == AttentionModule::kDecoderSelf)
    return "the decoder's self-attention is dense: it has no levels, points, offsets or reference "
           "points";
  if (piece == kReference && module != AttentionModule::kDecoderCross)
    return "the encoder's reference points are its tokens' own places; expected "
           "dec.LAYERS.cross.reference";
  if (piece == kReference && (address.names_heads || address.names_entries))
    return "a reference point serves all heads, levels and points; expected none of them before it";
  if (piece == kWeights && address.names_entries)
    return "weights are changed for whole heads, over all their levels and points";
  return "";
}

IndexSet read_bracketed_set(TextCursor& cursor) {
  cursor.expect('[');
  IndexSet set = read_index_set(cursor);
  cursor.expect(']');
  return set;
}

void read_value_of(TextCursor& cursor, int piece, InterventionAddress& address) {
  AttentionUnit& unit = address.unit;
  switch (piece) {
    case kHead:
      unit.heads = read_index_set(cursor);
      address.names_heads = true;
      return;
    case kLevel:
    case kPoint:
      (piece == kLevel ? unit.levels : unit.points) = read_index_set(cursor);
      address.names_entries = true;
      return;
    case kQuery:
      unit.queries = read_bracketed_set(cursor);
      return;
    default:
      address.part = piece == kWeights  ? Part::kWeights
                     : piece == kOffset ? Part::kOffset
                                        : Part::kReference;
  }
}

// Reads one piece and returns its rank. `others`: words besides, for the message alone.
int read_piece(TextCursor& cursor, int next, const std::vector<std::string>& others,
               InterventionAddress& address) {
  const TextCursor before = cursor;
  const std::string_view word = cursor.word();
  std::vector<std::string> possible = others;
  for (int piece = 0; piece < kPieceCount; ++piece) {
    const std::string why_not = refusal(address, piece, next);
    if (why_not.empty()) possible.push_back(kPieceWords[piece]);
    if (word != kPieceWords[piece]) continue;
    if (!why_not.empty()) before.fail_at(before.at(), why_not);
    read_value_of(cursor, piece, address);
    return rank_of(piece);
  }
  before.fail_choice(possible);
}

// What follows the '.' after an attention module.
void read_pieces(TextCursor& cursor, const std::vector<std::string>& others,
                 InterventionAddress& address) {
  int rank = read_piece(cursor, 0, others, address);
  while (rank < kWeights && cursor.take('.')) rank = read_piece(cursor, rank + 1, {}, address);
}

// enc.LAYERS is the layer, its attention once more is said of it.
void read_encoder(TextCursor& cursor, InterventionAddress& address) {
  address.unit.module = AttentionModule::kEncoderSelf;
  address.kind = Kind::kLayer;
  if (!cursor.take('.')) return;
  TextCursor ahead = cursor;
  const std::string_view word = ahead.word();
  address.kind = word == "ffn" ? Kind::kFfn : Kind::kAttention;
  if (word != "self" && word != "ffn") return read_pieces(cursor, {"self", "ffn"}, address);
  cursor = ahead;
  if (word == "self" && cursor.take('.')) read_pieces(cursor, {}, address);
}

void read_decoder(TextCursor& cursor, InterventionAddress& address) {
  address.kind = Kind::kLayer;
  if (!cursor.take('.')) return;
  const std::size_t word = cursor.choice({"cross", "self", "ffn"});
  if (word == 1) address.unit.module = AttentionModule::kDecoderSelf;
  address.kind = word == 2 ? Kind::kFfn : Kind::kAttention;
  if (address.kind == Kind::kAttention && cursor.take('.')) read_pieces(cursor, {}, address);
}

void read_stack(TextCursor& cursor, bool is_encoder, InterventionAddress& address) {
  cursor.expect('.');
  address.unit.layers = read_index_set(cursor);
  is_encoder ? read_encoder(cursor, address) : read_decoder(cursor, address);
}

}  // namespace

InterventionAddress read_address(TextCursor& cursor) {
  InterventionAddress address;
  const std::size_t word = cursor.choice({"enc", "dec", "query", "memory", "output"});
  if (word <= 1) {
    read_stack(cursor, word == 0, address);
  } else if (word == 2) {
    address.kind = Kind::kQueries;
    address.queries = read_bracketed_set(cursor);
  } else if (word == 3) {
    address.kind = Kind::kMemory;
    address.polygon = read_region(cursor);
  } else {
    address.kind = Kind::kOutput;
  }
  return address;
}

}  // namespace saccade
