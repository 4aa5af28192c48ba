// One image in a model, kept between requests: its session, and what the page drew of the baseline.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "saccade/explain/attribution.h"
#include "saccade/explain/intervention_session.h"
#include "saccade/server/decoder_view.h"
#include "saccade/server/run_watch.h"

namespace saccade {

struct DecoderRun {
  DecoderView view;
  bool encoder = false;  // whether the encoder was run again
  int first_layer = 0;   // first decoder layer that was
  double ms = 0;
};

// An encoder token and its cell.
struct TokenCell {
  std::int64_t token = 0;
  int level = 0;
  std::int64_t column = 0, row = 0;
  BoxXyxy box;  // pixels of the original image
};

struct TokenView {
  TokenCell cell;
  at::Tensor points, weights;  // packed: [layers, M, L, P, 2] and [layers, M, L, P]
  at::Tensor query_specific;   // [layers, M + 1, 2] of all tokens, as specific_parts
  std::vector<at::Tensor>
      read_by;  // of each level [layers, H, W]: the weight with which its tokens read this one
};

struct FlowView {
  TokenCell cell;
  std::vector<at::Tensor> share;  // of each level [H, W]
};

// What a query's detection is due to.
struct AttributionView {
  AttributionMethod method;
  AttributionTarget target;
  double value = 0;  // of the target: logit, or pixels
  AttributionMap map;
};

class OpenImage {
 public:
  // Decodes and runs the baseline, at this longest side (0: as the model wants it). Throws Error: the bytes are no image;
  // RunStopped.
  OpenImage(const LoadedModel& model, std::span<const std::byte> bytes, const std::string& name,
            bool apply_exif, int longest_side, const StopFlag& stop, const TellProgress& tell);

  int width() const { return width_; }
  int height() const { return height_; }
  int input_width() const { return static_cast<int>(session_->pixels().size(3)); }
  int input_height() const { return static_cast<int>(session_->pixels().size(2)); }
  const std::vector<LevelShape>& levels() const { return session_->levels(); }

  // Throws RunStopped.
  DecoderRun run(const Interventions& interventions, const StopFlag& stop,
                 const TellProgress& tell) const;
  // The detections of that run alone.
  std::vector<Detection> detections(const Interventions& interventions, const StopFlag& stop) const;
  // The encoder's token at a place, pixels. Throws UsageError: no such level, a plain DETR.
  TokenView token(double x, double y, int level, const Interventions& interventions,
                  const StopFlag& stop, const TellProgress& tell) const;

  // What a query heard of the others in a decoder layer, [M, Q]. Throws UsageError: no such query or layer.
  at::Tensor heard(int query, int layer, const Interventions& interventions, const StopFlag& stop,
                   const TellProgress& tell) const;
  // Where the encoder's token at a place has what it knows after encoder layer `layer` from. Throws UsageError: no such
  // level or layer, a plain DETR.
  FlowView flow(double x, double y, int level, int layer, const Interventions& interventions,
                const StopFlag& stop, const TellProgress& tell) const;

  // A map of attribution; the image is run once more for the first of the same interventions. Throws UsageError: no such query, class
  // or layer, a method that this kind of model has not.
  AttributionView attribution(AttributionMethod method, const AttributionTarget& target,
                              AttributionOptions options, const Interventions& interventions,
                              const StopFlag& stop, const TellProgress& tell) const;

  std::size_t bytes() const {
    return session_->bytes() + bytes_of(baseline_) + (attributed_ ? attributed_->bytes() : 0);
  }

 private:
  OriginalSize original() const {
    return {static_cast<double>(width_), static_cast<double>(height_)};
  }
  // Throws UsageError: no such level, a plain DETR, a place outside the image.
  ImagePlace token_place(double x, double y, int level) const;

  const LoadedModel& model_;
  int width_ = 0, height_ = 0;
  std::optional<InterventionSession> session_;
  DecoderView baseline_;
  // Of the interventions that were asked about last.
  mutable std::unique_ptr<const Attributor> attributed_;
  mutable std::vector<std::string> attributed_with_;
};

}  // namespace saccade
