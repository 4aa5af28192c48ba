// Overlap and area of detections and truths.
#include "saccade/eval/iou_source.h"

#include "saccade/core/error.h"
#include "saccade/data/mask_rle.h"

namespace saccade {
namespace {

class BoxIou : public IouSource {
 public:
  BoxIou(const CocoDataSet& data, const CocoResults& results) : data_(data), results_(results) {}

  void ious(std::span<const std::int32_t> detections, std::span<const std::int32_t> truths,
            std::vector<double>& ious) const override {
    ious.resize(detections.size() * truths.size());
    double* out = ious.data();
    for (const std::int32_t d : detections) {
      const BoxXywh& box = results_.detections[d].box;
      for (const std::int32_t t : truths) {
        const CocoAnnotation& truth = data_.annotations()[t];
        *out++ = box_iou(box, truth.box, truth.is_crowd);
      }
    }
  }

  double area(std::int32_t detection) const override {
    return results_.detections[detection].box.area();
  }

 private:
  const CocoDataSet& data_;
  const CocoResults& results_;
};

// Masks are read from their files and drawn when they are needed: a set's masks may not fit memory.
class MaskIou : public IouSource {
 public:
  MaskIou(const CocoDataSet& data, const CocoResults& results) : data_(data), results_(results) {}

  void ious(std::span<const std::int32_t> detections, std::span<const std::int32_t> truths,
            std::vector<double>& ious) const override {
    std::vector<MaskRle> truth_masks;
    for (const std::int32_t t : truths) truth_masks.push_back(truth_mask(t));
    ious.clear();
    for (const std::int32_t d : detections) {
      const MaskRle mask = detection_mask(d);
      for (std::size_t t = 0; t < truths.size(); ++t) {
        ious.push_back(overlap(mask, d, truth_masks[t], data_.annotations()[truths[t]]));
      }
    }
  }

  double area(std::int32_t detection) const override {
    if (results_.first_has_box) return results_.detections[detection].box.area();
    return static_cast<double>(mask_area(detection_mask(detection)));
  }

  MaskRle detection_mask(std::int32_t index) const {
    const CocoDetection& detection = results_.detections[index];
    const CocoImage& image = data_.images()[detection.image];
    const bool has_mask = !results_.segmentations.empty() && !results_.segmentations[index].empty();
    if (has_mask) {
      const Segmentation outline = segmentation_of(results_, index);
      return named(results_.path, "detection", index,
                   [&] { return mask_from(outline, image.width, image.height); });
    }
    return named(results_.path, "detection", index,
                 [&] { return mask_from_box(detection.box, image.width, image.height); });
  }

 private:
  MaskRle truth_mask(std::int32_t index) const {
    const CocoAnnotation& truth = data_.annotations()[index];
    const CocoImage& image = data_.images()[truth.image];
    const Segmentation outline = data_.segmentation(truth);
    if (outline.empty())
      throw Error(
          text_of(data_.path().string(), ": annotation ", id_text(truth.id),
                  ": no segmentation to compare masks with; evaluate boxes (bbox) instead"));
    return named(data_.path(), "annotation", id_text(truth.id),
                 [&] { return mask_from(outline, image.width, image.height); });
  }

  double overlap(const MaskRle& mask, std::int32_t detection, const MaskRle& truth,
                 const CocoAnnotation& annotation) const {
    if (mask.width == truth.width && mask.height == truth.height)
      return mask_iou(mask, truth, annotation.is_crowd);
    throw Error(text_of(results_.path.string(), ": detection ", detection, ": its mask is ",
                        mask.width, " x ", mask.height, ", that of annotation ",
                        id_text(annotation.id), " is ", truth.width, " x ", truth.height,
                        "; masks of one image must have one size"));
  }

  // Runs `make`; says in whose mask a fault lies.
  template <typename Id, typename Make>
  static MaskRle named(const std::filesystem::path& file, const char* kind, const Id& id,
                       const Make& make) {
    try {
      return make();
    } catch (const Error& error) {
      throw Error(text_of(file.string(), ": ", kind, " ", id, ": ", error.what()));
    }
  }

  const CocoDataSet& data_;
  const CocoResults& results_;
};

// Results that state masks alone: boxes and areas are those of the masks.
class BoxOfMaskIou : public IouSource {
 public:
  BoxOfMaskIou(const CocoDataSet& data, const CocoResults& results)
      : data_(data), masks_(data, results) {}

  void ious(std::span<const std::int32_t> detections, std::span<const std::int32_t> truths,
            std::vector<double>& ious) const override {
    ious.clear();
    for (const std::int32_t d : detections) {
      const BoxXywh box = mask_box(masks_.detection_mask(d));
      for (const std::int32_t t : truths) {
        const CocoAnnotation& truth = data_.annotations()[t];
        ious.push_back(box_iou(box, truth.box, truth.is_crowd));
      }
    }
  }

  double area(std::int32_t detection) const override {
    return static_cast<double>(mask_area(masks_.detection_mask(detection)));
  }

 private:
  const CocoDataSet& data_;
  MaskIou masks_;
};

}  // namespace

std::string_view name_of(IouType type) { return type == IouType::kBox ? "bbox" : "segm"; }

std::unique_ptr<IouSource> make_iou_source(IouType type, const CocoDataSet& data,
                                           const CocoResults& results) {
  if (type == IouType::kMask) return std::make_unique<MaskIou>(data, results);
  if (results.first_has_box || results.segmentations.empty())
    return std::make_unique<BoxIou>(data, results);
  return std::make_unique<BoxOfMaskIou>(data, results);
}

}  // namespace saccade
