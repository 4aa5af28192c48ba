// Files of interventions.
#include "saccade/explain/intervention_file.h"

#include <simdjson.h>

#include <algorithm>
#include <set>

#include "saccade/core/error.h"
#include "saccade/core/file_io.h"
#include "saccade/core/json_array.h"
#include "saccade/core/one_line.h"
#include "saccade/explain/intervention_text.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;
namespace dom = simdjson::dom;

constexpr std::int64_t kVersion = 1;
constexpr std::size_t kMaxFileBytes = std::size_t{1} << 22;
constexpr std::size_t kMaxTextBytes = 65'536;
constexpr std::size_t kMaxInterventions = 10'000;

bool is_sha256(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// The path stands in every error.
class InterventionJson {
 public:
  explicit InterventionJson(const fs::path& path) : path_(path) {}

  InterventionFile read(const std::string& json);
  // What a file may hold, whoever made it.
  void check(const InterventionFile& file) const;

 private:
  template <typename... Args>
  [[noreturn]] void fail(const Args&... what) const {
    throw Error(text_of(path_.string(), ": ", what...));
  }

  void read_member(const std::string& key, const dom::element& value);
  void read_version(const dom::element& value) const;
  std::string text_in(const std::string& key, const dom::element& value) const;
  void read_list(const dom::element& value);

  fs::path path_;
  std::set<std::string> keys_;
  InterventionFile file_;
};

InterventionFile InterventionJson::read(const std::string& json) {
  dom::parser parser;
  dom::object root;
  if (parser.parse(json).get(root) != simdjson::SUCCESS)
    fail("is no JSON object; expected {\"interventions\": [...]}");
  for (const dom::key_value_pair field : root) read_member(std::string(field.key), field.value);
  if (!keys_.contains("interventions")) fail("has no \"interventions\"");
  check(file_);
  return std::move(file_);
}

void InterventionJson::read_member(const std::string& key, const dom::element& value) {
  if (!keys_.insert(key).second) fail("\"", one_line(key), "\" stands there twice");
  if (key == "saccade_interventions") return read_version(value);
  if (key == "interventions") return read_list(value);
  if (key == "name") {
    file_.name = text_in(key, value);
  } else if (key == "note") {
    file_.note = text_in(key, value);
  } else if (key == "author") {
    file_.author = text_in(key, value);
  } else if (key == "weights_sha256") {
    if (!value.is_null()) file_.weights_sha256 = text_in(key, value);
  } else {
    fail("unknown \"", one_line(key),
         "\"; expected saccade_interventions, name, note, author, weights_sha256 or interventions");
  }
}

void InterventionJson::read_version(const dom::element& value) const {
  std::int64_t version = 0;
  if (value.get(version) != simdjson::SUCCESS || version != kVersion)
    fail("\"saccade_interventions\" is the version of the form, expected ", kVersion,
         "; a newer program may have written the file");
}

std::string InterventionJson::text_in(const std::string& key, const dom::element& value) const {
  std::string_view text;
  if (value.get(text) != simdjson::SUCCESS) fail("\"", key, "\" is no text");
  return std::string(text);
}

void InterventionJson::read_list(const dom::element& value) {
  dom::array list;
  if (value.get(list) != simdjson::SUCCESS) fail("\"interventions\" is no list");
  for (const dom::element item : list)
    file_.interventions.push_back(
        text_in(text_of("interventions[", file_.interventions.size(), "]"), item));
}

void InterventionJson::check(const InterventionFile& file) const {
  if (std::max({file.name.size(), file.note.size(), file.author.size()}) > kMaxTextBytes)
    fail("name, note or author has more than ", kMaxTextBytes, " bytes");
  if (file.weights_sha256 && !is_sha256(*file.weights_sha256))
    fail("\"weights_sha256\" is no SHA-256, 64 of 0-9 and a-f; expected one or null");
  if (file.interventions.size() > kMaxInterventions)
    fail(file.interventions.size(), " interventions, expected at most ", kMaxInterventions);
  for (std::size_t i = 0; i < file.interventions.size(); ++i) {
    try {
      parse_intervention(file.interventions[i]);
    } catch (const UsageError& error) {
      fail("interventions[", i, "]: ", error.what());
    }
  }
}

}  // namespace

InterventionFile read_intervention_file(const fs::path& path) {
  return InterventionJson(path).read(read_file(path, kMaxFileBytes));
}

void write_intervention_file(const fs::path& path, const InterventionFile& file) {
  InterventionJson(path).check(file);
  JsonWriter json(2);
  json.begin_object().member("saccade_interventions", kVersion);
  json.member("name", file.name).member("note", file.note).member("author", file.author);
  json.key("weights_sha256");
  file.weights_sha256 ? json.value(*file.weights_sha256) : json.null();
  add_array(json, "interventions", file.interventions).end_object();
  if (json.text().size() >= kMaxFileBytes)
    throw Error(text_of(path.string(), ": would have more than ", kMaxFileBytes, " bytes"));
  write_file(path, json.text() + "\n");
}

}  // namespace saccade
