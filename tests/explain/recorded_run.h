// A forward pass with what was recorded of it, for the tests of traces and of interventions.
#pragma once

#include <c10/core/InferenceMode.h>

#include "saccade/explain/trace.h"
#include "tests/explain/tiny_detector.h"

namespace saccade {

struct Recorded {
  ModelOutput output;
  Trace trace;
};

inline Recorded record(const Detector& detector, const FramedImage& image,
                       const RecordOptions& options) {
  const c10::InferenceMode no_gradients;
  TraceRecorder recorder(options);
  Recorded out;
  out.output = detector.forward(image.pixels, image.mask, &recorder);
  out.trace = recorder.trace();
  return out;
}

inline RecordOptions encoder_at(double x, double y, int level) {
  return {.decoder_cross = false, .encoder_place = ImagePlace{x, y, level}, .keep_value = true};
}

}  // namespace saccade
