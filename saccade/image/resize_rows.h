// Both passes of a resize row by row: neither the widened picture nor anything else is kept whole.
#pragma once

#include <functional>

#include "saccade/image/cpu/resize_kernels.h"
#include "saccade/image/image.h"
#include "saccade/image/resize.h"

namespace saccade {

// Called for rows 0 to size.height - 1 in order, for channels 0 to 2 of each: the widened rows that
// make up this one. What `taps` points to is valid during the call.
using RowSink = std::function<void(int y, int channel, const RowTaps& taps)>;

// Widens (or narrows) the rows of `image` to size.width and hands them to `sink`. Throws Error when
// either has no pixels or the size is too large.
void resize_rows(const Image& image, ImageSize size, const ResizeKernels& kernels,
                 const RowSink& sink);

}  // namespace saccade
