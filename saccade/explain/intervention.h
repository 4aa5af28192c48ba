// What a person changes in a detector's attention, as data. The text that says it is read by intervention_text.h, what it does to
// a forward pass is in intervener.h; docs/interventions.md has the meaning of each kind with its maths.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "saccade/model/attention_site.h"

namespace saccade {

// Numbers of layers, heads, levels, points or queries: all that there are, or those listed.
struct IndexSet {
  bool all = true;
  std::vector<int> some;  // ascending, each once; empty where `all`

  bool has(int index) const;
  bool operator==(const IndexSet&) const = default;
};

using AttentionModule = AttentionSite;

// A part of the attention modules of some layers. Levels and points are of deformable attention alone.
struct AttentionUnit {
  AttentionModule module = AttentionModule::kDecoderCross;
  IndexSet layers, heads, levels, points;
  IndexSet queries;  // whose attention is changed (encoder: tokens)
  bool operator==(const AttentionUnit&) const = default;
};

struct HeadMeans;  // head_means.h

// The heads' outputs before the output projection. `levels` and `points` of the unit are all.
struct HeadsOff {
  enum class Fill { kZero, kMean };
  AttentionUnit unit;
  Fill fill = Fill::kZero;
  // Of kMean: of the data set that this file tells of; empty: of all queries of the image.
  std::string means_file{};
  std::shared_ptr<const HeadMeans> means{};  // what the file says: set by Donors (donors.h)

  bool operator==(const HeadsOff& other) const {
    return unit == other.unit && fill == other.fill && means_file == other.means_file;
  }
};

// The weights of some levels or points become 0; the others of the head keep theirs or share them out.
struct EntriesOff {
  AttentionUnit unit;
  bool renormalise = true;
  bool operator==(const EntriesOff&) const = default;
};

// A residual branch adds nothing; the norm after it stays.
struct BranchOff {
  Branch branch = Branch::kDecoderCross;
  IndexSet layers;

  // Whether this one branch (not a whole layer) of this layer is off.
  bool has(Branch one, int layer) const;
  bool operator==(const BranchOff&) const = default;
};

// Weights of the unit's heads over all their levels and points, or keys.
struct WeightsChange {
  enum class Kind { kUniform, kMean, kArgmax, kTemperature, kValues };
  AttentionUnit unit;
  Kind kind = Kind::kUniform;
  double temperature = 1;      // of kTemperature, above 0
  std::vector<double> values;  // of kValues: of each level and point, level by level, 0 or more
  bool operator==(const WeightsChange&) const = default;
};

// Where samples lie around their reference point.
struct OffsetsChange {
  enum class Kind { kScale, kRotate, kJitter, kFreeze, kAt, kMean };
  AttentionUnit unit;
  Kind kind = Kind::kScale;
  // Factor; degrees, clockwise on the picture; cells of the level (standard deviation).
  double amount = 1;
  std::uint64_t seed = 0;  // of kJitter
  // Of kAt: (x, y), pixels of the original image: one for all samples, one for each point named or one for each level and
  // point, level by level.
  std::vector<std::array<double, 2>> places{};
  bool operator==(const OffsetsChange&) const = default;
};

// The reference points that attention looks around; boxes are refined from where they were.
struct ReferenceChange {
  enum class Kind { kMove, kSet };
  AttentionUnit unit;  // of the cross-attention; heads, levels and points are all
  Kind kind = Kind::kMove;
  // Pixels of the original image: dx, dy of kMove, the new centre of kSet.
  std::array<double, 2> point{};
  bool operator==(const ReferenceChange&) const = default;
};

struct QueriesOff {
  IndexSet queries;
  // One of the two at least.
  bool as_keys = true;      // other queries no longer attend to them
  bool from_output = true;  // they detect nothing
  bool operator==(const QueriesOff&) const = default;
};

// Cells of the encoder's memory whose centre lies in a polygon, for the decoder's cross-attention of every layer.
struct MemoryRegion {
  // (x, y), pixels of the original image, three or more.
  std::vector<std::array<double, 2>> polygon;
  bool forbids = true;    // their value is 0; else samples inside are preferred:
  double logit_bias = 0;  // added to their logits
  bool operator==(const MemoryRegion&) const = default;
};

// Classes and boxes are those after this decoder layer.
struct EarlyExit {
  int layer = 0;
  bool operator==(const EarlyExit&) const = default;
};

struct DonorRun;  // donor_run.h

enum class PatchPart { kHeads, kWeights, kOffsets };

// What a unit's heads give, its weights or its offsets, as they are in another run: of the same model on another image, or of other
// weights on the same images.
struct Patch {
  AttentionUnit unit;  // kHeads, kWeights: levels and points are all
  PatchPart part = PatchPart::kHeads;
  std::string file;  // an image or weights, by its suffix (patch_source.h)
  // Instead of a file: for each image of a data set another one of it, drawn with this seed (study/set_donors.h). Of
  // kHeads alone.
  std::optional<std::uint64_t> drawn{};
  std::shared_ptr<const DonorRun> donor{};  // what the run gave: set by Donors (donors.h)

  bool operator==(const Patch& other) const {
    return unit == other.unit && part == other.part && file == other.file && drawn == other.drawn;
  }
};

using AttentionChange = std::variant<HeadsOff, EntriesOff, BranchOff, WeightsChange, OffsetsChange,
                                     ReferenceChange, QueriesOff, MemoryRegion, EarlyExit, Patch>;

struct Intervention {
  std::string text;  // as it was given
  AttentionChange change;
};

}  // namespace saccade
