// The device that a command computes on.
#pragma once

#include <c10/core/Device.h>

#include "saccade/cli/options.h"

namespace saccade {

// Opens --device; `local_rank` is this process's number among those of the machine. Says on stderr why "auto"
// is not the GPU that is there, unless `silent`. float32 then means float32: LibTorch's convolutions on a GPU
// would drop thirteen bits of it. Throws UsageError, also for a --precision that the device has not, and
// Error. Call it before the first use of at::.
at::Device open_model_device(const ModelOptions& options, int local_rank = 0, bool silent = false);

// Throws UsageError for a --precision that this device has not; `asked` is what --device said.
void check_precision(const std::string& precision, at::Device device, const std::string& asked);

}  // namespace saccade
