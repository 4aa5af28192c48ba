// What a viewer asks to be run.
#include "saccade/server/run_request.h"

#include <simdjson.h>

#include <algorithm>

#include "saccade/core/one_line.h"
#include "saccade/core/parse_number.h"
#include "saccade/explain/intervention_text.h"
#include "saccade/explain/text_cursor.h"

namespace saccade {
namespace {

namespace dom = simdjson::dom;

constexpr std::size_t kMaxInterventions = 1000;
constexpr std::size_t kMaxViewerBytes = 64;
constexpr int kLeastSide = 64, kMostSide = 4096;

std::string text_in(const dom::element& value, const char* key) {
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS)
    throw UsageError(text_of("'", key, "': expected a text"));
  return std::string(text);
}

int side_in(const dom::element& value) {
  std::int64_t side = 0;
  const bool is_whole = value.get(side) == simdjson::SUCCESS;
  return is_whole ? static_cast<int>(std::clamp<std::int64_t>(side, -1, kMostSide + 1)) : -1;
}

std::vector<std::string> texts_in(const dom::element& value) {
  dom::array list;
  if (value.get(list) != simdjson::SUCCESS)
    throw UsageError("'interventions': expected a list of texts");
  std::vector<std::string> texts;
  for (const dom::element one : list) texts.push_back(text_in(one, "interventions"));
  return texts;
}

// Names of runs may hold any letter; the last @ is ours.
std::optional<RunCheckpoint> checkpoint_in(const std::string& model) {
  const std::size_t at = model.rfind('@');
  if (at == std::string::npos || at == 0) return std::nullopt;
  const auto epoch = parse_number<std::int64_t>(std::string_view(model).substr(at + 1));
  if (!epoch || *epoch < 0) return std::nullopt;
  return RunCheckpoint{.run = model.substr(0, at), .epoch = *epoch};
}

void finish(RunRequest& request) {
  request.checkpoint = checkpoint_in(request.model);
  if (!request.checkpoint && request.model != "a" && request.model != "b")
    throw UsageError("'model': expected a, b or NAME@EPOCH, a checkpoint of a run");
  if (request.longest_side != 0 &&
      (request.longest_side < kLeastSide || request.longest_side > kMostSide))
    throw UsageError(text_of("'longest_side': expected ", kLeastSide, " to ", kMostSide));
  if (request.texts.size() > kMaxInterventions)
    throw UsageError(text_of("more than ", kMaxInterventions, " interventions"));
  request.viewer = viewer_name(std::move(request.viewer));
}

// Nothing that a viewer writes may open a file of this machine, or run other images.
const char* why_not(const AttentionChange& change) {
  if (const auto* patch = std::get_if<Patch>(&change))
    return patch->drawn ? "another image of a data set is for eval, sweep and search"
                        : "the viewer opens no files; use detect -x";
  const auto* const off = std::get_if<HeadsOff>(&change);
  if (off != nullptr && !off->means_file.empty()) return "the viewer opens no files; use detect -x";
  return nullptr;
}

Intervention read_one(const std::string& text, const InterventionLimits& limits) {
  Intervention one = parse_intervention(text);
  if (const char* why = why_not(one.change)) throw UsageError(one_line(text) + ": " + why);
  check_interventions({one}, limits);
  return one;
}

}  // namespace

std::string viewer_name(std::string name) {
  const bool is_name =
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") ==
      std::string::npos;
  if (!is_name || name.size() > kMaxViewerBytes)
    throw UsageError(text_of("'viewer': expected up to ", kMaxViewerBytes, " letters and digits"));
  return name;
}

RunRequest run_request_of(const std::string& json) {
  RunRequest request;
  dom::parser parser;
  dom::object root;
  if (parser.parse(json).get(root) != simdjson::SUCCESS)
    throw UsageError("the body is no JSON object; expected {\"interventions\": [...]}");
  for (const dom::key_value_pair field : root) {
    if (field.key == "model")
      request.model = text_in(field.value, "model");
    else if (field.key == "viewer")
      request.viewer = text_in(field.value, "viewer");
    else if (field.key == "interventions")
      request.texts = texts_in(field.value);
    else if (field.key == "longest_side")
      request.longest_side = side_in(field.value);
    else
      throw UsageError("'" + one_line(field.key) +
                       "': expected model, interventions, longest_side or viewer");
  }
  finish(request);
  return request;
}

RunRequest run_request_of(const HttpRequest& http) {
  RunRequest request{.model = http.value("model").value_or("a"),
                     .texts = http.values("x"),
                     .viewer = http.value("viewer").value_or(""),
                     .gone = http.gone};
  if (const auto side = http.value("longest_side"))
    request.longest_side = parse_number<int>(*side).value_or(-1);
  finish(request);
  return request;
}

std::vector<Intervention> read_interventions(const std::vector<std::string>& texts,
                                             const InterventionLimits& limits) {
  std::vector<Intervention> all;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const int index = static_cast<int>(i);
    try {
      all.push_back(read_one(texts[i], limits));
    } catch (const TextFault& fault) {
      throw WrongIntervention(fault.sentence, index, static_cast<int>(fault.at));
    } catch (const UsageError& error) {
      throw WrongIntervention(first_line(error.what()), index, -1);
    }
  }
  return all;
}

}  // namespace saccade
