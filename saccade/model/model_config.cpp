// Which architectures exist.
#include "saccade/model/model_config.h"

#include "saccade/core/error.h"

namespace saccade {
namespace {

void check_range(const char* name, int value, int low, int high) {
  if (value < low || value > high)
    throw Error(text_of(name, " is ", value, ", expected ", low, " to ", high));
}

}  // namespace

void ModelConfig::check() const {
  const bool bottleneck = backbone == "resnet50" || backbone == "resnet101";
  if (!bottleneck && backbone != "resnet18" && backbone != "resnet34") {
    throw Error(
        text_of("backbone is ", backbone, ", expected resnet18, resnet34, resnet50 or resnet101"));
  }
  if (dilation && !bottleneck)
    throw Error(text_of("dilation (DC5) needs resnet50 or resnet101, not ", backbone));
  if (position_embedding != "sine" && position_embedding != "learned") {
    throw Error(
        text_of("position_embedding is ", position_embedding, ", expected sine or learned"));
  }
  check_range("num_classes", num_classes, 1, 1'000'000);
  check_range("num_queries", num_queries, 1, 100'000);
  check_range("hidden_dim", hidden_dim, 4, 65'536);
  check_range("nheads", nheads, 1, 1024);
  check_range("enc_layers", enc_layers, 0, 1000);
  check_range("dec_layers", dec_layers, 1, 1000);
  check_range("enc_n_points", enc_n_points, 1, 1024);
  check_range("dec_n_points", dec_n_points, 1, 1024);
  check_range("dim_feedforward", dim_feedforward, 1, 1'000'000);
  check_range("num_feature_levels", num_feature_levels, 1, 16);
  if (hidden_dim % nheads != 0)
    throw Error(text_of("hidden_dim ", hidden_dim, " is no multiple of nheads ", nheads));
  if (hidden_dim % 4 != 0)
    throw Error(text_of("hidden_dim ", hidden_dim, " is no multiple of 4 (sines and cosines)"));
  if (dropout < 0 || dropout >= 1)
    throw Error(text_of("dropout is ", dropout, ", expected 0 to below 1"));
  if (family == ModelFamily::kDetr) {
    if (num_feature_levels != 1 || with_box_refine || two_stage) {
      throw Error("plain DETR has one level, no box refinement and no second stage");
    }
    return;
  }
  if (num_feature_levels == 2) throw Error("num_feature_levels is 2, expected 1 or at least 3");
  if (hidden_dim % 32 != 0)
    throw Error(text_of("hidden_dim ", hidden_dim, " is no multiple of 32 (group norm)"));
  if (two_stage && !with_box_refine) throw Error("two_stage needs with_box_refine");
  if (two_stage && hidden_dim != 256)
    throw Error("two_stage needs hidden_dim 256 (its proposal embedding has 512)");
  if (pre_norm) throw Error("pre_norm exists for plain DETR only");
}

}  // namespace saccade
