// What a detector is made of: everything that decides its tensors and its forward pass.
#pragma once

#include <cstdint>
#include <string>

namespace saccade {

enum class ModelFamily { kDeformableDetr, kDetr };
enum class BackboneNorm { kFrozen, kBatch, kGroup };

// Names are the official options; see spec of the papers for meanings.
struct ModelConfig {
  ModelFamily family = ModelFamily::kDeformableDetr;
  std::string backbone = "resnet50";  // resnet18, resnet34, resnet50, resnet101
  bool dilation = false;              // DC5: last stage with stride 1
  BackboneNorm norm = BackboneNorm::kFrozen;
  std::string position_embedding = "sine";  // sine or learned
  int num_classes = 91;  // outputs of the class head; plain DETR: the no-object output included
  int num_queries = 300;
  int hidden_dim = 256;
  int nheads = 8;
  int num_feature_levels = 4;  // Deformable: 1 or >= 3; plain DETR: 1
  int enc_layers = 6;
  int dec_layers = 6;
  int enc_n_points = 4;
  int dec_n_points = 4;
  int dim_feedforward = 1024;  // plain DETR: 2048
  double dropout = 0.1;
  bool with_box_refine = false;
  bool two_stage = false;  // needs with_box_refine
  bool pre_norm = false;   // plain DETR only

  // Throws Error that names the field which is out of range or does not go with another.
  void check() const;
};

}  // namespace saccade
