// Both passes of a resize row by row: neither the widened picture nor anything else is kept whole.
#pragma once

#include <functional>

#include "saccade/image/cpu/resize_kernels.h"
#include "saccade/image/image.h"
#include "saccade/image/resize.h"

namespace saccade {

// Called for the rows of step.part in order, from 0 on, for channels 0 to 2 of each: the widened rows that
// make up this one. What `taps` points to is valid during the call.
using RowSink = std::function<void(int y, int channel, const RowTaps& taps)>;

// Widens (or narrows) the rows of `image`, only what `step` needs of them, and hands them to `sink`.
// Throws Error when the image has no pixels, and as step.check().
void resize_rows(const Image& image, const ResizeStep& step, const ResizeKernels& kernels,
                 const RowSink& sink);

}  // namespace saccade
