// Sessions over every variant of the goldens: without interventions the baseline's bits, with them the whole forward pass
// (explain.md 5.5 a and j). Weights are generated, pixels are noise.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include "saccade/explain/donor_recorder.h"
#include "saccade/explain/intervener.h"
#include "saccade/explain/intervention_session.h"
#include "saccade/explain/intervention_text.h"
#include "tests/parity/golden_cases.h"
#include "tests/parity/golden_variant.h"

namespace saccade {
namespace {

namespace fs = std::filesystem;
using at::Tensor;

constexpr std::uint64_t kSeed = 1;
constexpr OriginalSize kOriginal{280, 224};

// A picture with padding to its right and below. Its levels have more tokens than two stages ask for queries.
ImageBatch picture(std::uint64_t seed) {
  at::manual_seed(seed);
  ImageBatch batch{at::zeros({1, 3, 128, 160}), at::ones({1, 128, 160}, at::kBool)};
  batch.pixels[0].narrow(1, 0, 112).narrow(2, 0, 140).copy_(at::randn({3, 112, 140}));
  batch.mask[0].narrow(0, 0, 112).narrow(1, 0, 140).fill_(false);
  return batch;
}

std::vector<const char*> texts_for(const ModelConfig& config) {
  std::vector<const char*> texts = {"dec.0.cross.head0=off",
                                    "dec.5.cross.head7=off(mean)",
                                    "dec.2.self.head3=off",
                                    "dec.*.self.weights=mean",
                                    "dec.3.cross.query[0-9].weights=uniform",
                                    "dec.4.cross.weights=temperature(2)",
                                    "query[3,20]=off",
                                    "memory.region(0,0,140,224)=forbid",
                                    "memory.region(20 20;200 30;90 150)=prefer(2)",
                                    "dec.1.ffn=off",
                                    "output=layer(3)",
                                    "enc.5.self.head1=off",
                                    "dec.2.cross.head1,4=patch(other.png)",
                                    "dec.4.self.weights=patch(other.png)"};
  if (config.family == ModelFamily::kDeformableDetr)
    texts.insert(texts.end(), {"dec.*.cross.level0.point1=off", "dec.3.cross.offset=scale(0.5)",
                               "dec.1.cross.head2.offset=at(100,90)",
                               "dec.4.cross.query[5].reference=move(8,-4)",
                               "dec.2.cross.offset=patch(other.png)"});
  return texts;
}

// Each text as a set of its own, with what it copies from another picture.
std::vector<Interventions> variants_of(const Detector& detector) {
  std::vector<Interventions> all{{}};
  const ImageBatch other = picture(7);
  for (const char* text : texts_for(detector.config())) {
    Intervention one = parse_intervention(text);
    if (auto* patch = std::get_if<Patch>(&one.change)) {
      const auto run = std::make_shared<DonorRun>();
      DonorRecorder recorder({*patch}, *run);
      detector.forward(other.pixels, other.mask, &recorder);
      patch->donor = run;
    }
    all.push_back({std::move(one)});
  }
  return all;
}

void expect_same(const ModelOutput& got, const ModelOutput& wanted, double tolerance) {
  const auto apart = [](const Tensor& a, const Tensor& b) {
    return (a.sigmoid() - b.sigmoid()).abs().max().item<double>();
  };
  EXPECT_LE(apart(got.pred_logits, wanted.pred_logits), tolerance);
  EXPECT_LE(apart(got.pred_boxes, wanted.pred_boxes), tolerance);
}

// Small work: threads would wait for each other.
class OneThread {
 public:
  OneThread() { at::set_num_threads(1); }
  ~OneThread() { at::set_num_threads(threads_); }

 private:
  const int threads_ = at::get_num_threads();
};

void check_session(const fs::path& table_file) {
  const OneThread one_thread;
  const StateDictTable table = read_state_dict_table(table_file);
  LoadedModel model;
  model.detector = make_detector(config_of_args(table.args_json, table));
  load_generated(*model.detector, table, kSeed);
  const c10::InferenceMode no_gradients;
  const ImageBatch image = picture(3);
  const ModelOutput plain = model.detector->forward(image.pixels, image.mask);
  const InterventionSession session(model, image.pixels, image.mask, kOriginal);
  for (const ModelOutput& got : {session.baseline(), session.run({})}) {
    EXPECT_TRUE(at::equal(got.pred_logits, plain.pred_logits));
    EXPECT_TRUE(at::equal(got.pred_boxes, plain.pred_boxes));
  }
  const std::vector<Interventions> all = variants_of(*model.detector);
  const std::vector<ModelOutput> together = session.run_all(all);
  for (std::size_t v = 0; v < all.size(); ++v) {
    SCOPED_TRACE(all[v].empty() ? "nothing" : all[v][0].text);
    Intervener intervener(all[v]);
    intervener.on_images({kOriginal});
    const ModelOutput whole = model.detector->forward(image.pixels, image.mask, &intervener);
    expect_same(session.run(all[v]), whole, 0);
    expect_same(together[v], whole, 1e-5);
  }
}

}  // namespace

void add_session_cases(const fs::path& goldens) {
  const fs::path own = fs::path(SACCADE_SOURCE_DIR) / "tests/goldens";
  const fs::path& folder = fs::is_directory(goldens / "state_dicts") ? goldens : own;
  for (const auto& entry : fs::directory_iterator(folder / "state_dicts")) {
    const fs::path file = entry.path();
    // Others are overrides: <variant>_seed<N>_*.json.
    if (file.extension() != ".json" || file.stem().string().find("_seed") != std::string::npos)
      continue;
    add_golden_case("Session", file.stem().string(), [=] { check_session(file); });
  }
}

}  // namespace saccade
