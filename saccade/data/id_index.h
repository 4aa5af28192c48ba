// From ids to indices.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "saccade/data/record_id.h"

namespace saccade {

// An id is looked up as it is and then the other way it may be written: 42 finds "42", "42" finds 42.
class IdIndex {
 public:
  // `ids` are those of the indices 0, 1, ...; of ids that occur twice the first counts.
  void build(std::vector<RecordId> ids);

  // The index, -1 where there is none.
  int find(std::int64_t number) const;
  int find(std::string_view text) const;
  int find(const RecordId& id) const { return id.is_text() ? find(id.text) : find(id.number); }

 private:
  int find_exactly(std::int64_t number) const;
  int find_exactly(std::string_view text) const;

  // Numbers that lie close together are the place in a table, others are hashed.
  std::int64_t first_number_ = 0;
  std::vector<std::int32_t> table_;
  std::unordered_map<std::int64_t, std::int32_t, IdHash> numbers_;
  std::unordered_map<std::string, std::int32_t> texts_;
};

}  // namespace saccade
