// One process's part of a study.
#include "saccade/cli/study_run.h"

#include <iostream>
#include <memory>
#include <set>

#include "saccade/checkpoint/weights_file.h"
#include "saccade/cli/figure_provenance.h"
#include "saccade/cli/html_page.h"
#include "saccade/cli/output_files.h"
#include "saccade/cli/rank_job.h"
#include "saccade/cli/set_interventions.h"
#include "saccade/core/error.h"
#include "saccade/eval/model_run.h"
#include "saccade/explain/donors.h"
#include "saccade/explain/intervention_check.h"
#include "saccade/explain/intervention_text.h"
#include "saccade/explain/model_limits.h"

namespace saccade {
namespace {

// A donor of other weights would have to be run for every image.
void refuse_patches(const std::vector<Intervention>& interventions) {
  for (const Intervention& one : interventions)
    if (const auto* patch = std::get_if<Patch>(&one.change); patch && !patch->drawn)
      throw UsageError("'" + one.text + "': studies take no patch; measure it with eval -x");
}

// The files of means that interventions name, by what is in them.
std::string means_text(const Variants& variants) {
  std::set<std::string> files;
  for (const auto& variant : variants)
    for (const Intervention& one : variant)
      if (const auto* off = std::get_if<HeadsOff>(&one.change); off && !off->means_file.empty())
        files.insert(off->means_file);
  std::string text;
  for (const std::string& file : files)
    text += text_of("\nhead means ", file, " ", sha256_of_file(file));
  return text;
}

}  // namespace

int run_study(const StudyOptions& options, const std::function<void(StudyRun&)>& work) {
  return run_job([&](RankGroup& ranks, int local_rank) {
    if (ranks.is_first()) {
      check_folder("--out", options.out);
      refuse_to_replace(options.eval.html, options.eval.overwrite);
    }
    const at::Device device = open_model_device(options.eval.model, local_rank, !ranks.is_first());
    StudyRun study(options, ranks, device);
    work(study);
    return 0;
  });
}

void refuse_to_replace_files(const StudyOptions& o, const std::vector<std::string>& names) {
  for (const std::string& name : names) refuse_to_replace(o.file(name), o.eval.overwrite);
}

void tell_files(const StudyOptions& o, const std::vector<std::string>& names) {
  if (o.eval.quiet || o.eval.json) return;
  for (const std::string& name : names) std::cout << "wrote " << o.file(name).string() << "\n";
}

StudyRun::StudyRun(const StudyOptions& options, RankGroup& ranks, at::Device device)
    : o_(options),
      ranks_(ranks),
      set_(open_evaluated_set(options.eval, ranks)),
      session_(options.eval.model, device, options.eval.quiet || !ranks.is_first()) {
  if (!o_.eval.quiet && ranks_.is_first()) tell_conflicts(model(), data());
}

std::vector<Intervention> StudyRun::with(const std::vector<std::string>& texts) const {
  std::vector<Intervention> all = base();
  for (const std::string& text : texts) all.push_back(parse_intervention(text));
  check_interventions(all, limits_of(config()));
  refuse_patches(all);
  open_means(all, model());
  return all;
}

std::string StudyRun::description(const EvaluatedSet& set, const std::vector<EvalImage>& images,
                                  const Variants& variants) const {
  const InputSize& size = model().size;
  std::string text =
      text_of("weights ", model().sha256, "\nsize ", size.short_side, ",", size.max_side,
              " precision ", o_.eval.model.precision, "\nimages ", set.place.images.string(),
              "\nannotations ", sha256_of_file(set.place.annotations), "\n");
  for (const EvalImage& image : images) text += std::to_string(image.image) + " ";
  text += means_text(variants);
  for (const auto& variant : variants) {
    text += "\nvariant";
    for (const Intervention& intervention : variant) text += " " + intervention.text;
  }
  return text;
}

std::filesystem::path StudyRun::store_path(const std::string& name) const {
  return o_.file(name + ".partial");
}

std::unique_ptr<VariantStore> StudyRun::run(const EvaluatedSet& set,
                                            const std::vector<EvalImage>& images,
                                            const Variants& variants, const std::string& name) {
  std::unique_ptr<VariantStore> store;
  if (is_first()) {
    store = std::make_unique<VariantStore>(store_path(name), description(set, images, variants),
                                           static_cast<int>(variants.size()), set.truth.data,
                                           o_.eval.overwrite);
    const std::size_t there = store->images().size();
    if (there > 0 && !o_.eval.quiet)
      std::cerr << "saccade: note: goes on after " << there << " of " << images.size()
                << " images in " << store_path(name).string() << "\n";
  }
  const VariantRunOptions options{.num_workers = o_.eval.num_workers,
                                  .skip_broken = o_.eval.skip_broken,
                                  .quiet = o_.eval.quiet,
                                  .name = name};
  const VariantRun run = run_variants(model(), set.truth.data, set.place.images, images, variants,
                                      store.get(), options, ranks_);
  seconds_ += run.seconds;
  if (store) {
    tell_problems(run.left_out);
    left_out_ += std::ssize(run.left_out);
  }
  return store;
}

void StudyRun::watch(AttentionHook& hook, const std::string& name) {
  ModelRunOptions options{.batch_size = o_.eval.batch_size,
                          .num_workers = o_.eval.num_workers,
                          .skip_broken = o_.eval.skip_broken,
                          .quiet = o_.eval.quiet,
                          .name = name};
  const std::vector<EvalImage>& images = set_.images.usable;
  SetInterventions changes(session_.changes(), model(), data(), set_.place.images, images,
                           o_.eval.skip_broken);
  changes.join(options, &hook);
  seconds_ += run_model(model(), data(), set_.place.images, images, options, ranks_).seconds;
}

std::unique_ptr<NumberStore> StudyRun::open_numbers(const std::string& name,
                                                    const std::string& description,
                                                    std::size_t row_length,
                                                    std::size_t count) const {
  if (!is_first()) return nullptr;
  auto store =
      std::make_unique<NumberStore>(store_path(name), description, row_length, o_.eval.overwrite);
  const std::size_t there = store->rows().size();
  if (there > 0 && !o_.eval.quiet)
    std::cerr << "saccade: note: goes on after " << there << " of " << count << " detections in "
              << store_path(name).string() << "\n";
  return store;
}

StudySource StudyRun::source() const {
  StudySource source = study_source(session_, set_.place.name);
  source.left_out_images =
      static_cast<std::int64_t>(set_.chosen - set_.images.usable.size()) + left_out_;
  source.seconds = seconds_;
  source.processes = ranks_.size();
  return source;
}

EffectOptions StudyRun::effect_options() const {
  return {.bootstrap = {.resamples = o_.eval.bootstrap,
                        .seed = o_.eval.seed,
                        .threads = o_.eval.model.threads},
          .threshold = o_.threshold};
}

}  // namespace saccade
