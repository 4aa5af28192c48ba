// The data set that a model is run on.
#include "saccade/cli/evaluated_set.h"

#include <algorithm>
#include <iostream>

#include "saccade/cli/figure_provenance.h"
#include "saccade/core/one_line.h"
#include "saccade/eval/model_run.h"

namespace saccade {

std::vector<int> EvaluatedSet::evaluated(const std::vector<ImageProblem>& left_out) const {
  std::vector<int> evaluated;
  for (const EvalImage& image : images.usable) {
    const bool is_out = std::any_of(left_out.begin(), left_out.end(),
                                    [&](const ImageProblem& p) { return p.image == image.image; });
    if (!is_out) evaluated.push_back(image.image);
  }
  return evaluated;
}

EvaluatedSet open_evaluated_set(const EvalOptions& o, RankGroup& ranks, const std::string& name) {
  DataSetPlace place = data_set_of(o.set);
  EvalTruth truth = read_truth(place, o, !ranks.is_first());
  const std::vector<int> chosen = chosen_images(truth.data, o);
  EvalImages images =
      find_eval_images(truth.data, place.images, chosen, o.model.threads, ranks, name);
  if (ranks.is_first()) tell_problems(images.problems);
  refuse_broken(std::ssize(images.problems) + truth.broken, o.skip_broken);
  return {std::move(place), std::move(truth), std::move(images), chosen.size()};
}

void tell_problems(const std::vector<ImageProblem>& problems) {
  std::vector<std::string> lines;
  for (const ImageProblem& problem : problems) lines.push_back(problem.problem.line());
  tell_broken(lines, std::ssize(lines));
}

void tell_conflicts(const LoadedModel& model, const CocoDataSet& data) {
  for (const std::string& conflict : name_conflicts(model, data))
    std::cerr << "saccade: note: " << one_line(conflict) << "; classes are matched by id\n";
}

StudySource study_source(const ModelSession& session, const std::string& set) {
  StudySource source{.command = command_text(),
                     .version = SACCADE_VERSION,
                     .model = session.model().name,
                     .weights_sha256 = session.model().sha256,
                     .set = set};
  for (const Intervention& one : session.interventions()) source.interventions.push_back(one.text);
  return source;
}

}  // namespace saccade
