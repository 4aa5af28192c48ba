// Where in a detector attention happens, and which residual branches its layers have.
#pragma once

namespace saccade {

enum class AttentionSite { kEncoderSelf, kDecoderSelf, kDecoderCross };

enum class Branch { kEncoderSelf, kEncoderFfn, kDecoderSelf, kDecoderCross, kDecoderFfn };

}  // namespace saccade
