// What the attention of one query did, in numbers.
#include "saccade/core/attention_statistics.h"

namespace saccade {

std::string attention_number_name(int number) {
  constexpr const char* kNames[] = {"radius", "entropy", "in_box", "outside_image"};
  if (number < kNumAttentionNumbers) return kNames[number];
  return "level" + std::to_string(number - kNumAttentionNumbers);
}

}  // namespace saccade
