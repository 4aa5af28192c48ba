// eval --errors: TIDE's types of errors, their images, and what attention did there.
#include "saccade/cli/eval_errors.h"

#include <ATen/ATen.h>

#include <cctype>
#include <cstring>
#include <filesystem>
#include <iostream>

#include "saccade/cli/error_pictures.h"
#include "saccade/cli/figure_provenance.h"
#include "saccade/cli/output_files.h"
#include "saccade/core/error.h"
#include "saccade/core/file_io.h"

namespace saccade {
namespace {

constexpr const char* kFiles[] = {"errors.json", "errors.csv", "errors.png"};

struct ImageHead {
  std::int32_t image = 0, queries = 0;
};

std::filesystem::path file_in(const EvalOptions& o, const std::string& name) {
  return std::filesystem::path(o.errors) / name;
}

// Those of a report that this one replaces, which may have been of other images: "Loc-2-street.png".
void remove_old_pictures(const EvalOptions& o) {
  if (!o.overwrite) return;
  std::vector<std::filesystem::path> old;
  for (const auto& entry : std::filesystem::directory_iterator(o.errors)) {
    const std::string name = entry.path().filename().string();
    for (int i = 0; i < kNumOutcomes; ++i) {
      const std::string start = text_of(outcome_name(i), "-");
      if (entry.is_regular_file() && name.starts_with(start) && name.ends_with(".png") &&
          name.size() > start.size() &&
          std::isdigit(static_cast<unsigned char>(name[start.size()])))
        old.push_back(entry.path());
    }
  }
  for (const auto& path : old) std::filesystem::remove(path);
}

}  // namespace

void AttentionWatch::join(ModelRunOptions& options) {
  options.on_output = [this](const LoadedBatch& batch, const ModelOutput& output) {
    const at::Tensor numbers = recorder_.take(output.pred_boxes[-1]);  // [N, Q, K]
    const std::size_t bytes = static_cast<std::size_t>(numbers[0].numel()) * sizeof(float);
    for (std::size_t i = 0; i < batch.images.size(); ++i) {
      const ImageHead head{batch.images[i], static_cast<std::int32_t>(numbers.size(1))};
      bytes_.append(reinterpret_cast<const char*>(&head), sizeof head);
      bytes_.append(reinterpret_cast<const char*>(numbers.const_data_ptr<float>()) + i * bytes,
                    bytes);
    }
  };
}

std::map<int, QueryNumbers> AttentionWatch::gather(RankGroup& ranks) const {
  std::map<int, QueryNumbers> all;
  const auto count = static_cast<std::size_t>(recorder_.numbers());
  for (const std::string& bytes : ranks.gather("attention of queries", bytes_)) {
    for (std::size_t at = 0; at < bytes.size();) {
      ImageHead head;
      if (bytes.size() - at < sizeof head) throw Error("a rank sent numbers that are cut off");
      std::memcpy(&head, bytes.data() + at, sizeof head);
      at += sizeof head;
      std::vector<float> row(count);
      const std::size_t row_bytes = count * sizeof(float);
      if (head.queries < 0 ||
          bytes.size() - at < static_cast<std::size_t>(head.queries) * row_bytes)
        throw Error("a rank sent numbers that are cut off");
      QueryNumbers& queries = all[head.image];
      for (std::int32_t q = 0; q < head.queries; ++q, at += row_bytes) {
        std::memcpy(row.data(), bytes.data() + at, row_bytes);
        queries.push_back({std::vector<double>(row.begin(), row.end())});
      }
    }
  }
  return all;
}

void refuse_to_replace_errors(const EvalOptions& o) {
  if (o.errors.empty()) return;
  check_folder("--errors", o.errors);
  for (const char* name : kFiles) refuse_to_replace(file_in(o, name).string(), o.overwrite);
}

ReportedErrors report_errors(const EvalOptions& o, const EvaluatedSet& set,
                             const ModelSession& session, const MinedResults& of,
                             const StudySource& source) {
  ReportedErrors done{{.data = &of.data,
                       .results = &of.results,
                       .options = {.threshold = o.threshold,
                                   .bootstrap = {.resamples = o.bootstrap,
                                                 .seed = o.seed,
                                                 .threads = o.model.threads}},
                       .source = source,
                       .images = std::ssize(of.evaluation.images)},
                      {}};
  ErrorReport& report = done.report;
  report.study = mine_errors(of, report.options);
  write_file(file_in(o, "errors.json"), errors_json(report));
  write_file(file_in(o, "errors.csv"), errors_csv(report));
  if (!o.json) std::cout << "\n" << errors_text(report) << std::flush;
  draw_errors_figure(errors_figure(report), file_in(o, "errors.png"),
                     figure_record(session.model().sha256, std::to_string(o.seed)));
  remove_old_pictures(o);
  done.pictures = draw_error_pictures(o, set, session, report);
  if (o.quiet || o.json) return done;
  for (const char* name : kFiles) std::cout << "wrote " << file_in(o, name).string() << "\n";
  for (const std::string& name : done.pictures)
    std::cout << "wrote " << file_in(o, name).string() << "\n";
  return done;
}

}  // namespace saccade
