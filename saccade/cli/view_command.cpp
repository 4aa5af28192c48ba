// saccade view.
#include "saccade/cli/view_command.h"

#include <ATen/Parallel.h>

#include <iostream>
#include <map>

#include "saccade/cli/figure_provenance.h"
#include "saccade/cli/input_images.h"
#include "saccade/cli/model_session.h"
#include "saccade/cli/program_files.h"
#include "saccade/core/error.h"
#include "saccade/core/one_line.h"
#include "saccade/explain/given_interventions.h"
#include "saccade/server/http_server.h"
#include "saccade/server/viewer_api.h"
#include "saccade/study/map_trust.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;

struct ViewedSet {
  std::vector<ShelfImage> images;
  std::optional<CocoDataSet> truth;
};

// File name, below the folder, -> index of the annotations' image.
std::map<std::string, int> truth_by_name(const CocoDataSet& data) {
  std::map<std::string, int> by_name;
  for (std::size_t i = 0; i < data.images().size(); ++i)
    by_name[data.images()[i].file_name] = static_cast<int>(i);
  return by_name;
}

DataSetPlace place_of(const ViewOptions& o) {
  if (!o.set.coco_path.empty() || !o.set.annotations.empty()) return data_set_of(o.set);
  if (!o.set.images.empty()) return {.images = o.set.images};
  const fs::path shipped = shared_file("images");
  return {"shipped", shipped, shipped / "instances.json"};
}

ViewedSet open_set(const ViewOptions& o) {
  const DataSetPlace place = place_of(o);
  ViewedSet set;
  if (!place.annotations.empty()) set.truth = read_data_set(place);
  const auto truth = set.truth ? truth_by_name(*set.truth) : std::map<std::string, int>{};
  for (const fs::path& path : input_images({place.images.string()})) {
    const std::string name = path.lexically_relative(place.images).string();
    const auto found = truth.find(name);
    set.images.push_back({.id = "i" + std::to_string(set.images.size()),
                          .name = name,
                          .path = path,
                          .truth = found == truth.end() ? -1 : found->second});
  }
  return set;
}

// Under these names the server answers without a token.
bool is_loopback(const std::string& host) { return host == "127.0.0.1" || host == "::1"; }

// What a command line needs to load the same model.
std::string command_of(const ViewOptions& o) {
  std::string text;
  const auto add = [&](const char* option, const std::string& value) {
    if (!value.empty()) text += text_of(text.empty() ? "" : " ", option, " ", shell_word(value));
  };
  add("--weights", o.model.weights);
  add("--size", o.model.size);
  if (o.model.device != "auto") add("--device", o.model.device);
  if (o.model.precision != "fp32") add("--precision", o.model.precision);
  return text;
}

std::string address_of(const ViewOptions& o, int port, const std::string& token) {
  const bool is_v6 = o.host.find(':') != std::string::npos;
  const bool is_any = o.host == "0.0.0.0" || o.host == "::";
  const std::string host = is_any ? "localhost" : is_v6 ? "[" + o.host + "]" : o.host;
  return text_of("http://", host, ":", port, "/", token.empty() ? "" : "?token=" + token);
}

FaithWords faith_words(const std::string& folder, const std::string& weights_sha256) {
  if (folder.empty()) return {};
  const MapTrust trust = read_map_trust(folder);
  refuse_other_weights(trust, weights_sha256);
  FaithWords words{.of = trust_subject(trust), .interventions = trust.interventions};
  for (const FaithVerdict& one : trust.verdicts)
    words.methods.emplace_back(one.method, verdict_words(one));
  return words;
}

}  // namespace

int run_view(const ViewOptions& o) {
  ViewedSet set = open_set(o);
  std::vector<std::string> initial;
  for (const Intervention& one : read_interventions(o.model.interventions).interventions)
    initial.push_back(one.text);
  const at::Device device = open_model_device(o.model);
  if (o.model.threads > 0) at::set_num_threads(o.model.threads);
  const auto load = [&o, device](const fs::path& weights) {
    ModelOptions options = o.model;
    options.weights = weights.string();
    return load_session_model(options, device);
  };
  const LoadedModel a = load(o.model.weights);
  std::optional<LoadedModel> b;
  if (!o.weights_b.empty()) b = load(o.weights_b);
  const std::string token = !o.token.empty() ? o.token : is_loopback(o.host) ? "" : random_token();
  ViewerApi api({.a = &a,
                 .b = b ? &*b : nullptr,
                 .load = load,
                 .images = std::move(set.images),
                 .truth = std::move(set.truth),
                 .interventions = std::move(initial),
                 .sweeps = o.sweeps,
                 .runs = o.runs,
                 .faith = faith_words(o.faith, a.sha256),
                 .web_root = o.web_root,
                 .token = token,
                 .version = SACCADE_VERSION,
                 .command = command_of(o),
                 .precision = o.model.precision,
                 .apply_exif = !o.model.no_exif && o.set.annotations.empty(),
                 .memory_bytes = static_cast<std::size_t>(o.memory_mb) << 20});
  HttpServer server({.host = o.host, .port = o.port}, api);
  std::cout << address_of(o, server.port(), token) << std::endl;
  if (!o.quiet)
    std::cerr << "saccade: note: open this address in a browser; Ctrl+C ends the server\n";
  server.run();
  api.join();
  return 0;
}

}  // namespace saccade
