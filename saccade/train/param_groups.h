// Which tensors are trained, and in which group of the optimizer.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "saccade/model/detector.h"
#include "saccade/train/train_config.h"

namespace saccade {

struct Parameter {
  std::string name;   // the first of its official names
  at::Tensor tensor;  // the detector's own: what is done to it in place is done to the detector
};

struct ParamGroup {
  double lr = 0;  // base rate
  std::vector<Parameter> parameters;
};

// The official groups, each tensor once and in the order of state_dict: everything else, backbone and,
// for Deformable DETR, what learns slowly (references and sampling offsets). A group may be empty.
// Turns gradients on for these tensors and off for all others. lr_backbone not above 0 freezes the
// backbone. Throws Error where a name is in two groups. Source: training.md 3.
std::vector<ParamGroup> make_param_groups(Detector& detector, const TrainConfig& config);

// All parameters, group after group: what an optimizer numbers from 0.
std::vector<Parameter> all_parameters(const std::vector<ParamGroup>& groups);

}  // namespace saccade
