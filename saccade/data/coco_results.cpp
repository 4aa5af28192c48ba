// Reads COCO result files.
#include "saccade/data/coco_results.h"

#include <algorithm>

#include "saccade/core/error.h"
#include "saccade/core/huge_pages.h"
#include "saccade/data/json_records.h"
#include "saccade/data/json_scanner.h"
#include "saccade/data/record_fields.h"

namespace saccade {
namespace {

// The detections of one slice, up to its first fault.
class DetectionSink : public RecordSink {
 public:
  explicit DetectionSink(const CocoDataSet& data) : data_(data) {}

  simdjson::error_code record(JsonValue& value, const SlicePlace& place,
                              std::int64_t index) override {
    if (!fault.empty()) return simdjson::SUCCESS;
    simdjson::ondemand::object object;
    bool is_object = false;
    if (const auto e = open_object(value, object, is_object)) return e;
    if (!is_object) {
      set_fault(index, text_of("is ", shown(value), ", not an object"));
      return simdjson::SUCCESS;
    }
    Fields fields;
    const auto error = for_each_field(object, [&](std::string_view key, JsonValue field) {
      return read_field(key, field, place, index, fields);
    });
    if (!error) finish(index, fields);
    return error;
  }

  std::vector<CocoDetection> detections;
  std::vector<FileRange> segmentations;  // as CocoResults
  std::int64_t unknown_categories = 0;
  bool first_has_box = false;
  std::int64_t first_without_box = -1;  // index in the slice; -1: each has one
  std::string fault;                    // of record `fault_index`
  std::int64_t fault_index = 0;

 private:
  struct Fields {
    CocoDetection detection{-1, -1, 0, {}};
    FileRange segmentation;
    bool has_image = false, has_category = false, has_box = false, has_score = false;
  };

  void set_fault(std::int64_t index, std::string what) {
    if (!fault.empty()) return;
    fault = std::move(what);
    fault_index = index;
  }

  // The index of an image; its detections mostly come one after another.
  int image_of(JsonValue& value, std::int64_t index) {
    RecordId id;
    if (value.get_int64().get(id.number) == simdjson::SUCCESS) {
      if (id.number == last_number_ && last_image_ >= 0) return last_image_;
      last_number_ = id.number;
      last_image_ = data_.image_index().find(id.number);
      if (last_image_ >= 0) return last_image_;
    } else if (!read_id(value, id)) {
      set_fault(index, "image_id " + id_fault(value));
      return -1;
    }
    const int image = data_.find_image(id);
    if (image < 0) {
      set_fault(index, text_of("image_id ", id_text(id), " is not among the images of ",
                               data_.path().string()));
    }
    return image;
  }

  int category_of(JsonValue& value, std::int64_t index) {
    RecordId id;
    if (value.get_int64().get(id.number) == simdjson::SUCCESS)
      return data_.category_index().find(id.number);
    if (!read_id(value, id)) set_fault(index, "category_id " + id_fault(value));
    return data_.find_category(id);
  }

  simdjson::error_code read_box(JsonValue& value, std::int64_t index, Fields& fields) {
    std::string_view raw = value.raw_json_token();
    if (is_null(value)) return simdjson::SUCCESS;
    double sides[4] = {};
    std::string what;
    if (const auto e = read_four(value, "bbox", sides, what)) return e;
    if (!what.empty()) {
      // Results of masks may have an empty list here.
      if (is_empty_list(raw)) return simdjson::SUCCESS;
      set_fault(index, std::move(what));
    }
    fields.has_box = true;
    fields.detection.box = {sides[0], sides[1], sides[2], sides[3]};
    if (sides[2] < 0 || sides[3] < 0)
      set_fault(index, text_of("bbox has a negative ", sides[2] < 0 ? "width (" : "height (",
                               std::min(sides[2], sides[3]), ")"));
    return simdjson::SUCCESS;
  }

  // `token` is a "[" and reaches into a buffer that goes on behind it.
  static bool is_empty_list(std::string_view token) {
    const char* at = token.data() + 1;
    while (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t') ++at;
    return token[0] == '[' && *at == ']';
  }

  simdjson::error_code read_field(std::string_view key, JsonValue& value, const SlicePlace& place,
                                  std::int64_t index, Fields& fields) {
    if (key == "image_id") {
      fields.has_image = true;
      fields.detection.image = image_of(value, index);
    } else if (key == "category_id") {
      fields.has_category = true;
      fields.detection.category = category_of(value, index);
    } else if (key == "bbox") {
      return read_box(value, index, fields);
    } else if (key == "score") {
      fields.has_score = true;
      if (!read_number(value, fields.detection.score))
        set_fault(index, text_of("score is ", shown(value), ", not a finite number"));
    } else if (key == "segmentation") {
      std::string_view raw;
      if (const auto e = read_raw(value, raw)) return e;
      if (!raw.empty())
        fields.segmentation = {place.file_offset(raw.data()),
                               static_cast<std::int64_t>(raw.size())};
    }
    return simdjson::SUCCESS;
  }

  void finish(std::int64_t index, const Fields& fields) {
    if (index == 0) first_has_box = fields.has_box;
    if (!fields.has_box && first_without_box < 0) first_without_box = index;
    if (!fields.has_image) set_fault(index, "has no image_id");
    if (!fields.has_category) set_fault(index, "has no category_id");
    if (!fields.has_score) set_fault(index, "has no score");
    if (!fields.has_box && fields.segmentation.empty())
      set_fault(index, "has neither bbox nor segmentation");
    if (!fault.empty()) return;
    if (fields.detection.category < 0) {
      ++unknown_categories;
      return;
    }
    if (!fields.segmentation.empty()) segmentations.resize(detections.size());
    detections.push_back(fields.detection);
    if (!fields.segmentation.empty() || !segmentations.empty())
      segmentations.push_back(fields.segmentation);
  }

  const CocoDataSet& data_;
  std::int64_t last_number_ = 0;
  int last_image_ = -1;
};

// Joins the slices in the file's order.
class ResultsJoiner {
 public:
  explicit ResultsJoiner(CocoResults& results) : results_(results) {}

  void take(const DetectionSink& sink, std::int64_t first, std::int64_t end) {
    if (!sink.fault.empty()) {
      throw Error(
          text_of(results_.path.string(), ": [", first + sink.fault_index, "] ", sink.fault));
    }
    if (first == 0) results_.first_has_box = sink.first_has_box;
    if (results_.first_has_box && sink.first_without_box >= 0) {
      throw Error(text_of(
          results_.path.string(), ": [", first + sink.first_without_box,
          "] has no bbox, though the first record has one; give one to each record or to none"));
    }
    reserve(sink.detections.size(), end);
    if (!sink.segmentations.empty()) results_.segmentations.resize(results_.detections.size());
    append(results_.detections, sink.detections);
    append(results_.segmentations, sink.segmentations);
    if (!results_.segmentations.empty()) results_.segmentations.resize(results_.detections.size());
    results_.unknown_categories += sink.unknown_categories;
  }

 private:
  template <typename T>
  static void append(std::vector<T>& to, const std::vector<T>& from) {
    to.insert(to.end(), from.begin(), from.end());
  }

  // Room for all detections of the file if the rest is as dense: growing step by step would copy them
  // and need twice the memory for a moment.
  void reserve(std::size_t more, std::int64_t end) {
    const std::size_t needed = results_.detections.size() + more;
    if (needed <= results_.detections.capacity() || end <= 0) return;
    const double share = static_cast<double>(results_.file->size()) / static_cast<double>(end);
    results_.detections.reserve(
        static_cast<std::size_t>(1.02 * std::max(share, 1.1) * static_cast<double>(needed)));
    advise_huge_pages(results_.detections.data(),
                      results_.detections.capacity() * sizeof(CocoDetection));
  }

  CocoResults& results_;
};

}  // namespace

CocoResults read_coco_results(const std::filesystem::path& path, const CocoDataSet& data,
                              int threads) {
  CocoResults results;
  results.path = path;
  const auto file = std::make_shared<JsonFile>(path);
  results.file = file;
  JsonScanner scanner(*file, 0);
  scanner.skip_byte_order_mark();
  if (scanner.peek() != '[') {
    throw Error(text_of(path.string(), file->size() == 0 ? ": is empty (0 bytes)" : ": is no list",
                        "; a COCO result file is a list of detections"));
  }
  scanner.expect('[', "the file");
  ResultsJoiner joiner(results);
  scanner.move_to(read_records(
      {*file, "", scanner.offset()}, {.threads = threads},
      {.make_sink = [&] { return std::make_unique<DetectionSink>(data); },
       .take =
           [&](std::unique_ptr<RecordSink> sink, std::int64_t first, std::int64_t end) {
             joiner.take(static_cast<const DetectionSink&>(*sink), first, end);
           }}));
  scanner.expect_end();
  return results;
}

Segmentation segmentation_of(const CocoResults& results, std::size_t index) {
  if (index >= results.segmentations.size()) return {};
  const std::string where = text_of(results.path.string(), ": detection ", index);
  if (results.file) return read_segmentation(*results.file, results.segmentations[index], where);
  return read_segmentation(JsonFile(results.path), results.segmentations[index], where);
}

}  // namespace saccade
