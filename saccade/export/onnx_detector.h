// Whole detectors as ONNX nodes.
#pragma once

#include "saccade/export/onnx_attention.h"
#include "saccade/model/detector.h"

namespace saccade {

// What a graph takes and gives.
struct OnnxResult {
  OnnxValue logits;  // [N, Q, K], raw
  OnnxValue boxes;   // [N, Q, 4], cxcywh, shares of the image
};

// What the detector itself computes from the size of the image alone, once: positions and references.
struct OnnxSubject {
  const Detector& detector;
  const EncoderState& start;  // of one image without padding
  OnnxShapes shapes;
  OnnxOperator form = OnnxOperator::kGridSample;
};

OnnxResult onnx_deformable_detr(OnnxBuilder& build, const OnnxSubject& subject,
                                const OnnxValue& pixels);
OnnxResult onnx_detr(OnnxBuilder& build, const OnnxSubject& subject, const OnnxValue& pixels);

// [N, C, H, W] -> [N, H * W, C].
OnnxValue onnx_tokens(OnnxBuilder& build, const OnnxShapes& shapes, const OnnxValue& map);

}  // namespace saccade
