// Lists the tensors, options and metadata of a file of weights.
#include "saccade/checkpoint/weights_report.h"

#include <algorithm>
#include <iomanip>
#include <set>
#include <sstream>
#include <tuple>

#include "saccade/core/json_array.h"

namespace saccade {
namespace {

// "1,234,567"
std::string with_commas(std::int64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3;) text.insert(at -= 3, 1, ',');
  return text;
}

}  // namespace

std::string printable(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  }
  return text;
}

std::int64_t count_numbers(const NamedRawTensors& tensors) {
  std::set<std::tuple<const std::byte*, std::int64_t, std::vector<std::int64_t>>> seen;
  std::int64_t count = 0;
  for (const auto& [name, tensor] : tensors) {
    if (seen.insert({tensor.storage->bytes.data(), tensor.offset, tensor.shape}).second)
      count += tensor.numel();
  }
  return count;
}

std::string weights_table(const WeightsFile& weights) {
  // A name may be as long as the file: one of them must not widen every row.
  constexpr std::size_t kWidest = 120;
  std::size_t width = 4;
  for (const auto& [name, tensor] : weights.tensors)
    width = std::max(width, std::min(name.size(), kWidest));
  std::ostringstream out;
  const auto row = [&](std::string_view name, std::string_view dtype, std::string_view shape,
                       std::string_view numbers) {
    out << std::left << std::setw(static_cast<int>(width)) << name << "  " << std::setw(9) << dtype
        << std::setw(20) << shape << std::right << std::setw(12) << numbers << "\n";
  };
  row("name", "dtype", "shape", "numbers");
  for (const auto& [name, tensor] : weights.tensors) {
    row(printable(name), name_of(tensor.dtype), shape_text(tensor.shape),
        with_commas(tensor.numel()));
  }
  out << weights.tensors.size() << " tensors, " << with_commas(count_numbers(weights.tensors))
      << " numbers (shared ones once)\n";
  const auto note = [&](const std::string& name, const std::string& text) {
    out << std::left << std::setw(24) << printable(name) << printable(text) << "\n";
  };
  if (!weights.args.empty()) note("args", args_to_json(weights.args));
  for (const auto& [name, text] : weights.metadata) note(name, text);
  return out.str();
}

std::string weights_json(const WeightsFile& weights) {
  JsonWriter json;
  json.begin_object()
      .member("file", weights.path.string())
      .member("sha256", sha256_of_file(weights.path))
      .member("count", weights.tensors.size())
      .member("numbers", count_numbers(weights.tensors))
      .key("args")
      .raw(args_to_json(weights.args))
      .key("metadata")
      .begin_object();
  for (const auto& [name, text] : weights.metadata) json.member(name, text);
  json.end_object().key("tensors").begin_array();
  for (const auto& [name, tensor] : weights.tensors) {
    json.begin_object().member("name", name).member("dtype", name_of(tensor.dtype));
    add_array(json, "shape", tensor.shape).member("numbers", tensor.numel()).end_object();
  }
  return json.end_array().end_object().text();
}

}  // namespace saccade
