// goldens [DIR]: runs every parity case found in DIR and ends with `N passed, N failed, N skipped`.
#include <cstdio>

#include "saccade/op/devices.h"
#include "tests/parity/golden_cases.h"

namespace saccade {
namespace {

class GoldenCase : public testing::Test {
 public:
  explicit GoldenCase(std::function<void()> body) : body_(std::move(body)) {}
  void TestBody() override { body_(); }

 private:
  std::function<void()> body_;
};

}  // namespace

void add_golden_case(const std::string& suite, const std::string& name,
                     std::function<void()> body) {
  // GoogleTest wants one factory type per suite and identifiers that stay valid.
  testing::RegisterTest(
      suite.c_str(), name.c_str(), nullptr, nullptr, __FILE__, __LINE__,
      [body = std::move(body)]() -> testing::Test* { return new GoldenCase(body); });
}

}  // namespace saccade

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  const std::filesystem::path folder = argc > 1 ? argv[1] : SACCADE_SOURCE_DIR "/tests/goldens";
  if (!std::filesystem::is_directory(folder)) {
    std::fprintf(stderr, "goldens: error: %s is no folder\n", folder.c_str());
    return 2;
  }
  saccade::open_device("auto");  // before a test has LibTorch look for CUDA
  saccade::add_data_pipeline_cases(folder);
  saccade::add_sample_cases(folder);
  saccade::add_checkpoint_cases(folder);
  saccade::add_coco_eval_cases(folder);
  saccade::add_op_cases(folder);
  saccade::add_module_cases(folder);
  saccade::add_state_dict_cases(folder);
  saccade::add_model_cases(folder);
  saccade::add_session_cases(folder);
  saccade::add_criterion_cases(folder);
  saccade::add_training_cases(folder);
  const int result = RUN_ALL_TESTS();
  const auto& unit = *testing::UnitTest::GetInstance();
  std::printf("%d passed, %d failed, %d skipped\n", unit.successful_test_count(),
              unit.failed_test_count(), unit.skipped_test_count());
  return result;
}
