// Ids of images, categories and annotations.
#include "saccade/data/record_id.h"

#include "saccade/core/json_writer.h"

namespace saccade {

std::string id_text(const RecordId& id) {
  return id.is_text() ? json_quote(id.text) : std::to_string(id.number);
}

}  // namespace saccade
