// The horizontal pass a row at a time, into a ring that holds what the vertical pass still reads.
#include "saccade/image/resize_rows.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "saccade/image/decode.h"

namespace saccade {
namespace {

using Planes = std::array<std::uint8_t*, 3>;

// Rows of three planes in one block of memory, each with room for whole groups and wide reads.
class PlaneRows {
 public:
  PlaneRows(int rows, int width)
      : stride_(static_cast<std::size_t>(width) + kRowPadding), bytes_(3 * rows * stride_) {}

  Planes row(int i) {
    std::uint8_t* const first = bytes_.data() + std::size_t{3} * i * stride_;
    return {first, first + stride_, first + 2 * stride_};
  }

 private:
  std::size_t stride_;
  std::vector<std::uint8_t> bytes_;
};

// Rows of the horizontal pass: made once, in order, and kept as long as the vertical pass needs them.
class WideRows {
 public:
  WideRows(const Image& image, const ResizeStep& step, int keep, const ResizeKernels& kernels)
      : image_(image),
        kernels_(kernels),
        keep_(keep),
        mirrored_(step.mirrored),
        source_(2, image.width),
        ring_(keep, step.part.width) {
    const int begin = step.part.x;
    const int end = begin + step.part.width;
    if (step.size.width != image.width || step.part.width != image.width) {
      taps_.emplace(make_resize_taps(image.width, step.size.width, begin, end), kernels);
    }
  }

  // Makes rows up to `end` - 1; those before `first` are no longer needed.
  void make(int first, int end) {
    for (int y = std::max(next_, first); y < end; ++y) make_row(y);
    next_ = std::max(next_, end);
  }
  const std::uint8_t* plane(int y, int channel) { return ring_.row(y % keep_)[channel]; }

 private:
  void make_row(int y) {
    const Planes to = ring_.row(y % keep_);
    if (!taps_) return split_row(y, to);
    const Planes from = source_.row(0);
    split_row(y, from);
    kernels_.across(taps_->view(), from.data(), to.data());
  }
  void split_row(int y, const Planes& to) {
    if (!mirrored_) return kernels_.split(image_.row(y), image_.width, to.data());
    const Planes from = source_.row(1);
    kernels_.split(image_.row(y), image_.width, from.data());
    for (int c = 0; c < 3; ++c) kernels_.mirror(from[c], image_.width, to[c]);
  }

  const Image& image_;
  const ResizeKernels& kernels_;
  int keep_;
  bool mirrored_;
  int next_ = 0;
  PlaneRows source_, ring_;
  std::optional<HorizontalTaps> taps_;
};

// The taps of one output row, with room for the longest.
struct RowTapsBuffer {
  std::vector<const std::uint8_t*> rows;
  std::vector<std::int32_t> high, low;

  explicit RowTapsBuffer(int most) : rows(most + 1), high((most + 1) / 2), low((most + 1) / 2) {}

  void pack(const std::int32_t* weights, int count) {
    for (int k = 0; k < count; k += 2) {
      const std::int32_t a = weights[k];
      const std::int32_t b = k + 1 < count ? weights[k + 1] : 0;
      high[k / 2] = (b >> kLowBits) << 16 | a >> kLowBits;
      low[k / 2] = (b & kLowMask) << 16 | (a & kLowMask);
    }
  }
};

}  // namespace

void resize_rows(const Image& image, const ResizeStep& step, const ResizeKernels& kernels,
                 const RowSink& sink) {
  check_image_size(image.width, image.height, "image to resize");
  step.check();
  const int begin = step.part.y;
  const ResizeTaps taps =
      make_resize_taps(image.height, step.size.height, begin, begin + step.part.height);
  const int most = *std::max_element(taps.count.begin(), taps.count.end());
  WideRows wide(image, step, most, kernels);
  RowTapsBuffer buffer(most);
  for (int y = 0; y < step.part.height; ++y) {
    const int first = taps.first[y];
    const int count = taps.count[y];
    wide.make(first, first + count);
    buffer.pack(taps.weights_of(y), count);
    const RowTaps row{buffer.rows.data(), taps.weights_of(y), buffer.high.data(), buffer.low.data(),
                      count};
    for (int c = 0; c < 3; ++c) {
      for (int k = 0; k < count; ++k) buffer.rows[k] = wide.plane(first + k, c);
      buffer.rows[count] = buffer.rows[0];
      sink(y, c, row);
    }
  }
}

}  // namespace saccade
