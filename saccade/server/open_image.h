// One image in a model, kept between requests: its session, and what the page drew of the baseline.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

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

struct TokenView {
  std::int64_t token = 0;
  int level = 0;
  std::int64_t column = 0, row = 0;
  BoxXyxy cell;                // pixels of the original image
  at::Tensor points, weights;  // packed: [layers, M, L, P, 2] and [layers, M, L, P]
  std::vector<at::Tensor>
      read_by;  // of each level [layers, H, W]: the weight with which its tokens read this one
};

class OpenImage {
 public:
  // Decodes and runs the baseline. Throws Error: the bytes are no image.
  OpenImage(const LoadedModel& model, std::span<const std::byte> bytes, const std::string& name,
            bool apply_exif);

  int width() const { return width_; }
  int height() const { return height_; }
  int input_width() const { return input_width_; }
  int input_height() const { return input_height_; }
  const std::vector<LevelShape>& levels() const { return session_->levels(); }

  // Throws RunStopped.
  DecoderRun run(const Interventions& interventions, const StopFlag& stop,
                 const TellProgress& tell) const;
  // The detections of that run alone.
  std::vector<Detection> detections(const Interventions& interventions, const StopFlag& stop) const;
  // The encoder's token at a place, pixels. Throws UsageError: no such level, a plain DETR.
  TokenView token(double x, double y, int level, const Interventions& interventions,
                  const StopFlag& stop, const TellProgress& tell) const;

  std::size_t bytes() const { return session_->bytes() + bytes_of(baseline_); }

 private:
  const LoadedModel& model_;
  int width_ = 0, height_ = 0, input_width_ = 0, input_height_ = 0;
  std::optional<InterventionSession> session_;
  DecoderView baseline_;
};

}  // namespace saccade
