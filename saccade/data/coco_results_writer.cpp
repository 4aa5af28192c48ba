// Detections as a COCO result file.
#include "saccade/data/coco_results_writer.h"

#include <fstream>

#include "saccade/core/error.h"
#include "saccade/core/file_io.h"
#include "saccade/core/json_writer.h"

namespace saccade {
namespace {

JsonWriter& write_id(JsonWriter& json, const RecordId& id) {
  return id.is_text() ? json.value(id.text) : json.value(id.number);
}

std::string record_text(const CocoDataSet& data, const CocoDetection& d, const int* query) {
  JsonWriter json;
  json.begin_object().key("image_id");
  write_id(json, data.images()[d.image].id).key("category_id");
  write_id(json, data.categories()[d.category].id).key("bbox").begin_array();
  for (const double side : {d.box.x, d.box.y, d.box.width, d.box.height}) json.value(side);
  json.end_array().member("score", d.score);
  if (query != nullptr) json.member("query", *query);
  return json.end_object().text();
}

}  // namespace

void write_coco_results(const std::filesystem::path& path, const CocoDataSet& data,
                        std::span<const CocoDetection> detections, std::span<const int> queries) {
  if (!queries.empty() && queries.size() != detections.size())
    throw Error(text_of(detections.size(), " detections but ", queries.size(), " queries"));
  write_file_with(path, [&](const std::filesystem::path& temporary) {
    std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
    out << '[';
    for (std::size_t i = 0; i < detections.size(); ++i) {
      out << (i == 0 ? "\n" : ",\n")
          << record_text(data, detections[i], queries.empty() ? nullptr : &queries[i]);
    }
    out << "\n]\n";
    out.flush();
    if (!out) throw Error(text_of(path.string(), ": cannot write (disk full?)"));
  });
}

}  // namespace saccade
