// Where in a detector attention happens, and which residual branches its layers have.
#pragma once

namespace saccade {

enum class AttentionSite { kEncoderSelf, kDecoderSelf, kDecoderCross };

// A residual branch of a layer; a layer stands for all of its branches.
enum class Branch {
  kEncoderSelf,
  kEncoderFfn,
  kEncoderLayer,
  kDecoderSelf,
  kDecoderCross,
  kDecoderFfn,
  kDecoderLayer
};

}  // namespace saccade
