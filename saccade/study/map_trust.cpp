// Reads the verdicts of faith.json.
#include "saccade/study/map_trust.h"

#include <simdjson.h>

#include <algorithm>

#include "saccade/core/error.h"
#include "saccade/core/file_io.h"
#include "saccade/core/joined.h"
#include "saccade/core/one_line.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;
namespace dom = simdjson::dom;

constexpr std::size_t kMaxFileBytes = std::size_t{1} << 28;
constexpr std::int64_t kVersion = 1;

// The path stands in every error.
class TrustJson {
 public:
  explicit TrustJson(const fs::path& file) : file_(file) {}

  MapTrust read(const std::string& json) const {
    dom::parser parser;
    dom::object root;
    if (parser.parse(json).get(root) != simdjson::SUCCESS)
      fail("is no JSON object; expected what saccade faith writes");
    if (number(root, "saccade_faith") != kVersion)
      fail("\"saccade_faith\" is the version of the form, expected ", kVersion);
    return {.file = file_,
            .set = text(root, "set"),
            .weights_sha256 = text(root, "weights_sha256"),
            .interventions = texts(root, "interventions"),
            .detections = static_cast<std::int64_t>(list(root, "detections").size()),
            .verdicts = verdicts(root)};
  }

 private:
  template <typename... Args>
  [[noreturn]] void fail(const Args&... what) const {
    throw Error(text_of(file_.string(), ": ", what...));
  }

  std::int64_t number(const dom::object& of, const char* key) const {
    std::int64_t value = 0;
    if (of[key].get(value) != simdjson::SUCCESS) fail("\"", key, "\" is no number");
    return value;
  }
  std::string text(const dom::object& of, const char* key) const {
    std::string_view value;
    if (of[key].get(value) != simdjson::SUCCESS) fail("\"", key, "\" is no text");
    return one_line(value);
  }
  dom::array list(const dom::object& of, const char* key) const {
    dom::array value;
    if (of[key].get(value) != simdjson::SUCCESS) fail("\"", key, "\" is no list");
    return value;
  }
  std::vector<std::string> texts(const dom::object& of, const char* key) const {
    std::vector<std::string> all;
    for (const dom::element item : list(of, key)) {
      std::string_view value;
      if (item.get(value) != simdjson::SUCCESS) fail("\"", key, "\" is no list of texts");
      all.push_back(one_line(value));
    }
    return all;
  }

  std::vector<FaithVerdict> verdicts(const dom::object& root) const {
    std::vector<FaithVerdict> all;
    for (const dom::element item : list(root, "verdicts")) {
      dom::object one;
      if (item.get(one) != simdjson::SUCCESS) fail("\"verdicts\" is no list of objects");
      FaithVerdict verdict{.method = text(one, "method"),
                           .better = texts(one, "edge"),
                           .none = texts(one, "none"),
                           .worse = texts(one, "worse")};
      if (one["beats_box"].get(verdict.beats_box) != simdjson::SUCCESS)
        fail("\"beats_box\" is neither true nor false");
      double alike = 0;
      if (one["alike_on_new_weights"].get(alike) == simdjson::SUCCESS) verdict.alike = alike;
      all.push_back(std::move(verdict));
    }
    return all;
  }

  const fs::path file_;
};

}  // namespace

MapTrust read_map_trust(const fs::path& path) {
  const fs::path file = fs::is_directory(path) ? path / "faith.json" : path;
  return TrustJson(file).read(read_file(file, kMaxFileBytes));
}

void refuse_other_weights(const MapTrust& trust, const std::string& weights_sha256) {
  if (trust.weights_sha256 != weights_sha256)
    throw Error(text_of(trust.file.string(), ": was measured of other weights (",
                        trust.weights_sha256.substr(0, 12), "), these are ",
                        weights_sha256.substr(0, 12), "; run saccade faith with them"));
}

std::string trust_subject(const MapTrust& trust) {
  return text_of(trust.detections, " detections of ", trust.set);
}

std::string trust_sentence(const MapTrust& trust, const std::string& method,
                           const std::string& weights_sha256,
                           const std::vector<std::string>& interventions) {
  refuse_other_weights(trust, weights_sha256);
  if (trust.interventions != interventions)
    throw Error(text_of(
        trust.file.string(), ": was measured with ",
        trust.interventions.empty() ? "no interventions" : joined(trust.interventions, ", "),
        "; run saccade faith with those of this call"));
  const auto found = std::find_if(trust.verdicts.begin(), trust.verdicts.end(),
                                  [&](const FaithVerdict& one) { return one.method == method; });
  if (found == trust.verdicts.end())
    throw Error(text_of(trust.file.string(), ": says nothing of maps by ", method,
                        "; run saccade faith --method ", method));
  return text_of("Faithfulness on ", trust_subject(trust), ": ", verdict_words(*found), ".");
}

}  // namespace saccade
