// From ids to indices.
#include "saccade/data/id_index.h"

#include <algorithm>
#include <optional>

#include "saccade/core/parse_number.h"

namespace saccade {
namespace {

constexpr std::uint64_t kTableEntriesPerId = 16;
constexpr std::uint64_t kLeastTable = 4096;

// The number of which `text` is the usual spelling: "42", not "042" or "4e1".
std::optional<std::int64_t> number_of(std::string_view text) {
  const auto number = parse_number<std::int64_t>(text);
  return number && std::to_string(*number) == text ? number : std::nullopt;
}

}  // namespace

void IdIndex::build(std::vector<RecordId> ids) {
  *this = IdIndex();
  std::int64_t least = INT64_MAX, greatest = INT64_MIN;
  for (const RecordId& id : ids) {
    if (id.is_text()) continue;
    least = std::min(least, id.number);
    greatest = std::max(greatest, id.number);
  }
  const std::uint64_t span =
      static_cast<std::uint64_t>(greatest) - static_cast<std::uint64_t>(least);
  if (least <= greatest && span < std::max(kLeastTable, kTableEntriesPerId * ids.size())) {
    first_number_ = least;
    table_.assign(span + 1, -1);
  }
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto index = static_cast<std::int32_t>(i);
    if (ids[i].is_text()) {
      texts_.emplace(std::move(ids[i].text), index);
    } else if (table_.empty()) {
      numbers_.emplace(ids[i].number, index);
    } else if (auto& entry = table_[static_cast<std::size_t>(ids[i].number - least)]; entry < 0) {
      entry = index;
    }
  }
}

int IdIndex::find_exactly(std::int64_t number) const {
  if (!table_.empty()) {
    const std::uint64_t at =
        static_cast<std::uint64_t>(number) - static_cast<std::uint64_t>(first_number_);
    return at < table_.size() ? table_[at] : -1;
  }
  const auto found = numbers_.find(number);
  return found == numbers_.end() ? -1 : found->second;
}

int IdIndex::find_exactly(std::string_view text) const {
  if (texts_.empty()) return -1;
  const auto found = texts_.find(std::string(text));
  return found == texts_.end() ? -1 : found->second;
}

int IdIndex::find(std::int64_t number) const {
  const int index = find_exactly(number);
  return index >= 0 || texts_.empty() ? index : find_exactly(std::to_string(number));
}

int IdIndex::find(std::string_view text) const {
  const int index = find_exactly(text);
  if (index >= 0) return index;
  const auto number = number_of(text);
  return number ? find_exactly(*number) : -1;
}

}  // namespace saccade
