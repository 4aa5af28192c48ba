// The architecture of a weights file, read from its names, shapes and args.
#pragma once

#include "saccade/checkpoint/weights_file.h"
#include "saccade/model/model_config.h"

namespace saccade {

// Everything that shapes tell comes from the shapes: family, backbone, classes, queries, layers,
// levels, points, refinement, stages. What they do not tell comes from the args: heads (else 8),
// dilation (else none), dropout. Throws Error when the file holds no detector we know.
ModelConfig config_from_weights(const WeightsFile& file);

// Whether the file is of the minimal DETR of DETR's demo notebook (make_notebook_detr), by its names.
bool is_notebook_detr(const WeightsFile& file);

// A model's options in the words of the official args, for files we write.
Args args_of(const ModelConfig& config);

}  // namespace saccade
