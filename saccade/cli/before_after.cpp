// The picture of `detect --before-after`.
#include "saccade/cli/before_after.h"

#include "saccade/cli/figure_provenance.h"
#include "saccade/core/one_line.h"
#include "saccade/explain/intervention_words.h"
#include "saccade/render/before_after_figure.h"

namespace saccade {
namespace {

std::vector<NamedDetection> named_above(const std::vector<Detection>& detections,
                                        const ClassMap& classes, double threshold) {
  std::vector<NamedDetection> named;
  for (const Detection& d : detections)
    if (d.score > threshold) named.push_back({d, classes.name(d.label)});
  return named;
}

// Of one intervention; several would make a caption that nobody reads.
std::string meaning_of(const std::vector<Intervention>& interventions) {
  return interventions.size() == 1 ? intervention_words(interventions[0].change) : "";
}

}  // namespace

void draw_before_after(const ModelSession& session, const PreparedImage& image,
                       const std::vector<Detection>& after, const std::filesystem::path& path,
                       double threshold, const std::filesystem::path& out) {
  const ClassMap& classes = session.model().classes;
  const std::vector<Detection> before = session.detections(session.run_baseline(image), image);
  BeforeAfterFigure figure{.photo = {.image = &image.image,
                                     .file = path.filename().string(),
                                     .input_width = image.input_width(),
                                     .input_height = image.input_height(),
                                     .model = session.plain_name()},
                           .before = named_above(before, classes, threshold),
                           .after = named_above(after, classes, threshold),
                           .meaning = meaning_of(session.interventions()),
                           .threshold = threshold};
  for (const Intervention& intervention : session.interventions())
    figure.interventions.push_back(one_line(intervention.text));
  draw_before_after_figure(figure, out, figure_record(session.model().sha256));
}

}  // namespace saccade
