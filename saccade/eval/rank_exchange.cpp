// What the ranks of an evaluation tell each other.
#include "saccade/eval/rank_exchange.h"

#include <cstring>
#include <type_traits>

#include "saccade/core/error.h"
#include "saccade/core/parse_number.h"

namespace saccade {
namespace {

static_assert(std::is_trivially_copyable_v<FoundRow> && sizeof(FoundRow) == 56);

bool is_index(std::int64_t i, std::size_t size) {
  return i >= 0 && i < static_cast<std::int64_t>(size);
}

constexpr char kFieldEnd = '\x1f', kRecordEnd = '\x1e';

// The text up to the next `end`, which is taken off `rest`.
std::string take(std::string_view& rest, char end) {
  const std::size_t at = rest.find(end);
  if (at == std::string_view::npos) throw Error("a rank sent half a problem");
  const std::string text(rest.substr(0, at));
  rest.remove_prefix(at + 1);
  return text;
}

}  // namespace

std::string to_bytes(const std::vector<FoundRow>& rows) {
  return {reinterpret_cast<const char*>(rows.data()), rows.size() * sizeof(FoundRow)};
}

void append_rows(std::vector<FoundRow>& rows, const std::string& bytes, const CocoDataSet& data) {
  if (bytes.size() % sizeof(FoundRow) != 0) throw Error("a rank sent half a detection");
  const std::size_t old = rows.size();
  rows.resize(old + bytes.size() / sizeof(FoundRow));
  if (!bytes.empty()) std::memcpy(rows.data() + old, bytes.data(), bytes.size());
  for (std::size_t i = old; i < rows.size(); ++i) {
    const CocoDetection& d = rows[i].detection;
    if (!is_index(d.image, data.images().size()) || !is_index(d.category, data.categories().size()))
      throw Error("a rank sent a detection of an image or category that is not in the data set");
  }
}

std::string to_bytes(const std::vector<ImageProblem>& problems) {
  std::string bytes;
  for (const auto& [image, problem] : problems) {
    bytes += text_of(image, kFieldEnd, problem.breaks ? 1 : 0, kFieldEnd, problem.where, kFieldEnd,
                     problem.what, kRecordEnd);
  }
  return bytes;
}

void append_problems(std::vector<ImageProblem>& problems, const std::string& bytes,
                     const CocoDataSet& data) {
  for (std::string_view rest = bytes; !rest.empty();) {
    ImageProblem next;
    next.image = parse_number<decltype(next.image)>(take(rest, kFieldEnd)).value_or(-1);
    if (!is_index(next.image, data.images().size()))
      throw Error("a rank sent a problem of an image that is not in the data set");
    next.problem.breaks = take(rest, kFieldEnd) == "1";
    next.problem.where = take(rest, kFieldEnd);
    next.problem.what = take(rest, kRecordEnd);
    problems.push_back(std::move(next));
  }
}

std::string to_bytes(const std::vector<double>& numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(double)};
}

std::vector<std::int32_t> indices_of_first(const std::vector<std::int32_t>& own,
                                           const std::string& name, RankGroup& ranks) {
  const std::string bytes = ranks.all_gather(
      name, {reinterpret_cast<const char*>(own.data()), own.size() * sizeof(std::int32_t)})[0];
  std::vector<std::int32_t> indices(bytes.size() / sizeof(std::int32_t));
  if (bytes.size() % sizeof(std::int32_t) != 0) throw Error("a rank sent half an index");
  if (!bytes.empty()) std::memcpy(indices.data(), bytes.data(), bytes.size());
  return indices;
}

std::vector<double> numbers_of(const std::string& bytes, std::size_t count) {
  std::vector<double> numbers(count);
  if (bytes.size() != count * sizeof(double))
    throw Error(text_of("a rank sent ", bytes.size(), " bytes of ", count, " numbers"));
  if (count > 0) std::memcpy(numbers.data(), bytes.data(), bytes.size());
  return numbers;
}

std::vector<double> sum_over_ranks(const std::vector<double>& own, const std::string& name,
                                   RankGroup& ranks) {
  std::vector<double> sum(own.size(), 0.0);
  for (const std::string& told : ranks.all_gather(name, to_bytes(own))) {
    const std::vector<double> of_rank = numbers_of(told, own.size());
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += of_rank[i];
  }
  return sum;
}

}  // namespace saccade
