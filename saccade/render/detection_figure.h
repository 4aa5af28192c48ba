// The picture of `detect`: boxes, labels and scores, on a page or on the photograph itself.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "saccade/core/boxes.h"
#include "saccade/render/page_layout.h"

namespace saccade {

struct NamedDetection {
  Detection detection;  // box in pixels of the original image
  std::string name;     // of its class
};

struct TruthBox {
  BoxXyxy box;
  std::int64_t label = 0;  // class index
};

struct DetectionFigure {
  FigurePhoto photo;
  std::vector<NamedDetection> detections;  // those above the threshold, by falling score
  std::vector<TruthBox> truth;             // drawn dashed; may be empty
  double threshold = 0.5;
  // The best detection below the threshold, for an empty picture.
  std::optional<NamedDetection> best_below;
  int kept = 100;        // rows the detector returned
  int queries = 0;       // Q
  int classes = 0;       // K
  bool softmax = false;  // plain DETR: best class of each query
};

enum class DetectionLayout {
  kPage,    // column page: picture, list, caption
  kNative,  // the photo at its own size with boxes and labels, nothing else
};

// Throws UsageError (suffix), Error (empty photo, unwritable file).
void draw_detection_figure(const DetectionFigure& figure, DetectionLayout layout,
                           const std::filesystem::path& out, const FigureRecord& record);

}  // namespace saccade
